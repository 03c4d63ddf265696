import {LeanosError} from '../../core/error.ts';
import {suggest} from '../../core/suggest.ts';
import type {FileTree} from '../../formats/file-tree.ts';
import {mergedPath} from '../../formats/usr-twins.ts';

/** What Debian's packages bring that a lean guest never reads. A folder stands for all below it. */
const BALLAST = [
  'usr/share/doc',
  'usr/share/doc-base',
  'usr/share/man',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/lintian',
  'usr/share/bug',
  'usr/share/bash-completion',
  'usr/share/zsh',
  'usr/share/fish',
  'usr/share/menu',
  'usr/share/initramfs-tools',
  'usr/share/apport',
  'usr/share/gcc',
  'usr/share/gdb',
  'usr/share/runit',
  'usr/share/applications',
  'usr/share/pixmaps',
  'usr/share/icons',
  'usr/lib/systemd',
  'usr/lib/tmpfiles.d',
  'usr/lib/sysusers.d',
  'usr/lib/init',
  'usr/lib/dropbear',
  'usr/include',
  'etc/init.d',
  'etc/rc0.d',
  'etc/rc1.d',
  'etc/rc2.d',
  'etc/rc3.d',
  'etc/rc4.d',
  'etc/rc5.d',
  'etc/rc6.d',
  'etc/rcS.d',
  'etc/ufw',
  'etc/apparmor.d',
  'etc/default',
  'etc/cron.d',
  'etc/logrotate.d',
  'etc/ld.so.conf.d',
  'etc/systemd',
  'etc/runit',
  'etc/sv',
  'etc/apt',
  'etc/dpkg',
  'etc/network',
  'etc/pam.conf',
  'etc/pam.d',
  'lib/systemd',
  'var',
];
/** What is ballast where none of these packages is there to read it. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  'etc/cron.d': ['cron', 'cronie', 'bcron', 'systemd-cron'],
  'etc/logrotate.d': ['logrotate'],
};
const DEFAULTS = 'etc/default/';
const BALLAST_FILES = /(^|\/)(gconv|audit)\/|\.(pyc|a|la|pc)$/;

/**
 * The files of a package that are taken: those that are named, else all but ballast, with what is there to be read by programs of
 * its own, or by others of these packages.
 */
export function takenFiles(
  tree: FileTree,
  named?: readonly string[],
  packages: ReadonlySet<string> = new Set(),
): FileTree {
  if (named !== undefined) return filtered(tree, (path) => named.some((place) => isAt(path, place)));
  const read = Object.keys(READERS).filter((place) => READERS[place]?.some((name) => packages.has(name)));
  const defaults = readDefaults(tree);
  return filtered(
    tree,
    (path) => !isBallast(path) || defaults.has(path) || read.some((place) => isBelow(path, place)),
  );
}

/** The files below /etc/default that programs of the same package name: what units read of them comes with their services. */
function readDefaults(tree: FileTree): ReadonlySet<string> {
  const programs = filtered(tree, (path) => !isBallast(path));
  const names = (path: string): boolean =>
    [...programs.values()].some((entry) => entry.type === 'file' && entry.data.includes(`/${path}`));
  return new Set([...tree.keys()].filter((path) => path.startsWith(DEFAULTS) && names(path)));
}

/** @throws LeanosError CONFIG_INVALID where a package has nothing at a place that is named of it */
export function mustHave(
  {name, version, tree}: {readonly name: string; readonly version: string; readonly tree: FileTree},
  named: readonly string[],
): void {
  const paths = [...tree.keys()];
  const missing = named.filter((place) => !paths.some((path) => isAt(path, place)));
  const [first = ''] = missing;
  if (missing.length === 0) return;
  const near = suggest(first, paths) ?? paths.find((path) => path.endsWith(first.replace(/^.*\//, '/')));
  throw new LeanosError('CONFIG_INVALID', `packages: ${name} ${version} has no ${missing.join(', no ')}`, {
    hint: near === undefined ? `dpkg -L ${name}     on a Debian lists what it has` : `it has ${near}`,
  });
}

/** Whether a path is a place or in it, wherever a release of Debian has /bin, /sbin and /lib. */
function isAt(path: string, place: string): boolean {
  return isBelow(mergedPath(path), mergedPath(place));
}

function filtered(tree: FileTree, isTaken: (path: string) => boolean): FileTree {
  return new Map([...tree].filter(([path]) => isTaken(path)));
}

/** Whether a path is a place, or in it. */
export function isBelow(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

/** Whether a guest never reads what a path names. */
export function isBallast(path: string): boolean {
  return BALLAST.some((folder) => isBelow(path, folder)) || BALLAST_FILES.test(path);
}
