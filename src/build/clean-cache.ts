import {readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {Store} from '../pipeline/store.ts';
import type {CachePaths} from '../system/cache.ts';
import {diskUse} from '../system/files.ts';
import {isKeptFolderTaken} from '../system/kept-folder.ts';
import {sweepTemporary} from '../system/temporary.ts';

/** Something that may go. */
export interface Removable {
  readonly name: string;
  /** What it takes of the disk. */
  readonly bytes: number;
  /** When it was last used, in milliseconds since 1970. */
  readonly usedMs: number;
}

interface Limits {
  /** What was used last before it goes. */
  readonly sinceMs: number;
  /** The oldest go until the rest takes at most this much. */
  readonly keepBytes: number;
  /** What was used since stays, whatever it takes: a build may need it now. */
  readonly inUseSinceMs?: number;
}

/** What has to go. Pure. */
export function planClean<T extends Removable>(
  items: readonly T[],
  {sinceMs, keepBytes, inUseSinceMs = Number.POSITIVE_INFINITY}: Limits,
): T[] {
  const newestFirst = [...items].sort((a, b) => b.usedMs - a.usedMs);
  let kept = 0;
  return newestFirst.filter(({bytes, usedMs}) => {
    const keep = usedMs >= inUseSinceMs || (usedMs >= sinceMs && kept + bytes <= keepBytes);
    if (keep) kept += bytes;
    return !keep;
  });
}

/** Something of the cache, and how it goes. */
export interface Doomed extends Removable {
  readonly remove: () => Promise<void>;
}

/** The artifacts of a store. */
export async function storedThings(root: string): Promise<Doomed[]> {
  const store = new Store(root);
  await store.sweep();
  return (await store.list()).map((item) => ({
    ...item,
    name: `${item.stage} ${item.key.slice(0, 12)}`,
    remove: () => store.remove(item.key),
  }));
}

/** All that the cache holds and nobody uses at this moment. */
export async function cachedThings(cache: CachePaths): Promise<Doomed[]> {
  return [
    ...(await storedThings(cache.store)),
    ...(await files(cache.downloads, 'download')),
    ...(await files(cache.resolved, 'resolved')),
    ...(await files(cache.logs, 'log')),
    ...(await keptFolders(cache.kept)),
    ...(await warmMachines(cache.warm)),
    ...(await hostTrees(cache.hostTrees)),
  ];
}

async function files(folder: string, what: string): Promise<Doomed[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const {mtimeMs} = await stat(path);
      return {
        name: `${what} ${name.slice(0, 40)}`,
        bytes: await diskUse(path),
        usedMs: mtimeMs,
        remove: () => rm(path, {recursive: true, force: true}),
      };
    }),
  );
}

/** Machines that were kept when they had come up; those that go on from one have its files open. */
async function warmMachines(root: string): Promise<Doomed[]> {
  await sweepTemporary(root);
  return Promise.all((await foldersIn(root)).map(async (name) => folder(root, name, 'warm machine')));
}

/** apt and dpkg for a host without them; what runs from there has its files open. */
async function hostTrees(root: string): Promise<Doomed[]> {
  return Promise.all((await foldersIn(root)).map(async (name) => folder(root, name, 'host tools')));
}

/** What Buildroot and ccache go on from; a folder that a build has now is left alone. */
async function keptFolders(root: string): Promise<Doomed[]> {
  const names = await foldersIn(root);
  const free = await Promise.all(names.map(async (name) => !(await isKeptFolderTaken(root, name))));
  return Promise.all(names.filter((_, index) => free[index]).map(async (name) => folder(root, name, 'kept')));
}

async function foldersIn(root: string): Promise<string[]> {
  const found = await readdir(root, {withFileTypes: true}).catch(() => []);
  return found.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({name}) => name);
}

async function folder(root: string, name: string, what: string): Promise<Doomed> {
  const path = join(root, name);
  return {
    name: `${what} ${/^[0-9a-f]{64}$/.test(name) ? name.slice(0, 12) : name}`,
    bytes: await diskUse(path),
    usedMs: (await stat(path)).mtimeMs,
    remove: () => rm(path, {recursive: true, force: true}),
  };
}
