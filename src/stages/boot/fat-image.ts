import {mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Run} from '../../system/run.ts';
import {createSparse} from '../../system/sparse.ts';

/** A file of a FAT: a copy of another, or a text. */
export type FatFile = {readonly path: string} & ({readonly source: string} | {readonly text: string});

/** The programs that `writeFat` runs. */
export const FAT_TOOLS = ['mkfs.vfat', 'mmd', 'mcopy'] as const;

/**
 * Writes a FAT16 with the label ESP. `volumeId` has eight hexadecimal digits; a cluster has four sectors. `content` is a folder that is
 * not there yet, to gather the files in.
 */
export async function writeFat(
  image: string,
  {
    bytes,
    volumeId,
    files,
  }: {readonly bytes: number; readonly volumeId: string; readonly files: readonly FatFile[]},
  {content, run}: {readonly content: string; readonly run: Run},
): Promise<void> {
  await createSparse(image, bytes);
  await run(['mkfs.vfat', '--invariant', '-n', 'ESP', '-i', volumeId, '-s', '4', image]);
  await fillFat(image, files, {content, run});
  await rm(content, {recursive: true});
}

/**
 * Fills a FAT, folder by folder and in the order of `files`: one copied as a whole would come in the order in which the
 * host's file system lists it. Times come from SOURCE_DATE_EPOCH.
 */
async function fillFat(
  image: string,
  files: readonly FatFile[],
  {content, run}: {readonly content: string; readonly run: Run},
): Promise<void> {
  const folders = [...new Set(files.map(({path}) => dirname(path)))];
  const all = new Set(
    folders.flatMap((folder) => [dirname(folder), folder]).filter((folder) => folder !== '.'),
  );
  await run(['mmd', '-i', image, ...[...all].map((folder) => `::/${folder}`)]);
  for (const folder of folders) {
    await mkdir(join(content, folder), {recursive: true});
    const here = files.filter(({path}) => dirname(path) === folder);
    for (const file of here)
      await ('text' in file
        ? writeFile(join(content, file.path), file.text)
        : symlink(file.source, join(content, file.path)));
    const gathered = here.map(({path}) => join(content, path));
    await run(['mcopy', '-i', image, '-Q', ...gathered, `::/${folder}`]);
  }
}
