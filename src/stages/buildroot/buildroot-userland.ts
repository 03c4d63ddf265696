import {readdir, readFile, readlink, rm, stat, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {sha256} from '../../core/canonical.ts';
import {LeanosError} from '../../core/error.ts';
import {
  parseBuildTimes,
  parseFileList,
  parsePermissions,
  parseUsers,
  variableName,
  type BuildrootPackage,
  type Permission,
} from '../../formats/buildroot.ts';
import {directory, file, symlink, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {mergedPath} from '../../formats/usr-twins.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {isBelow, takenFiles} from '../userland/ballast.ts';
import {readTimes} from './buildroot-kernel.ts';
import {readProject} from './external-trees.ts';
import {BuildrootRun, type BuildrootOptions} from './buildroot-run.ts';
import {packageFacts} from './package-facts.ts';

export type BuildrootUserlandOptions = BuildrootOptions & {
  /** Files and folders of packages of which no more is taken, by the package's name. */
  readonly only: Readonly<Record<string, readonly string[]>>;
};

/**
 * The userland by Buildroot as one tree, `tree.tar`; `packages.json` says of each package what manifest and SBOM need,
 * `sizes.json` how many bytes of the tree are its, `build-times.json` how many seconds it took, `accounts.json` which
 * accounts they need. An input `project`, where there is one, is the project's own BR2_EXTERNAL tree.
 */
export const buildrootUserland = defineStage<BuildrootUserlandOptions, 'source' | 'external' | 'toolchain'>({
  name: 'buildroot-userland',
  revision: 7,
  tools: [],
  inputs: ['source', 'external', 'toolchain'],
  timeless: true,
  async build(context) {
    const {options, inputs, out, progress, keep} = context;
    const shared = options.defconfig.split('\n').filter((line) => !line.includes('BR2_PACKAGE_'));
    const project = await readProject(inputs);
    const own = project === undefined ? [] : [project.shared];
    const identity = sha256([inputs.source, inputs.toolchain, ...shared, ...own].join('\n')).slice(0, 12);
    await using kept = await keep(`userland-${options.arch}-${identity}`);
    const buildroot = await BuildrootRun.open(kept.path, context);
    await buildroot.configure(options, 'busybox.fragment');
    const {packages: asked, values} = await buildroot.describe([
      'PACKAGES_PERMISSIONS_TABLE',
      'PACKAGES_USERS',
    ]);
    const {packages, recipes} = await buildroot.fetchSources(asked, options.sources);
    await new Rebuild(kept.path, buildroot).forget(packages, options);
    const last = await readTimes(join(kept.path, 'times.json'));
    await buildroot.build(['all'], {count: packages.length, last});
    await checkBusybox(buildroot, options, kept.path);
    progress('collecting');
    const target = join(buildroot.out, 'target');
    const owners = parseFileList(await readFile(join(buildroot.out, 'build/packages-file-list.txt'), 'utf8'));
    const whole = withPermissions(
      await readTarget(target),
      parsePermissions(values['PACKAGES_PERMISSIONS_TABLE'] ?? ''),
    );
    const tree = takenFiles(chosen(whole, owners, options.only));
    await writeFile(join(out, 'tree.tar'), await encodeTar(tree, 0));
    await writeFile(
      join(out, 'packages.json'),
      json(await packageFacts(buildroot, {packages, recipes, arch: options.arch})),
    );
    await writeFile(join(out, 'accounts.json'), json(parseUsers(values['PACKAGES_USERS'] ?? '')));
    await writeFile(join(out, 'sizes.json'), json(sizesByPackage(tree, owners)));
    const times = parseBuildTimes(await readFile(join(buildroot.out, 'build/build-time.log'), 'utf8'));
    await writeFile(join(out, 'build-times.json'), json(times));
    await writeFile(join(kept.path, 'times.json'), JSON.stringify(times));
  },
});

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

/**
 * What has to be built anew. A package whose options, dependencies, fragment or recipe changed is forgotten with all that
 * depends on it; the target folder is put together from the packages' own folders each time, so one that is gone leaves
 * nothing behind.
 */
class Rebuild {
  readonly #state: string;
  readonly #work: string;
  readonly #buildroot: BuildrootRun;

  constructor(work: string, buildroot: BuildrootRun) {
    this.#state = join(work, 'signatures.json');
    this.#work = work;
    this.#buildroot = buildroot;
  }

  async forget(packages: readonly BuildrootPackage[], options: BuildrootOptions): Promise<void> {
    const before = await readSignatures(this.#state);
    const now = await this.#signatures(packages, options);
    // One that is asked for again, too: the output folder has forgotten it since, but for what says that it is built.
    const names = before.size === 0 ? [] : new Set([...before.keys(), ...now.keys()]);
    const changed = [...names].filter((name) => before.get(name) !== now.get(name));
    const stale = withDependents(changed, packages);
    const known = packages.map(({name}) => name);
    await this.#buildroot.dirclean(stale.filter((name) => known.includes(name)));
    // One that is no longer asked for has no rule of its own: its folders go.
    for (const name of stale.filter((each) => !known.includes(each)))
      await rm(join(this.#buildroot.out, 'per-package', name), {recursive: true, force: true});
    await rm(join(this.#buildroot.out, 'target'), {recursive: true, force: true});
    await writeFile(this.#state, JSON.stringify([...now]));
  }

  async #signatures(
    packages: readonly BuildrootPackage[],
    options: BuildrootOptions,
  ): Promise<ReadonlyMap<string, string>> {
    const config = (await readFile(join(this.#buildroot.out, '.config'), 'utf8')).split('\n');
    const found = new Map<string, string>();
    for (const {name, version, dependencies} of packages) {
      const symbol = `BR2_PACKAGE_${variableName(name)}`;
      const lines = config.filter((line) => line.replace(/^# /, '').startsWith(symbol));
      const more = name === 'busybox' ? [options.fragment ?? '', await this.#board('busybox.fragment')] : [];
      found.set(
        name,
        sha256([version, ...dependencies, ...lines, ...more, await this.#recipe(name)].join('\n')),
      );
    }
    return found;
  }

  async #board(name: string): Promise<string> {
    return readFile(join(this.#work, 'external/board', name), 'utf8');
  }

  /** What the external trees say of a package; Buildroot's own recipes are in the name of the folder that is kept. */
  async #recipe(name: string): Promise<string> {
    const texts = [this.#buildroot.trees.project?.recipe(name.replace(/^host-/, '')) ?? ''].filter(Boolean);
    for (const folder of ['package', 'board/debian-sources'].map((each) =>
      join(this.#work, 'external', each, name),
    )) {
      const names = await readdir(folder).catch(() => []);
      for (const each of names.sort()) texts.push(await readFile(join(folder, each), 'utf8'));
    }
    const symbol = new RegExp(`\\b${variableName(name)}[_,]`);
    for (const overrides of ['debian-sources.mk', 'shared.mk']) {
      const text = await this.#board(overrides).catch(() => ''); // not every build sees it
      texts.push(...text.split('\n').filter((line) => symbol.test(line)));
    }
    return texts.join('\n');
  }
}

async function readSignatures(file: string): Promise<ReadonlyMap<string, string>> {
  return readFile(file, 'utf8').then(
    (text) => new Map(JSON.parse(text) as [string, string][]),
    () => new Map(),
  );
}

/** Packages with everything that depends on them, however far. */
export function withDependents(names: readonly string[], packages: readonly BuildrootPackage[]): string[] {
  const found = new Set(names);
  for (const name of found)
    for (const dependent of packages.find((each) => each.name === name)?.dependents ?? [])
      found.add(dependent);
  return [...found];
}

/** What Buildroot's skeleton and packages bring for a system that they start: leanos starts its own. */
const NOT_TAKEN =
  /^(THIS_IS_NOT.*|(dev|proc|sys|run|tmp|mnt|media|opt|root|home|var)(\/.*)?|etc\/(issue|fstab|inittab|mtab|os-release|profile\.d|dropbear|resolv\.conf|network)(\/.*)?|usr\/(share\/udhcpc|lib\/os-release)(\/.*)?)$/;

/** Buildroot's target folder as a tree that root owns, without the links of BusyBox (the rootfs stage makes its own). */
async function readTarget(folder: string): Promise<FileTree> {
  const tree = new Map<string, Entry>();
  const names = await readdir(folder, {recursive: true, withFileTypes: true});
  for (const entry of names) {
    const absolute = join(entry.parentPath, entry.name);
    const path = absolute.slice(folder.length + 1);
    if (entry.isSymbolicLink()) {
      const target = await readlink(absolute);
      if (basename(target) !== 'busybox') tree.set(path, symlink(target));
    } else if (entry.isFile()) {
      const {mode} = await stat(absolute);
      tree.set(path, file(await readFile(absolute), mode & 0o7777));
    } else if (entry.isDirectory()) tree.set(path, directory());
  }
  return new Map([...tree].filter(([path]) => !NOT_TAKEN.test(path)));
}

/** Of the packages that `only` names, nothing but what it names. */
function chosen(
  tree: FileTree,
  owners: ReadonlyMap<string, string>,
  only: BuildrootUserlandOptions['only'],
): FileTree {
  return new Map(
    [...tree].filter(([path]) => {
      const files = only[owners.get(path) ?? ''];
      return files === undefined || files.some((place) => isBelow(path, place));
    }),
  );
}

function withPermissions(tree: FileTree, permissions: readonly Permission[]): FileTree {
  const changed = new Map(tree);
  for (const {path, mode, uid, gid, recursive} of permissions) {
    const merged = mergedPath(path);
    for (const [name, entry] of tree) {
      if (name === merged || (recursive && isBelow(name, merged)))
        changed.set(name, {...entry, mode, uid, gid});
    }
  }
  return changed;
}

/** Bytes of the tree by the package that installed them; what none did is `-`. */
function sizesByPackage(tree: FileTree, owners: ReadonlyMap<string, string>): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const [path, entry] of tree) {
    if (entry.type !== 'file') continue;
    const owner = owners.get(path) ?? '-';
    sizes[owner] = (sizes[owner] ?? 0) + entry.data.length;
  }
  return sizes;
}

async function checkBusybox(
  buildroot: BuildrootRun,
  {fragment}: BuildrootOptions,
  work: string,
): Promise<void> {
  const builds = await readdir(join(buildroot.out, 'build'));
  const folder = builds.find((name) => /^busybox-\d/.test(name));
  if (folder === undefined) throw new LeanosError('CONFIG_INVALID', 'the configuration has no BusyBox');
  const source = join(buildroot.out, 'build', folder);
  const board = await readFile(join(work, 'external/board/busybox.fragment'), 'utf8');
  await buildroot.checkFragment("BusyBox's configuration", {
    asked: `${board}\n${fragment ?? ''}`,
    config: await readFile(join(source, '.config'), 'utf8'),
    top: 'Config.in',
    prefix: 'CONFIG_',
    read: (path) => readFile(join(source, path), 'utf8').catch(() => undefined),
  });
}
