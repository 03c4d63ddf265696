import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {bootImage} from '../../src/vm/boot-image.ts';
import {inGuest} from '../../src/vm/in-guest.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {emulated, readyXenImage, WITH_SVM, WITHOUT_SVM, xenMachine} from '../support/payload-machine.ts';
import {makeBarePayload} from '../support/payloads.ts';

const TIMEOUT_MS = 300_000;
const key = generateSshKey('test');
let guest: ReadyImage;

beforeAll(async () => {
  guest = await readyXenImage((path) => {
    makeBarePayload('pvh', path);
  });
});
afterAll(() => guest[Symbol.asyncDispose]());

test('where the processor has SVM, a payload for PVH is Xen’s domain of that type', async () => {
  await using machine = await bootImage(guest.image, {
    ...xenMachine(guest, 'pvh', key),
    ...emulated(WITH_SVM),
  });
  await machine.waitForConsole(/payload: PVH under Xen: of the image\r?\n/, TIMEOUT_MS);
  expect(await machine.finished()).toMatchObject({ok: true});
  expect(machine.console).toContain('payload: ends');
});

test('where it has neither that nor VT-x, the machine says so, and is there', async () => {
  await inGuest(
    guest.image,
    {...xenMachine(guest, 'pvh', key), ...emulated(WITHOUT_SVM)},
    {user: 'leanos', key, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal},
    async (session, machine) => {
      const why =
        'error: the payload is for a PVH domain, which needs VT-x or SVM, and this machine has neither';
      await machine.waitForConsole(new RegExp(why), TIMEOUT_MS);
      expect((await session.exec('sudo leanos-payload log')).stdout).toContain(why);
    },
  );
});
