import {bootImage, type BootableImage, type BootOptions} from './boot-image.ts';
import type {Machine} from './machine.ts';
import {waitForLogin, type SshKey, type SshSession} from './ssh.ts';

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
    await using session = await waitForLogin({
      port: machine.spec.sshPort,
      user,
      privateKey: key.privateKey,
      timeoutMs,
      isOver: () => machine.ended || signal.aborted,
      hint: machine.networkIsUp(timeoutMs),
    });
    // The datasource's last word is the status page; before it, user-data may not have run.
    await machine.waitForConsole(/=== leanos: current=/, timeoutMs);
    await use(session, machine);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Error && machine.console !== ''
      ? machine.failure(error.message.split('\n')[0] ?? '')
      : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
