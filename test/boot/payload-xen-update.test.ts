import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {XEN_MEMORY_MIB, XEN_SSH_PORT, xenImage} from '../support/payload-machine.ts';
import {makePvPayload} from '../support/pv-payload.ts';
import {temporary} from '../support/temporary.ts';
import {login, ONE_TRY, said, TIMEOUT_MS, told, UpdatingGuest} from '../support/updating-guest.ts';

let guest: UpdatingGuest;

/** The image of a payload that says its release, and its arguments. */
function writeImage(folder: string, release: string, args: string): void {
  makePvPayload(join(folder, 'unikernel'), release);
  writeFileSync(join(folder, 'images/domain.yaml'), xenImage(args, 'test'));
}

/** The next release of it. */
function release(daysAgo: number, name: string, args: string): Promise<string> {
  writeImage(guest.place.clone.folder, name, args);
  guest.place.commit();
  return guest.place.release(daysAgo);
}

beforeAll(async () => {
  guest = await UpdatingGuest.release({
    test: false,
    image: {
      name: 'domain',
      memoryMib: XEN_MEMORY_MIB,
      sshPort: XEN_SSH_PORT,
      write: (folder) => {
        writeImage(folder, 'first', 'wait');
      },
    },
  });
});
afterAll(() => guest[Symbol.asyncDispose]());

test('a payload comes with the update, Xen and dom0 with it; one that crashes takes all of them back', async () => {
  await using machine = await guest.boot(temporary());
  const crashing = await release(10, 'crashing', 'crash');
  {
    await using session = await login(machine);
    await said(machine, /payload: first: wait/, 1);
    await told(session, 'echo HEALTH_SECONDS=20 | sudo tee /etc/leanos-init/local');
    expect(await told(session, 'sudo leanos-update apply')).toContain(`${crashing} is in slot B`);
    expect(await told(session, `sudo sh -c '${ONE_TRY}'`)).toBe('');
    await session.exec('sudo reboot');
  }
  await said(machine, /payload: crashing: crash/, 1);
  await said(machine, new RegExp(`warning: update: ${crashing.replaceAll('.', '\\.')} did not come up: `), 1);
  await said(machine, /payload: first: wait/, 2);
  const good = await release(9, 'second', 'wait');
  {
    await using session = await login(machine);
    expect(await told(session, 'sudo leanos-update status')).toMatch(
      new RegExp(
        `version: ${guest.first}\n[^]*slot: A\n[^]*failed: ${crashing} did not come up: .*services ended with an error: payload`,
      ),
    );
    await told(session, 'sudo rm /etc/leanos-init/local');
    expect(await told(session, 'sudo leanos-update apply')).toContain(`${good} is in slot B`);
    await session.exec('sudo reboot');
  }
  await said(machine, /payload: second: wait/, 1);
  await said(machine, new RegExp(`info: update: ${good.replaceAll('.', '\\.')} is healthy and stays`), 1);
  await using session = await login(machine);
  expect(await told(session, 'sudo leanos-update status')).toMatch(
    new RegExp(`version: ${good}\n[^]*slot: B\n[^]*first: B, tries: A [0-3], B 3`),
  );
  expect(await told(session, 'sudo leanos-payload')).toMatch(/^payload: running/);
  await machine.powerOff(TIMEOUT_MS);
});
