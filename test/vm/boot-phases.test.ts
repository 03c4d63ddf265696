import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {consolePhase, deadEnd, describeReached, isFurther, isSettled} from '../../src/vm/boot-phases.ts';
import {BootProgress, plainText} from '../../src/vm/boot-progress.ts';

/** Consoles as machines left them: see the first line of each. */
function console(name: string): string {
  return plainText(readFileSync(join(import.meta.dirname, 'consoles', `${name}.log`), 'utf8'));
}

/** The phases that a console shows as it grows, line by line, and where it ended. */
function seen(text: string): {phases: string[]; deadEnd: string | undefined; settled: boolean} {
  const progress = new BootProgress();
  const phases = new Set<string>();
  for (const chunk of text.split(/(?<=\n)/)) {
    progress.feed(chunk);
    if (progress.reached !== undefined) phases.add(progress.reached);
  }
  return {phases: [...phases], deadEnd: progress.deadEnd, settled: progress.settled};
}

test('what controls a terminal is no text, whatever its form', () => {
  const text = '\x1b[!p\x1b]104\x07\x1b[?7h\x1bM\r\x1b[K[\x1b[0;1;38:5:185mDEPEND\x1b[0m] of … failed\x1b(B';
  expect(plainText(text)).toBe('[DEPEND] of … failed');
});

test.each([
  [
    'leanos-uefi',
    {phases: ['firmware', 'bootloader', 'initramfs', 'init', 'network'], deadEnd: undefined, settled: true},
  ],
  [
    'debian-uefi',
    {
      phases: ['firmware', 'bootloader', 'kernel', 'initramfs', 'init'],
      deadEnd: undefined,
      settled: false,
    },
  ],
  ['bios-empty-disk', {phases: ['firmware'], deadEnd: 'the firmware found nothing to boot', settled: false}],
  ['uefi-empty-disk', {phases: ['firmware'], deadEnd: 'the firmware found nothing to boot', settled: false}],
  [
    'grub-prompt',
    {
      phases: ['firmware', 'bootloader'],
      deadEnd: 'the bootloader waits at its prompt, grub>',
      settled: false,
    },
  ],
  [
    'panic',
    {
      phases: ['firmware', 'kernel'],
      deadEnd: 'the kernel panicked: VFS: Unable to mount root fs on unknown-block(0,0)',
      settled: false,
    },
  ],
])('the console %s shows how far its machine came', (name, expected) => {
  expect(seen(console(name))).toEqual(expected);
});

test.each([
  ['grub rescue> ', 'the bootloader waits at its prompt, grub rescue>'],
  ['BusyBox v1.37.0\r\n\r\n(initramfs) ', 'the initramfs waits at its prompt, (initramfs)'],
  ['sh-5.2# \ndracut:/# ', 'the initramfs waits at its prompt, dracut:/#'],
  [
    'You are in emergency mode. After logging in, type "journalctl -xb"',
    'the guest is in an emergency shell: You are in emergency mode',
  ],
])('a console that ends with %j goes no further', (text, means) => {
  expect(deadEnd(plainText(text))).toBe(means);
});

test('what a guest prints about prompts and panics is no prompt and no panic', () => {
  for (const text of [
    'menuentry: type exit at grub> to go on\n',
    'grub> \nGRUB loading.\n',
    'docs: (initramfs) is a prompt\n',
    'grep "Kernel panic - not syncing: x" /var/log/kern.log\n',
  ])
    expect(deadEnd(text), text).toBeUndefined();
});

test('a panic from which the guest restarts is an end only for who does not expect it', () => {
  const text = '[    5.1] x\n[    5.123456] Kernel panic - not syncing: Attempted to kill init!\n';
  expect(deadEnd(text)).toBe('the kernel panicked: Attempted to kill init!');
  expect(deadEnd(text, {survivesPanic: true})).toBeUndefined();
  const halted = `${text}[    5.2] y\n[    5.223456] ---[ end Kernel panic - not syncing: Attempted to kill init! ]---\n`;
  expect(deadEnd(halted, {survivesPanic: true})).toBe('the kernel panicked: Attempted to kill init!');
});

test('a guest that restarts begins anew', () => {
  const progress = new BootProgress();
  progress.feed('info: network: eth0 has 10.0.2.15\n=== leanos: current=1 ===\n');
  progress.advance('login');
  progress.feed('[   20.1] reboot: Restarting system\nSeaBIOS (version 1');
  expect([progress.reached, progress.settled]).toEqual(['firmware', false]);
});

test('what follows a cleared screen begins a line', () => {
  const progress = new BootProgress();
  progress.feed('Booting from ROM..\x1bc\x1b[?7l\x1b[2J[    5.325001] Kernel panic - not syncing: x\r\n');
  expect([progress.reached, progress.deadEnd]).toEqual(['kernel', 'the kernel panicked: x']);
});

test('a pattern that comes in two pieces is seen', () => {
  const progress = new BootProgress();
  progress.feed('info: netw');
  progress.feed('ork: eth0 has 10.0.2.15\n');
  expect(progress.reached).toBe('network');
});

test('phases have an order, and words for what is missing', () => {
  expect([isFurther('kernel', undefined), isFurther('kernel', 'init')]).toEqual([true, false]);
  expect(consolePhase('nothing')).toBeUndefined();
  expect(isSettled('Cloud-init v. 25.1.4 finished at Thu, 26 Nov 2026')).toBe(true);
  expect(describeReached('kernel')).toBe('it came as far as the kernel; the initramfs would have been next');
  expect(describeReached(undefined)).toBe('QEMU itself did not start');
});

test('keys may come as long as a datasource may answer later, and while user-data is done', () => {
  const progress = new BootProgress();
  const said = (text: string, afterMs = 60_000): boolean => {
    progress.feed(`${text}\n`);
    return progress.hasItsKeys(performance.now() + afterMs);
  };
  expect(said('info: datasource: none found; ssh and consoles are there all the same')).toBe(false);
  expect(said('=== leanos: current=1.0.0 uptime=5.0 ===')).toBe(false);
  expect(said('info: datasource: openstack answered after the deadline')).toBe(false);
  expect(said('=== leanos: current=1.0.0 uptime=9.0 ===', 0)).toBe(false);
  expect(said('')).toBe(true);
});

test('a panic is told with its whole line, though that comes in two pieces', () => {
  const progress = new BootProgress();
  progress.feed('[    4.000000] Kernel panic - not syncing: Attempted to ki');
  expect(progress.deadEnd).toBeUndefined();
  progress.feed('ll init! exitcode=0x00000300\n');
  expect(progress.deadEnd).toBe('the kernel panicked: Attempted to kill init! exitcode=0x00000300');
});
