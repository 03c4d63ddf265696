import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {FileTree} from '../formats/file-tree.ts';
import {decodeTar} from '../formats/tar.ts';

const underWay = new Map<string, Promise<FileTree>>();

/** The tree in a tar file of an input artifact. Stages that ask for the same one at once share it. */
export async function readTree(artifact: string, name: string): Promise<FileTree> {
  const path = join(artifact, name);
  const shared = underWay.get(path);
  if (shared !== undefined) return shared;
  const tree = readFile(path).then(decodeTar);
  underWay.set(path, tree);
  return tree.finally(() => underWay.delete(path));
}
