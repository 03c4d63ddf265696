import {mkdir, rm} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import type {Run} from '../system/run.ts';

/**
 * Unpacks Debian packages into one folder. They are decompressed side by side, which is what takes long, and placed one after
 * the other: packages share folders, and tar does not expect a second one beside it. Decompressing is left to the host's
 * dpkg-deb, whose result does not depend on its version.
 */
export async function unpackPackages(archives: readonly string[], folder: string, run: Run): Promise<void> {
  const scratch = join(folder, '.packages');
  await mkdir(scratch, {recursive: true});
  const tars = archives.map((archive, index) => ({archive, tar: join(scratch, `${index}.tar`)}));
  const waiting = [...tars];
  const decompress = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await run(['dpkg-deb', '--fsys-tarfile', next.archive], {outputFile: next.tar});
  };
  await Promise.all(Array.from({length: availableParallelism()}, decompress));
  for (const {tar} of tars) {
    await run([
      'tar',
      '--extract',
      '--preserve-permissions',
      '--warning=no-timestamp',
      `--file=${tar}`,
      `--directory=${folder}`,
    ]);
  }
  await rm(scratch, {recursive: true});
}
