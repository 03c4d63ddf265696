import type {Machine} from './machine.ts';
import type {SshSession} from './ssh.ts';

/**
 * Has a guest switch itself off, by the power button, or over its login where it hears none, and waits until it has.
 * Says in words how that was.
 * @throws BootError
 */
export async function switchOff(
  machine: Machine,
  {session, root = 'sudo -n '}: {readonly session: SshSession; readonly root?: 'sudo -n ' | ''},
  timeoutMs: number,
): Promise<string> {
  if (machine.hasPowerButton) {
    await machine.powerOff(timeoutMs);
    return 'the power button switches the guest off';
  }
  // The connection may end before its answer.
  await session.exec(`${root}poweroff`, {timeoutMs}).catch(() => undefined);
  await machine.until(() => (machine.ended ? true : undefined), timeoutMs);
  if (!machine.ended) throw machine.failure('the guest did not switch itself off when it was told to');
  return 'poweroff switches the guest off (it hears no power button)';
}
