import {BootError} from './boot-error.ts';
import {bootImage, type BootableImage, type BootOptions} from './boot-image.ts';
import {logIn} from './login.ts';
import type {Machine} from './machine.ts';
import type {SshKey, SshSession} from './ssh.ts';

/** Who logs in, and for how long that may take. */
export interface GuestLogin {
  readonly user: string;
  readonly key: SshKey;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Boots an image, logs in with a key, waits until the datasource is applied, and hands over the login and the machine, which
 * end with `use`. An error on the way shows what the console said last.
 */
export async function inGuest(
  image: BootableImage,
  boot: BootOptions,
  {user, key, timeoutMs, signal}: GuestLogin,
  use: (session: SshSession, machine: Machine) => Promise<void>,
): Promise<void> {
  await using machine = await bootImage(image, boot);
  const stop = (): void => machine.kill();
  signal.addEventListener('abort', stop);
  try {
    await using session = await logIn(machine, {user, privateKey: key.privateKey, timeoutMs, signal});
    // The datasource's last word is the status page; before it, user-data may not have run.
    await machine.waitForConsole(/=== leanos: current=/, timeoutMs);
    machine.progress.advance('command');
    await use(session, machine);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof BootError || !(error instanceof Error)
      ? error
      : machine.failure(error.message.split('\n')[0] ?? '', error);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
