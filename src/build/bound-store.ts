import {mkdir, stat, utimes, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {formatSize, parseSize} from '../core/size.ts';
import {planClean, storedThings} from './clean-cache.ts';

const HOUR_MS = 3600 * 1000;
/** How often a store is looked through: it takes a second where there are thousands of artifacts. */
const PAUSE_MS = HOUR_MS;
/** A build from source takes hours, and needs what it began with. */
const IN_USE_MS = 6 * HOUR_MS;
const DEFAULT_SIZE = '10GiB';
/** Beside the store, whose folders are artifacts alone: a file whose time says when it was looked through last. */
const markOf = (root: string): string => `${root}.bounded`;

/**
 * Keeps a store from growing for ever: once an hour the artifacts that were used last longest ago go, until the rest takes at
 * most `keepBytes` of the disk. Returns what was done, for people; undefined where nothing was.
 */
export async function boundStore(
  root: string,
  keepBytes: number,
  now = Date.now(),
): Promise<string | undefined> {
  if (now - (await lookedAt(root)) < PAUSE_MS) return undefined;
  await mark(root, now);
  const doomed = planClean(await storedThings(root), {
    sinceMs: Number.NEGATIVE_INFINITY,
    keepBytes,
    inUseSinceMs: now - IN_USE_MS,
  });
  for (const {remove} of doomed) await remove();
  if (doomed.length === 0) return undefined;
  const freed = doomed.reduce((sum, {bytes}) => sum + bytes, 0);
  return `the store was larger than ${formatSize(keepBytes)}: ${formatSize(freed)} that were used last longest ago are gone (LEANOS_STORE_SIZE says how large it may be)`;
}

/**
 * How large a store may be in bytes: `LEANOS_STORE_SIZE`, else 10GiB.
 * @throws LeanosError USAGE where the variable is no size
 */
export function storeSize({LEANOS_STORE_SIZE: asked = ''}: NodeJS.ProcessEnv): number {
  const bytes = parseSize(asked === '' ? DEFAULT_SIZE : asked);
  if (bytes !== undefined) return bytes;
  throw new LeanosError('USAGE', `LEANOS_STORE_SIZE=${asked}: a size is needed, such as ${DEFAULT_SIZE}`);
}

async function lookedAt(root: string): Promise<number> {
  return stat(markOf(root)).then(
    ({mtimeMs}) => mtimeMs,
    () => 0,
  );
}

async function mark(root: string, now: number): Promise<void> {
  const path = markOf(root);
  await mkdir(dirname(path), {recursive: true});
  await writeFile(path, '');
  await utimes(path, now / 1000, now / 1000);
}
