import {readFile} from 'node:fs/promises';
import {promisify} from 'node:util';
import {gunzip} from 'node:zlib';
import type {FileTree} from '../../formats/file-tree.ts';
import {decodeTar} from '../../formats/tar.ts';

/** The whole root filesystem, from the part `rootfsArchive`. */
export async function readRootTree(archive: string): Promise<FileTree> {
  return decodeTar(await promisify(gunzip)(await readFile(archive)));
}
