import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {bareFirmwares} from '../../src/build/bare-machine.ts';
import type {BuildChoice} from '../../src/build/choice.ts';
import {processEnvironment} from '../../src/build/environment.ts';
import {inspectFile} from '../../src/build/inspect-file.ts';
import {readyImage, type ReadyImage} from '../../src/build/ready-image.ts';
import {exitStatus} from '../../src/core/error.ts';
import {timeScale} from '../../src/vm/time-scale.ts';
import {bootImage, type BootOptions, type Firmware} from '../../src/vm/boot-image.ts';
import type {Machine} from '../../src/vm/machine.ts';
import {barePayload, programPayload} from '../support/payloads.ts';
import {temporary} from '../support/temporary.ts';

const TIMEOUT_MS = 60_000 * timeScale(process.env);
/** What no shell and no bootloader leaves as it is, unless it means to. */
const ARGUMENTS = `a="b c"  {"d": 'e\\f'} $g`;

async function carrying(file: string, args: string, more: Partial<BuildChoice> = {}): Promise<ReadyImage> {
  const choice: BuildChoice = {
    channel: 'alpha',
    image: 'test',
    arch: 'x86_64',
    out: temporary(),
    locked: false,
    payload: {file, args},
    ...more,
  };
  return readyImage(choice, processEnvironment());
}

function booted(ready: ReadyImage, firmware: Firmware, more: Partial<BootOptions> = {}): Promise<Machine> {
  const {image, accelerator, run} = ready;
  return bootImage(image, {folder: temporary(), firmware, memoryMib: 256, accelerator, run, ...more});
}

/** Boots an image on each way that it has, and gives what its payload says of itself on each. */
async function saidBy(ready: ReadyImage): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  for (const firmware of bareFirmwares(ready.built.prepared.request) ?? []) {
    await using machine = await booted(ready, firmware);
    await machine.waitForConsole(/payload: ends/, TIMEOUT_MS);
    said[firmware] = /payload: multiboot.*/.exec(machine.console)?.[0] ?? '';
  }
  return said;
}

test('multiboot 1: its arguments arrive whole on every way', async () => {
  await using ready = await carrying(barePayload('multiboot1'), ARGUMENTS);
  const said = await saidBy(ready);
  expect(Object.keys(said)).toEqual(['bios', 'uefi', 'direct']);
  expect(said['bios']).toBe(`payload: multiboot 1: multiboot1 ${ARGUMENTS}`);
  expect(said['uefi']).toBe(said['bios']);
  expect(said['direct']).toMatch(/^payload: multiboot 1: \S+-payload a="b c" {2}/);
});

test('inspect says what is in its slots', async () => {
  await using ready = await carrying(barePayload('multiboot1'), ARGUMENTS);
  const {request} = ready.built.prepared;
  expect((await inspectFile(ready.image.disk.path)).facts).toMatchObject({
    'version A': request.version,
    'payload A': request.payload?.file.sha256,
    channel: 'alpha',
  });
});

test('a firmware that does not start it is refused before anything is built', async () => {
  const choice = {file: '/boot/ipxe.efi', args: ''};
  const env = processEnvironment();
  const asked = {channel: 'alpha', image: 'test', arch: 'x86_64', out: temporary(), locked: false} as const;
  const refused: unknown = await readyImage({...asked, payload: choice}, env, {firmware: 'bios'}).catch(
    (error: unknown) => error,
  );
  expect(exitStatus(refused)).toBe(2);
  expect((refused as Error).message).toContain('a BIOS starts no EFI programs');
});

