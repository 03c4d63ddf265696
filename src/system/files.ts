import {lstat, readdir, statfs} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {formatSize} from '../core/size.ts';

/** The regular files below a folder with their sizes, sorted by path. Symbolic links are not followed. */
export async function listFiles(folder: string): Promise<{path: string; bytes: number}[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sized = await Promise.all(
    files.map(async (file) => ({path: relative(folder, file), bytes: (await lstat(file)).size})),
  );
  return sized.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What a block of `stat` is, whatever the file system's own blocks are: stat(2), st_blocks. */
const STAT_BLOCK_BYTES = 512;

/** What the regular files below a folder, or one file, take of the disk in bytes: the holes of sparse files take nothing. */
export async function diskUse(path: string): Promise<number> {
  const found = await lstat(path);
  const files = found.isDirectory() ? (await listFiles(path)).map((file) => join(path, file.path)) : [];
  const stats = found.isDirectory() ? await Promise.all(files.map(async (file) => lstat(file))) : [found];
  return stats.reduce((sum, {blocks}) => sum + blocks * STAT_BLOCK_BYTES, 0);
}

/**
 * Makes sure that a file system has room, for a tool that does not say so by itself when it has none. `what` is what needs
 * it, in the plural.
 * @throws LeanosError NO_SPACE
 */
export async function needRoom(folder: string, {bytes, what}: {bytes: number; what: string}): Promise<void> {
  const {bavail, bsize} = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  throw new LeanosError(
    'NO_SPACE',
    `the disk is full: ${what} need ${formatSize(bytes)} for a while, and ${folder} has ${formatSize(bavail * bsize)}`,
    {hint: 'leanos clean     removes what is not needed'},
  );
}
