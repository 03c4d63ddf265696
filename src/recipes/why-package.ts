import type {PackageRelations, PackagePin} from '../system/apt.ts';
import type {PackageRoot} from './input-request.ts';
import type {ImageInputs} from './inputs.ts';
import {reachable} from './needed-packages.ts';

/** The way from a package that something asks for by name to one that it depends on. */
export interface WayToPackage {
  /** A key of the definition, or every image. */
  readonly askedBy: string;
  /** Package by package, the one that is asked for first. */
  readonly packages: readonly string[];
}

/** Why a package is in /usr: who asks for it, and which other ones would go with it. */
export interface WhyThere {
  /** The shortest way of each that asks; none for what a lock has from before, when something did. */
  readonly ways: readonly WayToPackage[];
  /** The packages that depend on it itself. */
  readonly neededBy: readonly string[];
  /** Those that nothing else needs. */
  readonly onlyItNeeds: readonly string[];
}

/** Why a package of /usr is there; `undefined` for one that is not. `packages` are those that are there. */
export function whyThere(
  name: string,
  roots: readonly PackageRoot[],
  packages: readonly PackageRelations[],
): WhyThere | undefined {
  if (!packages.some((each) => each.name === name)) return undefined;
  const names = [...new Set(roots.map((root) => root.name))];
  const asked = reachable(names, packages, new Set());
  const others = reachable(names, packages, new Set([name]));
  return {
    ways: roots.flatMap(({name: root, askedBy}) => {
      const way = shortestWay(root, name, packages);
      return way === undefined ? [] : [{askedBy, packages: way}];
    }),
    neededBy: dependents(name, packages),
    onlyItNeeds: [...asked].filter((each) => each !== name && !others.has(each)).sort(),
  };
}

/** The packages that depend on one, or on what it stands for. */
export function dependents(name: string, packages: readonly PackageRelations[]): string[] {
  return packages
    .filter((each) => each.name !== name && dependencies(each, packages).includes(name))
    .map((each) => each.name)
    .sort();
}

/** The packages, of those that are there, that one depends on. */
function dependencies(of: PackageRelations, packages: readonly PackageRelations[]): string[] {
  return packages
    .filter(
      ({name, provides}) =>
        of.dependencies.includes(name) || provides.some((each) => of.dependencies.includes(each)),
    )
    .map(({name}) => name);
}

function shortestWay(from: string, to: string, packages: readonly PackageRelations[]): string[] | undefined {
  const ways: string[][] = [[from]];
  const seen = new Set([from]);
  for (const way of ways) {
    const last = way.at(-1);
    if (last === to) return way;
    for (const each of packages.filter(({name}) => name === last))
      for (const next of dependencies(each, packages)) {
        if (seen.has(next)) continue;
        seen.add(next);
        ways.push([...way, next]);
      }
  }
  return undefined;
}

/** What packages are there for beside /usr, by the names of an image's inputs. */
const BESIDE_USR = {
  initramfs: 'the initramfs: BusyBox',
  kernel: 'the kernel and its drivers, or their source',
  boot: 'what starts the kernel from a disk',
  efiStub: 'what starts a kernel that is in one EFI file',
  hypervisor: 'Xen and the tools of its dom0',
  sandbox: 'the sandbox that scripts of packages may run in, nothing of which is in the image',
  sysroot: 'what Buildroot compiles against, nothing of which is in the image',
  libc: 'the C library that the programs of the userland share',
} as const satisfies Readonly<Record<Exclude<keyof ImageInputs, 'userland' | 'hosts'>, string>>;

/** What runs on the host. */
const OF_HOSTS = 'a tool of the host that builds, nothing of which is in the image';

/** A package that an image takes for something else than /usr, and what for. */
export interface BesideUsr {
  readonly pin: PackagePin;
  readonly uses: readonly string[];
}

/** What an image takes a package for beside /usr; `undefined` where it does not. */
export function besideUsr(name: string, inputs: ImageInputs): BesideUsr | undefined {
  const groups = Object.keys(BESIDE_USR) as (keyof typeof BESIDE_USR)[];
  const found = [
    ...groups.flatMap((group) => inputs[group].map((pin) => ({pin, use: BESIDE_USR[group]}))),
    ...Object.values(inputs.hosts).flatMap((host) =>
      Object.values(host)
        .flat()
        .map((pin: PackagePin) => ({pin, use: OF_HOSTS})),
    ),
  ].filter(({pin}) => pin.name === name);
  const [first] = found;
  return first === undefined ? undefined : {pin: first.pin, uses: [...new Set(found.map(({use}) => use))]};
}
