import {readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {formatSize, parseSize} from '../../core/size.ts';
import {Store} from '../../pipeline/store.ts';
import {listFiles} from '../../system/files.ts';
import {isKeptFolderTaken} from '../../system/kept-folder.ts';
import type {Context} from '../context.ts';

const DAY_MS = 24 * 3600 * 1000;

/** Something that may go. */
export interface Removable {
  readonly name: string;
  readonly bytes: number;
  /** When it was last used, in milliseconds since 1970. */
  readonly usedMs: number;
}

/** What has to go: all that was not used since `sinceMs`, then the oldest until the rest is at most `keepBytes`. Pure. */
export function planClean<T extends Removable>(
  items: readonly T[],
  limits: {sinceMs: number; keepBytes: number},
): T[] {
  const newestFirst = [...items].sort((a, b) => b.usedMs - a.usedMs);
  let kept = 0;
  return newestFirst.filter(({bytes, usedMs}) => {
    const keep = usedMs >= limits.sinceMs && kept + bytes <= limits.keepBytes;
    if (keep) kept += bytes;
    return !keep;
  });
}

interface CleanOptions {
  readonly days: number;
  readonly size: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** `leanos clean` */
export async function cleanCommand(
  {days, size, all = false, dryRun = false}: CleanOptions,
  context: Context,
): Promise<void> {
  const keepBytes = all ? -1 : parseSize(size);
  if (keepBytes === undefined)
    throw new LeanosError('USAGE', `--size ${size}: a size is needed, such as 1GiB`);
  const {cache} = context.workspace;
  const store = new Store(cache.store);
  await store.sweep();
  const items = [
    ...(await store.list()).map((item) => ({
      ...item,
      name: `${item.stage} ${item.key.slice(0, 12)}`,
      remove: () => store.remove(item.key),
    })),
    ...(await files(cache.downloads, 'download')),
    ...(await files(cache.resolved, 'resolved')),
    ...(await files(cache.logs, 'log')),
    ...(await keptFolders(cache.kept)),
  ];
  const doomed = planClean(items, {
    sinceMs: all ? Number.POSITIVE_INFINITY : Date.now() - days * DAY_MS,
    keepBytes,
  });
  for (const {name, bytes, remove} of doomed) {
    if (dryRun) context.print(`${formatSize(bytes).padStart(12)}  ${name}`);
    else await remove();
  }
  const freed = doomed.reduce((sum, {bytes}) => sum + bytes, 0);
  context.print(
    `${dryRun ? 'would remove' : 'removed'} ${doomed.length} of ${items.length} things, ${formatSize(freed)}`,
  );
}

async function files(folder: string, what: string): Promise<(Removable & {remove: () => Promise<void>})[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const {size, mtimeMs} = await stat(path);
      return {
        name: `${what} ${name.slice(0, 40)}`,
        bytes: size,
        usedMs: mtimeMs,
        remove: () => rm(path, {recursive: true, force: true}),
      };
    }),
  );
}

/** What Buildroot and ccache go on from; a folder that a build has now is left alone. */
async function keptFolders(root: string): Promise<(Removable & {remove: () => Promise<void>})[]> {
  const found = (await readdir(root, {withFileTypes: true}).catch(() => [])).filter((entry) =>
    entry.isDirectory(),
  );
  const free = await Promise.all(found.map(async ({name}) => !(await isKeptFolderTaken(root, name))));
  return Promise.all(
    found
      .filter((_, index) => free[index])
      .map(async ({name}) => {
        const path = join(root, name);
        const inside = await listFiles(path);
        return {
          name: `kept ${name}`,
          bytes: inside.reduce((sum, {bytes}) => sum + bytes, 0),
          usedMs: (await stat(path)).mtimeMs,
          remove: () => rm(path, {recursive: true, force: true}),
        };
      }),
  );
}
