import {mkdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {ARCHIVE_NAMES} from '../core/archives.ts';
import {LeanosError} from '../core/error.ts';
import type {AptSources, PackagePin} from '../system/apt.ts';
import {AptPool} from '../system/apt-pool.ts';
import type {MoreSources} from '../system/more-sources.ts';
import type {Run} from '../system/run.ts';
import {requestDigest, type InputRequest} from './input-request.ts';
import {hasPython, resolveInputs, type ImageInputs} from './inputs.ts';
import {loadLock, writeLock} from './lock.ts';

/** What apt answered is believed for a day; `leanos lock` asks anew. */
const RESOLVED_FOR_MS = 24 * 3600 * 1000;

export interface FindInputsOptions {
  /** The lock in the checkout. */
  readonly lock: string;
  /** The folder of what apt answered. */
  readonly resolved: string;
  /** The archives of a release of Debian, for an architecture by Debian's name. */
  readonly sources: (suite: string, architecture: string) => AptSources;
  /** What the image's packages come from beside Debian's archives. */
  readonly more?: MoreSources;
  /** Debian's name of this host's architecture. */
  readonly host: string;
  readonly run: Run;
  readonly note: (text: string) => void;
}

/** The pins that an image is built from, and whether they are those of the lock. */
export interface FoundInputs {
  readonly inputs: ImageInputs;
  readonly locked: boolean;
}

/**
 * The lock's pins where it fits the request, else what the mirror has, asked at most once a day.
 * @throws LeanosError LOCKED when the lock has no tools for this host
 */
export async function findInputs(request: InputRequest, options: FindInputsOptions): Promise<FoundInputs> {
  const locked = await loadLock(options.lock, request);
  if (typeof locked === 'object') return {inputs: forHost(locked, options), locked: true};
  if (locked === 'stale')
    options.note('the lock is stale: the definition asks for other packages; `leanos lock` renews it');
  return {inputs: await newestInputs(request, options), locked: false};
}

/** The lock's pins. @throws LeanosError LOCKED when there is no lock for the request and this host */
export async function lockedInputs(
  request: InputRequest,
  options: Pick<FindInputsOptions, 'lock' | 'host'>,
): Promise<ImageInputs> {
  const {lock} = options;
  const locked = await loadLock(lock, request);
  if (typeof locked === 'object') return forHost(locked, options);
  const why = locked === 'stale' ? `${lock} was made for another definition` : `there is no ${lock}`;
  throw new LeanosError('LOCKED', `--locked: ${why}`, {
    hint: 'leanos lock     pins every input; it takes the same --image, --arch and --base',
  });
}

/** A lock's pins, where some are for this host: other tools might make other bytes, and the host is not to decide them. */
function forHost(locked: ImageInputs, {lock, host}: Pick<FindInputsOptions, 'lock' | 'host'>): ImageInputs {
  if (host in locked.hosts) return locked;
  const pinned = Object.keys(locked.hosts).join(' and ');
  throw new LeanosError('LOCKED', `${lock} has tools for hosts of ${pinned}, and none for ${host}`, {
    hint: 'leanos lock     on this host pins them too; it takes the same --image, --arch and --base',
  });
}

/** What the mirror has now, or had within the day unless it is asked `anew`. */
export async function newestInputs(
  request: InputRequest,
  {
    resolved,
    sources,
    more,
    host,
    hosts = [host],
    run,
    note,
    anew = false,
    apts,
  }: Omit<FindInputsOptions, 'lock'> & {
    readonly anew?: boolean;
    /** The hosts that tools are wanted for: this one, without it. */
    readonly hosts?: readonly string[];
    /** Those that answer several requests. */
    readonly apts?: AptPool;
  },
): Promise<ImageInputs> {
  const asked = sources(request.suite, request.architecture);
  const file = join(resolved, `${requestDigest({...request, archives: asked.archives})}.json`);
  const age = await stat(file).then(
    ({mtimeMs}) => Date.now() - mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  if (!anew && age < RESOLVED_FOR_MS) {
    const known = await loadLock(file, request).catch(() => 'stale' as const);
    if (typeof known === 'object' && isWhole(known, request, hosts)) return known;
  }
  note(`asking ${asked.mirror} for ${asked.suite}'s packages${lacking(asked)}`);
  await mkdir(resolved, {recursive: true});
  await using own = new AptPool({sources, run, scratch: resolved});
  const inputs = await resolveInputs(request, hosts, {apts: apts ?? own, more});
  await writeLock(file, request, inputs);
  return inputs;
}

/** Whether pins have all that is asked for now: those of before may know nothing of some hosts, a sandbox, or Python. */
function isWhole(
  {hosts: known, sandbox, userland}: ImageInputs,
  request: InputRequest,
  hosts: readonly string[],
): boolean {
  const isFor = (pins: readonly PackagePin[] = [], isNeeded: boolean): boolean =>
    !isNeeded || pins.length > 0;
  const [scripted, compiled] = [request.sandbox !== undefined, hasPython(userland)];
  return (
    isFor(sandbox, scripted) &&
    hosts.every((name) => {
      const host = known[name];
      return host !== undefined && isFor(host.emulator, scripted) && isFor(host.python, compiled);
    })
  );
}

/** What is left out is said, as its fixes are too. */
function lacking({archives}: AptSources): string {
  const out = ARCHIVE_NAMES.filter((name) => !archives.includes(name));
  return out.length === 0 ? '' : `, without ${out.join(' and ')}`;
}
