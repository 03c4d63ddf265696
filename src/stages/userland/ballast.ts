import type {FileTree} from '../../formats/file-tree.ts';

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
  'etc/cron.daily',
  'etc/cron.weekly',
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
const BALLAST_FILES = /(^|\/)(gconv|audit)\/|\.(pyc|a|la|pc)$/;

/** The files of a package that are taken: those that are named, else all but ballast. */
export function takenFiles(tree: FileTree, named?: readonly string[]): FileTree {
  if (named !== undefined) return filtered(tree, (path) => named.some((place) => isBelow(path, place)));
  return filtered(tree, (path) => !isBallast(path));
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
