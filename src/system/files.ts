import {lstat, readdir} from 'node:fs/promises';
import {join, relative} from 'node:path';

/** The regular files below a folder with their sizes, sorted by path. Symbolic links are not followed. */
export async function listFiles(folder: string): Promise<{path: string; bytes: number}[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sized = await Promise.all(
    files.map(async (file) => ({path: relative(folder, file), bytes: (await lstat(file)).size})),
  );
  return sized.sort((a, b) => (a.path < b.path ? -1 : 1));
}
