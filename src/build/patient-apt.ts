import {setTimeout as sleep} from 'node:timers/promises';
import {LeanosError} from '../core/error.ts';

/** How long another apt may take, and how often it is asked whether it has finished, in milliseconds. */
export interface Patience {
  readonly limitMs: number;
  readonly pollMs: number;
}

/** A fresh machine's first upgrade takes minutes. */
const PATIENCE: Patience = {limitMs: 15 * 60_000, pollMs: 2000};

export interface WaitDoors {
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Patience | undefined;
}

/**
 * Runs an apt command as soon as no other apt is at work. apt has three locks (the lists', the archives' and dpkg's) and an
 * option to wait for the last of them alone, so it is asked again until it gets them all. Nobody's lock is removed.
 * @throws LeanosError COMMAND_FAILED when the other one takes too long; INTERRUPTED
 */
export async function waitForApt(
  command: () => Promise<unknown>,
  {say, signal, patience = PATIENCE}: WaitDoors,
): Promise<void> {
  const started = Date.now();
  for (let told = ''; ;) {
    const holder = await lockHolder(command);
    if (holder === undefined) return;
    if (Date.now() - started >= patience.limitMs) throw tooLong(holder, patience);
    if (told !== holder) say(`leanos: another apt is at work: ${holder}; waiting until it has finished`);
    told = holder;
    await sleep(patience.pollMs, undefined, {signal}).catch(() => signal?.throwIfAborted());
  }
}

/** Who has the lock that a command lacks, as apt says it; `undefined` when the command has succeeded. */
async function lockHolder(command: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await command();
    return undefined;
  } catch (error) {
    const [, file, process, busy] =
      /Could not get lock (\S+?)\.?(?: It is held by (process \d+(?: \([^)]*\))?)| - open \((11): )/.exec(
        error instanceof LeanosError ? error.message : '',
      ) ?? [];
    if (process === undefined && busy === undefined) throw error;
    return process ?? `it has ${file ?? ''}`;
  }
}

function tooLong(holder: string, {limitMs}: Patience): LeanosError {
  const minutes = Math.round(limitMs / 60_000);
  return new LeanosError(
    'COMMAND_FAILED',
    `another apt has been at work for more than ${minutes} minutes: ${holder}`,
    {hint: 'once it has finished, the same command goes on; its lock is best left alone'},
  );
}
