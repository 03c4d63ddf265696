import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {sha256} from '../core/canonical.ts';
import {gitIn, placeInRepository} from './checkout.ts';
import type {Run} from './run.ts';

/**
 * Says in which state a folder that is not leanos' own is: the commit of an unchanged git checkout, else a digest of the
 * paths, sizes and times of its files.
 */
export async function folderState(folder: string, run: Run): Promise<string> {
  const git = gitIn(folder, run);
  try {
    if ((await placeInRepository(git)) === '' && (await git(['status', '--porcelain'])) === '')
      return await git(['rev-parse', 'HEAD']);
  } catch {
    // no git, or no checkout
  }
  const found = await readdir(folder, {recursive: true, withFileTypes: true});
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const lines = await Promise.all(
    files.sort().map(async (file) => {
      const {size, mtimeMs} = await stat(file);
      return `${file.slice(folder.length)} ${size} ${mtimeMs}\n`;
    }),
  );
  return sha256(lines.join(''));
}