test('the script beside its disk starts it', async () => {
  await using ready = await carrying(barePayload('multiboot1'), ARGUMENTS);
  const script = ready.built.artifacts.find(({format}) => format === 'run.sh')?.path ?? '';
  const {stdout} = await new Promise<{stdout: string}>((resolve) => {
    // A payload that ends QEMU by its port leaves a status that is none of success.
    execFile(
      'sh',
      [script],
      {env: {...process.env, ACCEL: ready.accelerator}, timeout: TIMEOUT_MS},
      (_, out) => resolve({stdout: out}),
    );
  });
  expect(stdout).toContain(`payload: multiboot 1: multiboot1 ${ARGUMENTS}`);
});

test('an image of half a MiB that nothing makes smaller has a MiB and a half at most', async () => {
  const file = join(temporary(), 'large');
  writeFileSync(file, Buffer.concat([readFileSync(barePayload('multiboot1')), randomBytes(500 * 1024)]));
  await using ready = await carrying(file, ARGUMENTS);
  expect(statSync(ready.image.disk.path).size).toBeLessThan(1.5 * 2 ** 20);
});

test('multiboot 2: its arguments arrive whole under BIOS and UEFI, and QEMU cannot start it by itself', async () => {
  await using ready = await carrying(barePayload('multiboot2'), ARGUMENTS);
  const line = `payload: multiboot 2: ${ARGUMENTS}`;
  expect(await saidBy(ready)).toEqual({bios: line, uefi: line});
});

test('a payload ends its machine by a port of it', async () => {
  await using ready = await carrying(barePayload('multiboot1'), 'plain words');
  await using machine = await booted(ready, 'bios');
  expect((await machine.finished()).how).toContain('status 1');
  expect(machine.console).toContain('payload: multiboot 1: multiboot1 plain words');
});

test('a slot that is damaged is left for the other one', async () => {
  await using ready = await carrying(barePayload('multiboot1'), 'slot A', {formats: ['raw']});
  const {path} = ready.image.disk;
  const esp = `${path}@@2M`;
  const folder = temporary();
  const run = async (...argv: [string, ...string[]]) => ready.run(argv);
  await run('mcopy', '-s', '-i', esp, '::/A', folder);
  await run('mcopy', '-s', '-i', esp, join(folder, 'A'), '::/B');
  writeFileSync(join(folder, 'A/payload'), Buffer.alloc(512));
  await run('mcopy', '-o', '-i', esp, join(folder, 'A/payload'), '::/A/payload');
  await using machine = await booted(ready, 'bios');
  await machine.waitForConsole(/payload: ends/, TIMEOUT_MS);
  expect(machine.console).toMatch(/payload: READ ERROR|payload: HASH MISMATCH/);
  expect(machine.console).toContain('payload: multiboot 1: multiboot1 slot A');
});

describe("Debian's", () => {
  test('memtest86+, by the boot protocol of Linux: it is told where to speak', async () => {
    await using ready = await carrying('/boot/memtest86+x64.bin', 'console=ttyS0,115200');
    await using machine = await booted(ready, 'bios');
    await machine.waitForConsole(/Memtest86\+ v\d/, TIMEOUT_MS);
  });

  test('iPXE, as an EFI program: it is no payload under BIOS', async () => {
    await using ready = await carrying('/boot/ipxe.efi', '');
    expect(bareFirmwares(ready.built.prepared.request)).toEqual(['uefi']);
    await using machine = await booted(ready, 'uefi');
    await machine.waitForConsole(/iPXE initialising devices/, TIMEOUT_MS);
  });
});

describe('what cannot be is refused before anything is built', () => {
  test.each([
    [
      'a PVH kernel in mode boot',
      () => barePayload('pvh'),
      {mode: 'boot' as const},
      /GRUB has no loader for/,
    ],
    ['a program in mode boot', () => programPayload(), {mode: 'boot' as const}, /no header/],
  ])('%s', async (_, make, more, why) => {
    const out = temporary();
    const refused: unknown = await carrying(make(), '', {out, payload: {file: make(), ...more}}).catch(
      (error: unknown) => error,
    );
    expect(exitStatus(refused)).toBe(2);
    expect((refused as Error).message).toMatch(why);
  });
});
