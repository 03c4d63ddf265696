import {LOGIN_ID} from '../formats/accounts.ts';
import {directory, symlink, type Entry, type FileTree} from '../formats/file-tree.ts';

const FOLDERS: Readonly<Record<string, Entry>> = {
  ...Object.fromEntries(
    ['dev', 'etc', 'home', 'media', 'mnt', 'proc', 'run', 'sys', 'usr', 'var/log', 'var/lib/cloud'].map(
      (path) => [path, directory()],
    ),
  ),
  root: directory(0o700),
  tmp: directory(0o1777),
  'var/tmp': directory(0o1777),
  bin: symlink('usr/bin'),
  sbin: symlink('usr/bin'),
  lib: symlink('usr/lib'),
  lib64: symlink('usr/lib64'),
  'var/run': symlink('../run'),
};

/** Where changes of /etc are kept, which is an overlay. */
const CHANGES: Readonly<Record<string, Entry>> = {
  'var/lib/leanos/etc/upper': directory(),
  'var/lib/leanos/etc/upper/dropbear': directory(0o700), // for host keys
  'var/lib/leanos/etc/work': directory(),
};

/** The folders of a root around /usr, with the home of the login user and its folder for keys. */
export function rootFolders(user: string): FileTree {
  const owner = {uid: LOGIN_ID, gid: LOGIN_ID};
  return new Map([
    ...Object.entries(FOLDERS),
    [`home/${user}`, {...directory(0o750), ...owner}],
    [`home/${user}/.ssh`, {...directory(0o700), ...owner}],
  ]);
}

/** The same, and where changes of /etc go. A new STATE has it; /init copies it to one that has been emptied, and to RAM. */
export function rootSkeleton(user: string): FileTree {
  return new Map([...rootFolders(user), ...Object.entries(CHANGES)]);
}

/** The empty file that says that a root has all of its skeleton (fill_root in init-scripts/initramfs/lib/boot.sh). */
export const FILLED_MARK = 'var/lib/leanos/filled';
