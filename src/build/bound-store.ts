import {randomBytes} from 'node:crypto';
import {mkdir, readdir, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {formatSize, parseSize} from '../core/size.ts';
import {isAlive, processIdentity} from '../system/process-identity.ts';
import {planClean, storedThings} from './clean-cache.ts';

const HOUR_MS = 3600 * 1000;
/** How often a store is looked through: it takes a second where there are thousands of artifacts. */
const PAUSE_MS = HOUR_MS / 4;
/** What was used so lately stays, whoever uses it: a machine may boot from it. */
const IN_USE_MS = HOUR_MS;
const DEFAULT_SIZE = '10GiB';
/** Beside the store, whose folders are artifacts alone: a file whose time says when it was looked through last. */
const markOf = (root: string): string => `${root}.bounded`;
/** Beside the store: a file for each build at work, named after its process. */
const buildsOf = (root: string): string => `${root}.builds`;

/** Says for as long as the scope lasts that a build is at work: what it has used stays in the store, however long it takes. */
export async function atWork(root: string): Promise<AsyncDisposable> {
  const path = join(buildsOf(root), `${processIdentity()}-${randomBytes(4).toString('hex')}`);
  await mkdir(buildsOf(root), {recursive: true});
  await writeFile(path, '');
  return {[Symbol.asyncDispose]: () => rm(path, {force: true})};
}

/**
 * Keeps a store from growing for ever: four times an hour the artifacts that were used last longest ago go, until the rest takes at
 * most `keepBytes` of the disk. What was used within the hour stays, and what was since the first of the builds at work began. Returns what was done, for people; undefined where nothing was.
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
    inUseSinceMs: Math.min(now - IN_USE_MS, await firstAtWork(root)),
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

/** When the first of the builds at work began, in ms since 1970; files of builds that are gone are removed. */
async function firstAtWork(root: string): Promise<number> {
  let first = Number.POSITIVE_INFINITY;
  for (const name of await readdir(buildsOf(root)).catch(() => [])) {
    const path = join(buildsOf(root), name);
    if (isAlive(name))
      first = Math.min(
        first,
        await stat(path).then(
          ({mtimeMs}) => mtimeMs,
          () => first,
        ),
      );
    else await rm(path, {force: true});
  }
  return first;
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
