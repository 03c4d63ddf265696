import {LeanosError} from '../core/error.ts';
import {VERSION_EPOCH_SECONDS} from '../core/version.ts';
import type {Run, RunOptions} from './run.ts';

/** What "now" is for a build, and how it was found. */
export interface CheckoutTime {
  /** Seconds since 1970. */
  readonly epoch: number;
  /** The commit, where there is one. */
  readonly commit: string | undefined;
  /** For people: where the epoch comes from. */
  readonly note: string;
}

/**
 * The time that stands for "now" in all that is built: SOURCE_DATE_EPOCH
 * (https://reproducible-builds.org/specs/source-date-epoch/), else the time of the commit, else, in a folder without git,
 * the day that versions count from: a fixed time, because the times of files differ from machine to machine.
 * @throws LeanosError USAGE for a SOURCE_DATE_EPOCH that is no whole number
 */
export async function checkoutTime(
  checkout: string,
  {
    run,
    sourceDateEpoch,
    recorded,
  }: {
    run: Run;
    sourceDateEpoch: string | undefined;
    /** The commit of a folder that was packed. */
    recorded?: {readonly id: string; readonly epoch: number} | undefined;
  },
): Promise<CheckoutTime> {
  const commit = recorded ?? (await commitOf(checkout, run));
  if (sourceDateEpoch !== undefined && sourceDateEpoch !== '') {
    const epoch = parseEpoch(sourceDateEpoch);
    return {epoch, commit: commit?.id, note: `SOURCE_DATE_EPOCH=${epoch}`};
  }
  if (commit !== undefined)
    return {epoch: commit.epoch, commit: commit.id, note: `commit ${commit.id.slice(0, 12)}`};
  return {
    epoch: VERSION_EPOCH_SECONDS,
    commit: undefined,
    note: 'no git checkout: 2013-07-01 (day 0); SOURCE_DATE_EPOCH sets another time',
  };
}

function parseEpoch(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new LeanosError(
    'USAGE',
    `SOURCE_DATE_EPOCH is "${text}"; seconds since 1970 are needed, such as 1763700000`,
  );
}

/** A command of git in one folder, and what it prints. */
export type Git = (words: readonly string[], options?: RunOptions) => Promise<string>;

/** git in a folder that may belong to another user (a container's volume): what is read there is harmless. */
export function gitIn(folder: string, run: Run): Git {
  return async (words, options) => run(['git', '-c', 'safe.directory=*', '-C', folder, ...words], options);
}

/** The last commit that has this folder: one that only lies inside somebody's repository is in none of its commits. */
async function commitOf(checkout: string, run: Run): Promise<{id: string; epoch: number} | undefined> {
  const git = gitIn(checkout, run);
  try {
    await git(['rev-parse', '--quiet', '--verify', 'HEAD:./']);
    const [id = '', epoch = ''] = (await git(['log', '-1', '--format=%H %ct'])).trim().split(' ');
    return {id, epoch: Number(epoch)};
  } catch (error) {
    if (error instanceof LeanosError && (error.code === 'COMMAND_FAILED' || error.code === 'TOOL_MISSING'))
      return undefined;
    throw error;
  }
}

/** Where a folder is in its repository: `''` at the top, else such as `platform/images/`. */
export async function placeInRepository(git: Git): Promise<string> {
  return (await git(['rev-parse', '--show-prefix'])).trimEnd();
}

/**
 * The files that may be run in a checkout whose file system keeps no modes (core.fileMode, git-config(1)), as git has them;
 * undefined where the files' own modes count.
 */
export async function indexModes(checkout: string, run: Run): Promise<string[] | undefined> {
  const git = gitIn(checkout, run);
  const keepsModes = await git(['config', '--type=bool', 'core.fileMode']).catch(() => '');
  if (keepsModes !== 'false') return undefined;
  const list = await git(['ls-files', '--stage', '-z']);
  return [...list.matchAll(/100755 \S+ \d\t([^\0]+)/g)].map(([, path]) => path ?? '');
}
