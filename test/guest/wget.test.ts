import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {fakeMachine, ROOTFS} from '../support/ash.ts';

const machine = await fakeMachine();
const asked = (usage: string): string =>
  machine.ash(
    `. "$ROOT/usr/lib/leanos/wget.sh"; wget() { echo asked >>"$ROOT/asked"; echo '${usage}' >&2; return 1; }
    stall_after 3; echo "<$stall>"; stall_after 20; echo "<$stall>"`,
  ).stdout;

test('the image’s own wget ends a transfer that stalls', () => {
  expect(machine.ash('. "$ROOT/usr/lib/leanos/wget.sh"; stall_after 3; echo "<$stall>"').stdout).toBe(
    '<-T 3>\n',
  );
});

test('a wget that would die of -T is not told it, and is asked once', () => {
  expect(asked('Usage: wget [-cqS] [-O FILE] [-T SEC] URL...')).toBe('<-T 3>\n<-T 20>\n');
  expect(asked('Usage: wget [-cqS] [-O FILE] URL...')).toBe('<>\n<>\n');
  expect(machine.read('asked')).toBe('asked\nasked\n');
});

test('no script tells wget how long it may stall without having asked', () => {
  const {stdout} = spawnSync('grep', ['-rnE', 'wget .*-T [0-9]', join(ROOTFS, 'usr')], {encoding: 'utf8'});
  expect(stdout).toBe('');
});
