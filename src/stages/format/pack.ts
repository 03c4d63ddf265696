import {rm, writeFile} from 'node:fs/promises';
import type {FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import type {Run} from '../../system/run.ts';

/** What packs a tar. One thread: the number of them must not show in the bytes. */
const PACKERS = {
  xz: ['xz', '-6', '--threads=1', '--stdout'],
  gzip: ['gzip', '-1', '--no-name', '--stdout'],
} as const satisfies Readonly<Record<string, readonly [string, ...string[]]>>;

/** Writes a tree as a packed tar; `run` knows the packer. */
export async function writePackedTar(
  path: string,
  tree: FileTree,
  {packer, epoch, run}: {readonly packer: keyof typeof PACKERS; readonly epoch: number; readonly run: Run},
): Promise<void> {
  const tar = `${path}.plain`;
  await writeFile(tar, await encodeTar(tree, epoch));
  await run(PACKERS[packer], {inputFile: tar, outputFile: path, low: true});
  await rm(tar);
}
