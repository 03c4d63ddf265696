import {LeanosError} from '../core/error.ts';
import type {Machine} from './machine.ts';
import type {SshSession} from './ssh.ts';
import {waitForBanner, waitForLogin, type Credential, type WaitOptions} from './ssh-login.ts';

/** For how long a machine may come no further, and who may end the wait before. */
export interface Patience {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Logs in to a machine that comes up. `timeoutMs` is how long each phase of its boot may take.
 * @throws BootError that says how far it came
 */
export async function logIn(
  machine: Machine,
  {user, ...login}: Credential & Patience & {readonly user: string},
): Promise<SshSession> {
  const options = {
    ...login,
    ...waiting(machine, login),
    user,
    isSettled: () => machine.progress.hasItsKeys(),
  };
  return told(machine, login, () => waitForLogin(options));
}

/** Waits for the ssh banner of a machine that comes up, which needs no key. @throws BootError */
export async function awaitBanner(machine: Machine, patience: Patience): Promise<void> {
  return told(machine, patience, () => waitForBanner(waiting(machine, patience)));
}

function waiting(machine: Machine, {timeoutMs, signal}: Patience): WaitOptions {
  return {
    port: machine.spec.sshPort,
    timeoutMs,
    progressMs: () => machine.progress.changedMs,
    signal: signal === undefined ? machine.over : AbortSignal.any([machine.over, signal]),
    hint: machine.networkIsUp(timeoutMs),
    onPhase: (phase) => machine.progress.advance(phase),
  };
}

async function told<T>(machine: Machine, {signal}: Patience, wait: () => Promise<T>): Promise<T> {
  try {
    return await wait();
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof LeanosError ? machine.failure(error.message, error) : error;
  }
}
