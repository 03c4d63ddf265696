import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {bootImage} from '../../src/vm/boot-image.ts';
import {logIn} from '../../src/vm/login.ts';
import {generateSshKey, type SshSession} from '../../src/vm/ssh.ts';
import {ready, seeded} from '../support/ready-guest.ts';

const TIMEOUT_MS = 120_000;
const key = generateSshKey('damage');
let guest: ReadyImage;

beforeAll(async () => {
  guest = await ready('test');
});
afterAll(() => guest[Symbol.asyncDispose]());

test('a machine whose changes of /etc are damaged says so, and is reached all the same', async () => {
  const {image, folder} = guest;
  await using machine = await bootImage(image, {...seeded(guest, 'damage', key), folder});
  const login = (): Promise<SshSession> =>
    logIn(machine, {user: 'leanos', privateKey: key.privateKey, timeoutMs: TIMEOUT_MS});
  {
    const session = await login();
    await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
    const damage = 'cd /var/lib/leanos/etc && rm -rf work && : >work && echo old >/etc/mark && reboot';
    await session.exec(`sudo sh -c '${damage}'`);
    await session[Symbol.asyncDispose]();
  }
  await machine.waitForConsole(/warning: changes of \/etc cannot be used/, TIMEOUT_MS);
  await using session = await login();
  const {stdout} = await session.exec('echo new | sudo tee /etc/mark; sudo ls /etc/dropbear');
  expect(stdout).toBe('new\ndropbear_ed25519_host_key\n');
});
