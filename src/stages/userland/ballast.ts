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
  'lib/systemd',
  'var',
];
const BALLAST_FILES = /(^|\/)(gconv|audit)\/|\.(pyc|a|la|pc)$/;

/** Packages of which a lean guest takes only some files. */
const ONLY: Readonly<Record<string, RegExp>> = {
  'dropbear-bin': /(^|\/)(dropbear|dropbearkey)$/,
  e2fsprogs: /(^|\/)resize2fs$/,
  'libpam-modules': /(^|\/)pam_permit\.so$/,
  opendoas: /(^|\/)doas$/,
  libpam0g: /(^|\/)libpam\.so/,
};

/** The files of a package that are taken; a package that is not in the list is taken whole. */
export function takenFiles(tree: FileTree, packageName: string): FileTree {
  const only = ONLY[packageName];
  return withoutBallast(only === undefined ? tree : new Map([...tree].filter(([path]) => only.test(path))));
}

/** The tree without documentation, translations, and other systems' service files. */
function withoutBallast(tree: FileTree): FileTree {
  return new Map([...tree].filter(([path]) => !isBallast(path)));
}

function isBallast(path: string): boolean {
  return (
    BALLAST.some((folder) => path === folder || path.startsWith(`${folder}/`)) || BALLAST_FILES.test(path)
  );
}
