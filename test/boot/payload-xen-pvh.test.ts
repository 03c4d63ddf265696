import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {bootImage} from '../../src/vm/boot-image.ts';
import {inGuest} from '../../src/vm/in-guest.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {readyOwn} from '../support/own-project.ts';
import {makeBarePayload} from '../support/payloads.ts';
import {seeded} from '../support/ready-guest.ts';
import {temporary} from '../support/temporary.ts';

const TIMEOUT_MS = 300_000;
const MEMORY_MIB = 640;
/** What QEMU emulates has SVM, which Xen makes PVH domains with; and the same processor without it. */
const WITH_SVM = 'max,cx16=off,smap=off';
const WITHOUT_SVM = `${WITH_SVM},svm=off`;
const key = generateSshKey('test');
let guest: ReadyImage;

beforeAll(async () => {
  guest = await readyOwn(
    'extends: leanos/test\nlogin: {port: 2222}\npayload: {file: unikernel, args: of the image}\n',
    (folder) => {
      makeBarePayload('pvh', join(folder, 'unikernel'));
    },
  );
});
afterAll(() => guest[Symbol.asyncDispose]());

/** KVM of a host may nest virtualisation or not: QEMU's emulation does. */
function machineWith(cpu: string) {
  return {
    ...seeded(guest, 'pvh', key),
    accelerator: 'tcg',
    cpu,
    memoryMib: MEMORY_MIB,
    folder: temporary(),
  } as const;
}

test('where the processor has SVM, a payload for PVH is Xen’s domain of that type', async () => {
  await using machine = await bootImage(guest.image, machineWith(WITH_SVM));
  await machine.waitForConsole(/payload: PVH under Xen: of the image\r?\n/, TIMEOUT_MS);
  expect(await machine.finished()).toMatchObject({ok: true});
  expect(machine.console).toContain('payload: ends');
});

test('where it has neither that nor VT-x, the machine says so, and is there', async () => {
  await inGuest(
    guest.image,
    machineWith(WITHOUT_SVM),
    {user: 'leanos', key, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal},
    async (session, machine) => {
      const why =
        'error: the payload is for a PVH domain, which needs VT-x or SVM, and this machine has neither';
      await machine.waitForConsole(new RegExp(why), TIMEOUT_MS);
      expect((await session.exec('sudo leanos-payload log')).stdout).toContain(why);
    },
  );
});
