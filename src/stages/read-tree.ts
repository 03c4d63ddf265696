import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {FileTree} from '../formats/file-tree.ts';
import {decodeTar} from '../formats/tar.ts';

/** The tree in a tar file of an input artifact. */
export async function readTree(artifact: string, name: string): Promise<FileTree> {
  return decodeTar(await readFile(join(artifact, name)));
}
