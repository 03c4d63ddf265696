import {execFileSync} from 'node:child_process';
import {closeSync, openSync, readFileSync, readSync, truncateSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {decodeGpt} from '../../src/formats/gpt.ts';
import {loadImage} from '../../src/config/load-image.ts';
import {bothIn} from '../../src/config/places.ts';
import {diskLayout} from '../../src/formats/disk-layout.ts';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';

const MIB = 2 ** 20;
const GROW = '. "$ROOT/usr/lib/leanos/gpt.sh"; gpt_grow "$ROOT/disk"';

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`;

/** A machine with a disk that is partitioned as the image's is, and has nothing else on it. */
async function machineWithDisk(bytes?: number): Promise<{machine: FakeMachine; disk: string}> {
  const machine = await fakeMachine();
  const disk = join(machine.root, 'disk');
  const layout = diskLayout((await loadImage(bothIn(CHECKOUT), 'test')).disk, {arch: 'x86_64', seed: 'x'});
  closeSync(openSync(disk, 'w'));
  truncateSync(disk, layout.bytes);
  const parts = layout.partitions.flatMap(({label, startLba, sectors}, index) => [
    `--new=${index + 1}:${startLba}:${startLba + sectors - 1}`,
    `--change-name=${index + 1}:${label}`,
  ]);
  sgdisk('--clear', '--set-alignment=1', ...parts, disk);
  if (bytes !== undefined) truncateSync(disk, bytes);
  return {machine, disk};
}

function sgdisk(...words: readonly string[]): string {
  return execFileSync('sgdisk', words, {encoding: 'utf8', env: {...process.env, PATH}});
}

const verdict = (disk: string): string => sgdisk('--verify', disk);

function firstBytes(disk: string): Buffer {
  const bytes = Buffer.alloc(64 * 1024);
  const file = openSync(disk, 'r');
  readSync(file, bytes);
  closeSync(file);
  return bytes;
}

function stateMib(disk: string): number {
  const state = decodeGpt(firstBytes(disk))?.find(({name}) => name === 'STATE');
  return state === undefined ? 0 : ((state.lastLba - state.firstLba + 1) * 512) / MIB;
}

test.each([129, 200, 1024, 3 * 1024 * 1024])(
  'a disk of %i MiB is filled, and sgdisk finds nothing',
  async (mib) => {
    const {machine, disk} = await machineWithDisk(mib * MIB);
    expect(machine.ash(`${GROW} ${(mib * MIB) / 512}`)).toMatchObject({status: 0, stderr: ''});
    expect(verdict(disk)).toMatch(/^\s*No problems found\./);
    expect(stateMib(disk)).toBe(mib - 1 - 1 - 40 - 26 - 26 - 1);
  },
);

test('whoever grows a disk finds their own variables again', async () => {
  const {machine} = await machineWithDisk(200 * MIB);
  const own = 'disk=vda sectors=1 size=2 start=3 number=4 count=5 name=6 last=7 end=8';
  const {status, stdout} = machine.ash(
    `${own}; ${GROW} ${(200 * MIB) / 512} && echo $disk $sectors $size $start $number $count $name $last $end`,
  );
  expect({status, stdout}).toEqual({status: 0, stdout: 'vda 1 2 3 4 5 6 7 8\n'});
});

test('a disk of the table’s own size is not touched', async () => {
  const {machine, disk} = await machineWithDisk();
  const before = readFileSync(disk);
  expect(machine.ash(`${GROW} ${before.length / 512}`).status).toBe(1);
  expect(readFileSync(disk).equals(before)).toBe(true);
});

test('a disk without a GPT is not touched', async () => {
  const machine = await fakeMachine();
  machine.write('disk', Buffer.alloc(MIB, 7));
  expect(machine.ash(`${GROW} 4096`).status).toBe(1);
  expect(machine.read('disk')).toBe('\x07'.repeat(MIB));
});
