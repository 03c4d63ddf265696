import {file, mergeTrees, symlink, type Entry, type FileTree} from '../../../formats/file-tree.ts';
import {dependenciesOf} from '../scripts/control.ts';
import type {ScriptedPackage} from '../scripts/machine.ts';
import {STAND_INS} from './stand-ins.ts';
import {TOLD} from './told.ts';

/** The packages that are essential in Debian (Debian Policy, "Essential packages"), without which dpkg sets nothing up. */
const ESSENTIAL = [
  ...[
    'base-files',
    'base-passwd',
    'bash',
    'bsdutils',
    'coreutils',
    'dash',
    'debianutils',
    'diffutils',
    'dpkg',
  ],
  ...[
    'findutils',
    'grep',
    'gzip',
    'hostname',
    'init-system-helpers',
    'libc-bin',
    'ncurses-base',
    'ncurses-bin',
  ],
  ...['perl-base', 'sed', 'sysvinit-utils', 'tar', 'util-linux'],
];
/** Packages of a sandbox that no image asks for: the essential ones, the awk that they need, a clock that stands still, umount(8). */
export const SANDBOX_PACKAGES: readonly string[] = [...ESSENTIAL, 'debconf', 'mawk', 'libfaketime', 'mount'];

/** The names of the packages that have to be there before dpkg can set up others. */
export function baseNames(packages: readonly ScriptedPackage[]): ReadonlySet<string> {
  const byName = new Map(packages.map((each) => [each.name, each]));
  const found = new Set<string>();
  const waiting = [...SANDBOX_PACKAGES];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const from = byName.get(name);
    if (from === undefined || found.has(name)) continue;
    found.add(name);
    waiting.push(...dependenciesOf(from));
  }
  return found;
}

/**
 * What is in a sandbox before dpkg unpacks anything: the files of the base packages, as debootstrap(8) lays them, what stands in for
 * programs of systemd and of init, and what packages are told.
 */
export function baseTree(packages: readonly ScriptedPackage[]): FileTree {
  const names = baseNames(packages);
  const trees = packages.filter(({name}) => names.has(name)).map(({tree}) => tree);
  const told = packages.flatMap(({name}) => Object.entries(TOLD[name] ?? {}));
  return mergeTrees(
    ...trees,
    new Map<string, Entry>([
      ...Object.entries(STAND_INS).map(([path, text]): [string, Entry] => [path, file(text, 0o755)]),
      ['usr/bin/awk', symlink('mawk')],
      ['var/lib/dpkg/status', file('')],
      ...told.map(([path, text]): [string, Entry] => [path, file(text)]),
    ]),
  );
}
