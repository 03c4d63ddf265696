import {busyboxApplets} from '../../formats/busybox.ts';
import {symlink, type Entry, type FileTree} from '../../formats/file-tree.ts';

/** Links in /usr/bin for the applets of /usr/bin/busybox that no file of the tree takes the place of. */
export function busyboxLinks(tree: FileTree): FileTree {
  const binary = tree.get('usr/bin/busybox');
  if (binary?.type !== 'file') return new Map();
  const links = busyboxApplets(binary.data).map((name): [string, Entry] => [
    `usr/bin/${name}`,
    symlink('busybox'),
  ]);
  return new Map(links.filter(([path]) => !tree.has(path)));
}
