import {lstatSync, readdirSync, readFileSync, readlinkSync, type Stats} from 'node:fs';
import {join, relative} from 'node:path';
import {sha256} from '../core/canonical.ts';
import {hashFile} from './hash-file.ts';

/** What each file and link below a folder is, by path: the sha256, with `x` where it may be run, or where it leads to. */
export type Contents = Readonly<Record<string, string>>;

/** What tells without reading that files are those that were read before, in the same boot of the machine. */
export interface Stamps {
  readonly boot: string;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Looks at the files below a folder without reading them. Who writes to a file changes its ctime, and cannot set it back. What
 * was seen holds for this boot alone: a crash may lose what was written, and keep size and times.
 */
export function readStamps(folder: string, passOver: readonly string[] = []): Stamps {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, {recursive: true, withFileTypes: true})) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (!entry.isDirectory() && !passOver.includes(name)) files[name] = stamp(lstatSync(path));
  }
  return {boot: bootId(), files};
}

/** The stamp of one file; undefined where there is none. */
export function fileStamp(path: string): string | undefined {
  const found = lstatSync(path, {throwIfNoEntry: false});
  return found === undefined ? undefined : `${bootId()} ${stamp(found)}`;
}

/** Reads the files of a folder that are named. */
export async function readContents(folder: string, names: readonly string[]): Promise<Contents> {
  const found: Record<string, string> = {};
  for (const name of names) found[name] = await contentOf(join(folder, name));
  return found;
}

/** Thousands of small files are read faster at once than with a wait for each. */
const SMALL_BYTES = 256 * 1024;

async function contentOf(path: string): Promise<string> {
  const found = lstatSync(path, {throwIfNoEntry: false});
  if (found?.isSymbolicLink() === true) return `-> ${readlinkSync(path)}`;
  if (found?.isFile() !== true) return '';
  const digest = found.size > SMALL_BYTES ? await hashFile(path) : sha256(readFileSync(path));
  return `${digest}${(found.mode & 0o100) === 0 ? '' : ' x'}`;
}

function stamp({ino, size, mtimeMs, ctimeMs}: Stats): string {
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

/** random(4): another one at each boot. */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
