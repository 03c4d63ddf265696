import {join} from 'node:path';
import {expect, test} from 'vitest';
import {machineMemoryMib} from '../../src/recipes/payload/payload-request.ts';
import {bootImage} from '../../src/vm/boot-image.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {readyOwn} from '../support/own-project.ts';
import {xenImage, xenMachine} from '../support/payload-machine.ts';
import {makePvPayload} from '../support/pv-payload.ts';

const TIMEOUT_MS = 300_000;

test('a domain of 32 MiB, Xen, and a dom0 that is all from source run in 128 MiB', async () => {
  const makePayload = (folder: string): void => {
    makePvPayload(join(folder, 'unikernel'));
  };
  await using guest = await readyOwn(
    xenImage('of the image', 'leanos/minimal'),
    makePayload,
    process.env['LEANOS_BUILDROOT'],
  );
  expect(machineMemoryMib(guest.built.prepared.request.payload)).toBeLessThanOrEqual(256);
  const boot = xenMachine(guest, 'ends', generateSshKey('test'), 128);
  await using machine = await bootImage(guest.image, {...boot, firmware: 'bios'});
  await machine.waitForConsole(/payload: PV: of the image\r?\n/, TIMEOUT_MS);
  expect(await machine.finished()).toMatchObject({ok: true});
  expect(machine.console).toContain('payload: ends');
});
