import {readFile, rm} from 'node:fs/promises';
import {decodeTar} from '../../formats/tar.ts';
import type {FileTree} from '../../formats/file-tree.ts';
import type {PackagePin} from '../../system/apt.ts';
import type {Run} from '../../system/run.ts';

/** Options of a stage that is made of nothing but Debian packages. */
export type PackageOptions = {readonly packages: readonly PackagePin[]};

/** The files in a Debian package, with their owners and modes. `scratch` is a file name that is free for the while. */
export async function readPackage(
  archive: string,
  {run, scratch}: {run: Run; scratch: string},
): Promise<FileTree> {
  await run(['dpkg-deb', '--fsys-tarfile', archive], {outputFile: scratch});
  const tree = await decodeTar(await readFile(scratch));
  await rm(scratch);
  return tree;
}
