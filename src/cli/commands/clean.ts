import {cachedThings, planClean} from '../../build/clean-cache.ts';
import {LeanosError} from '../../core/error.ts';
import {formatSize, parseSize} from '../../core/size.ts';
import type {Context} from '../context.ts';

const DAY_MS = 24 * 3600 * 1000;

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
  const things = await cachedThings(context.workspace.cache);
  const sinceMs = all ? Number.POSITIVE_INFINITY : Date.now() - days * DAY_MS;
  const doomed = planClean(things, {sinceMs, keepBytes});
  for (const {name, bytes, remove} of doomed) {
    if (dryRun) context.print(`${formatSize(bytes).padStart(12)}  ${name}`);
    else await remove();
  }
  const freed = formatSize(doomed.reduce((sum, {bytes}) => sum + bytes, 0));
  const did = dryRun ? 'would remove' : 'removed';
  context.print(`${did} ${doomed.length} of ${things.length} things, ${freed}`);
}
