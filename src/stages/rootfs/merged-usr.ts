import {posix} from 'node:path';
import {mergeTrees, movePaths, symlink, type FileTree} from '../../formats/file-tree.ts';

/** What a machine's folders beside /usr and /etc begin with. */
export const FACTORY = 'usr/lib/leanos/factory';

/**
 * The tree as leanos lays it out: all of /bin, /sbin and /usr/sbin in /usr/bin, /lib in /usr/lib, and the defaults of /etc
 * in /usr/etc, so that /usr alone is the whole system and everything else is state.
 */
export function mergedUsr(...trees: readonly FileTree[]): FileTree {
  const moved = trees.map((tree) => movePaths(withoutTwinLinks(tree), place));
  return new Map([...mergeTrees(...moved), ['usr/sbin', symlink('bin')]]);
}

/** What has no place in an image, for it would be on the state partition. */
export function outsideUsr(tree: FileTree): string[] {
  return [...tree]
    .filter(([path, {type}]) => type !== 'directory' && place(path) === undefined)
    .map(([path]) => path);
}

/** The root of a running system, seen from outside: what lies around /usr, and /etc as it is before any change. */
export function rootAround(usr: FileTree, folders: FileTree): FileTree {
  const etc = movePaths(usr, (path) => (path.startsWith('usr/etc/') ? path.slice('usr/'.length) : undefined));
  return mergeTrees(usr, etc, folders, furnished(usr));
}

/** What packages have the other folders begin with: on a machine init-scripts/packages copies it. */
function furnished(usr: FileTree): FileTree {
  return movePaths(usr, (path) =>
    path.startsWith(`${FACTORY}/`) ? path.slice(FACTORY.length + 1) : undefined,
  );
}

/** A link such as /sbin/ip to /bin/ip would point to itself when both folders are one. */
function withoutTwinLinks(tree: FileTree): FileTree {
  return new Map(
    [...tree].filter(([path, entry]) => {
      if (entry.type !== 'symlink') return true;
      const target = posix.join('/', posix.dirname(path), entry.target);
      const absolute = entry.target.startsWith('/') ? entry.target : target;
      return place(absolute.slice(1)) !== place(path);
    }),
  );
}

function place(path: string): string | undefined {
  const inUsr = path
    .replace(/^(bin|sbin)(?=\/)/, 'usr/bin')
    .replace(/^(lib|lib64|etc)(?=\/)/, 'usr/$1')
    .replace(/^usr\/sbin(?=\/)/, 'usr/bin');
  return inUsr.startsWith('usr/') && inUsr !== 'usr/sbin' ? inUsr : undefined;
}
