import {mkdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {ARCHIVE_NAMES} from '../core/archives.ts';
import {LeanosError} from '../core/error.ts';
import type {AptSources} from '../system/apt.ts';
import type {Run} from '../system/run.ts';
import {requestDigest, resolveInputs, type ImageInputs, type InputRequest} from './inputs.ts';
import {loadLock, writeLock} from './lock.ts';

/** What apt answered is believed for a day; `leanos lock` asks anew. */
const RESOLVED_FOR_MS = 24 * 3600 * 1000;

export interface FindInputsOptions {
  /** The lock in the checkout. */
  readonly lock: string;
  /** The folder of what apt answered. */
  readonly resolved: string;
  readonly sources: AptSources;
  readonly run: Run;
  readonly note: (text: string) => void;
}

/** The pins that an image is built from, and whether they are those of the lock. */
export interface FoundInputs {
  readonly inputs: ImageInputs;
  readonly locked: boolean;
}

/** The lock's pins where it fits the request, else what the mirror has, asked at most once a day. */
export async function findInputs(request: InputRequest, options: FindInputsOptions): Promise<FoundInputs> {
  const locked = await loadLock(options.lock, request);
  if (typeof locked === 'object') return {inputs: locked, locked: true};
  if (locked === 'stale')
    options.note('the lock is stale: the definition asks for other packages; `leanos lock` renews it');
  return {inputs: await newestInputs(request, options), locked: false};
}

/** The lock's pins. @throws LeanosError LOCKED when there is no lock for the request */
export async function lockedInputs(request: InputRequest, lock: string): Promise<ImageInputs> {
  const locked = await loadLock(lock, request);
  if (typeof locked === 'object') return locked;
  const why = locked === 'stale' ? `${lock} was made for another definition` : `there is no ${lock}`;
  throw new LeanosError('LOCKED', `--locked: ${why}`, {
    hint: 'leanos lock     pins every input; it takes the same --image, --arch and --base',
  });
}

/** What the mirror has now, or had within the day unless it is asked `anew`. */
export async function newestInputs(
  request: InputRequest,
  {resolved, sources, run, note, anew = false}: Omit<FindInputsOptions, 'lock'> & {readonly anew?: boolean},
): Promise<ImageInputs> {
  const file = join(resolved, `${requestDigest({...request, archives: sources.archives})}.json`);
  const age = await stat(file).then(
    ({mtimeMs}) => Date.now() - mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  if (!anew && age < RESOLVED_FOR_MS) {
    const known = await loadLock(file, request).catch(() => 'stale' as const);
    if (typeof known === 'object') return known;
  }
  note(`asking ${sources.mirror} for ${sources.suite}'s packages${lacking(sources)}`);
  await mkdir(resolved, {recursive: true});
  const inputs = await resolveInputs(request, {sources, run, scratch: resolved});
  await writeLock(file, request, inputs);
  return inputs;
}

/** What is left out is said, as its fixes are too. */
function lacking({archives}: AptSources): string {
  const out = ARCHIVE_NAMES.filter((name) => !archives.includes(name));
  return out.length === 0 ? '' : `, without ${out.join(' and ')}`;
}
