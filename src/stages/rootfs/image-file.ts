import {posix} from 'node:path';
import type {Entry, FileTree} from '../../formats/file-tree.ts';
import {mergedPath} from '../../formats/usr-twins.ts';
import {FACTORY} from './merged-usr.ts';

/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

/** What a running system has at an absolute path, once the links on the way are followed; `tree` is the /usr of its image. */
export function imageFile(tree: FileTree, path: string): Entry | undefined {
  let rest = posix.normalize(path).split('/').filter(Boolean);
  let at = '';
  for (let links = 0; rest.length > 0;) {
    const [next = '', ...more] = rest;
    const way = `${at}/${next}`;
    const entry = tree.get(inUsr(way.slice(1)));
    if (entry?.type !== 'symlink') {
      if (more.length === 0) return entry;
      [at, rest] = [way, more];
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return undefined;
    const target = posix.normalize(posix.join('/', posix.resolve(at === '' ? '/' : at, entry.target)));
    [at, rest] = ['', [...target.split('/').filter(Boolean), ...more]];
  }
  return undefined;
}

/** Where an image has what a machine has at a path: its /etc, /bin, /sbin and /lib are in /usr, and so is what its other folders begin with. */
function inUsr(path: string): string {
  const merged = mergedPath(path);
  if (merged.startsWith('usr/') || merged === 'usr') return merged;
  return path.startsWith('etc/') ? `usr/${path}` : `${FACTORY}/${path}`;
}

/** Whether the image alone decides what is there: a machine may put files of its own into the other folders. */
export function isImages(path: string): boolean {
  return /^(usr|etc)\//.test(mergedPath(posix.normalize(path).slice(1)));
}
