import type {FileTree} from '../../formats/file-tree.ts';

/**
 * The licences that a package's copyright file names, where it has the machine-readable form
 * (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/); sorted, each once.
 */
export function licencesOf(tree: FileTree, packageName: string): string[] {
  const found = tree.get(`usr/share/doc/${packageName}/copyright`);
  if (found?.type !== 'file') return [];
  const text = found.data.toString('utf8');
  if (!/^Format:/m.test(text)) return [];
  const names = [...text.matchAll(/^License:[ \t]*(\S.*)$/gm)].map(([, name]) => (name ?? '').trim());
  return [...new Set(names)].sort();
}
