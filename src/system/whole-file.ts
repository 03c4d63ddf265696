import {randomBytes} from 'node:crypto';
import {constants, copyFile, open, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

/** Writes a file whole or not at all, a power cut included: beside its place, onto the disk, then by a rename. */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  {mode = 0o666}: {mode?: number} = {},
): Promise<void> {
  await putWhole(path, async (temporary) => {
    await using file = await open(temporary, 'wx', mode);
    await file.writeFile(content);
  });
}

/** Copies a file whole or not at all. The copy has bytes of its own: whoever writes to the one does not change the other. */
export async function copyWhole(source: string, path: string): Promise<void> {
  await putWhole(path, (temporary) => copyApart(source, temporary));
}

/** Copies to a path where nothing is yet, by sharing blocks until one is written to, where the file system can. */
export async function copyApart(source: string, path: string): Promise<void> {
  await copyFile(source, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
}

/** A path beside another one on which nobody can have put anything. */
export function pathBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
}

/** Makes sure that the bytes of a file, or the names in a folder, are on the disk. */
export async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}

async function putWhole(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = pathBeside(path);
  try {
    await write(temporary);
    await sync(temporary);
    await rename(temporary, path);
    await sync(dirname(path));
  } finally {
    await rm(temporary, {force: true});
  }
}
