import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

const STEPS =
  '. "$ROOT/usr/lib/leanos/drivers.sh"; . "$ROOT/usr/lib/leanos/gpt.sh"; . "$INITRAMFS/lib/boot.sh"; read_command_line;';
/** Mounts are only noted: those of an ext4 end with the status that follows. */
const mountsEnd = (status: number): string =>
  `mount() { echo "mount $*"; case $* in *ext4*) return ${status} ;; esac; };`;

async function machine(commandLine: string, withState = true): Promise<FakeMachine> {
  const fake = await fakeMachine();
  fake.write('proc/cmdline', `${commandLine}\n`);
  mkdirSync(join(fake.root, 'sys/class/block'), {recursive: true});
  if (withState) {
    fake.write('sys/class/block/vda5/uevent', 'DEVNAME=vda5\nPARTNAME=STATE\n');
    fake.write('sys/class/block/vda5/partition', '5\n');
    fake.write('sys/class/block/vda5/ro', '0\n');
  }
  return fake;
}

function rootOf(fake: FakeMachine, mountStatus = 0): string {
  return fake
    .ash(`${STEPS} ${mountsEnd(mountStatus)} mount_root >/dev/null; echo "$root_source"`)
    .stdout.trim();
}

test.each([
  [250_000, '0'],
  [500_000, '15000'],
])('of %i KiB of memory the kernel holds back what its factor says: %s', async (kib, factor) => {
  const fake = await machine('');
  fake.write('proc/meminfo', `MemTotal:       ${kib} kB\nMemFree: 1 kB\n`);
  fake.write('proc/sys/vm/watermark_boost_factor', '15000\n');
  fake.ash(`${STEPS} keep_memory_free`);
  expect(fake.read('proc/sys/vm/watermark_boost_factor').trim()).toBe(factor);
});

describe('the root of the system', () => {
  test('is STATE', async () => {
    expect(rootOf(await machine('usr=PARTLABEL=USR-A'))).toBe('/dev/vda5');
  });

  test.each([
    ['STATE is missing', {withState: false, mountStatus: 0}],
    ['STATE cannot be mounted', {withState: true, mountStatus: 1}],
  ])('is in RAM where %s, and the console says so', async (_, {withState, mountStatus}) => {
    const fake = await machine('usr=PARTLABEL=USR-A', withState);
    expect(rootOf(fake, mountStatus)).toBe('RAM');
    expect(fake.read('dev/console')).toContain('STATE cannot be used; running from RAM');
  });

  test('is in RAM where the command line says rdroot, without a warning', async () => {
    const fake = await machine('usr=PARTLABEL=USR-A rdroot');
    expect(rootOf(fake)).toBe('RAM');
    expect(fake.read('dev/console')).toBe('');
  });
});

test('break= stops with a shell before each step that it names, and before no other', async () => {
  const fake = await machine('break=disk break=switch');
  const {stdout} = fake.ash(
    `${STEPS} setsid() { echo "shell: $*"; }; for step in modules disk root switch; do echo "$step"; stop_before "$step"; done`,
  );
  expect(stdout.split('\n').slice(0, 6)).toEqual([
    'modules',
    'disk',
    'shell: cttyhack sh',
    'root',
    'switch',
    'shell: cttyhack sh',
  ]);
});

test('where the kernel has groups of its own for sessions, it has none: a low priority is low beside all', async () => {
  const fake = await machine('');
  fake.ash(`${STEPS} keep_priorities`);
  expect(fake.has('proc/sys/kernel/sched_autogroup_enabled')).toBe(false);
  fake.write('proc/sys/kernel/sched_autogroup_enabled', '1\n');
  fake.ash(`${STEPS} keep_priorities`);
  expect(fake.read('proc/sys/kernel/sched_autogroup_enabled').trim()).toBe('0');
});

describe('what is mounted around /usr', () => {
  const lines = (fake: FakeMachine): string[] =>
    fake.ash(`${STEPS} new=$ROOT/newroot; root_mounts`).stdout.replaceAll(fake.root, '').trim().split('\n');

  test('the root comes over the initramfs last, after all that is moved into it', async () => {
    expect(lines(await machine('')).slice(-5)).toEqual([
      '/dev /newroot/dev none move 0 0',
      '/sys /newroot/sys none move 0 0',
      '/run /newroot/run none move 0 0',
      '/proc /newroot/proc none move 0 0',
      '/newroot / none move 0 0',
    ]);
  });

  test('the modules of the initramfs stay within reach, where there are any', async () => {
    const fake = await machine('');
    const bound = '/lib/modules/6.12 /run/leanos/boot-modules none bind 0 0';
    expect(lines(fake)).not.toContain(bound);
    mkdirSync(join(fake.root, 'lib/modules/6.12/kernel'), {recursive: true});
    expect(lines(fake)).toContain(bound);
  });
});

test('a partition is found by the whole of its name, whatever the names of others are', async () => {
  const fake = await machine('');
  const names = {vda: undefined, sda1: 'a STATE', sda2: 'sda9=STATE', sda3: '*', vda6: 'STATE'};
  for (const [name, label] of Object.entries(names)) {
    fake.write(`sys/class/block/${name}/uevent`, `DEVNAME=${name}\n${label ? `PARTNAME=${label}\n` : ''}`);
    if (label !== undefined) fake.write(`sys/class/block/${name}/partition`, '1\n');
  }
  const found = (label: string): string =>
    fake.ash(`${STEPS} read_partitions; find_partition '${label}'; echo "$? $device"`).stdout.trim();
  expect(['STATE', 'a STATE', '*', 'USR-A'].map(found)).toEqual([
    '0 /dev/vda5',
    '0 /dev/sda1',
    '0 /dev/sda3',
    '1',
  ]);
});

test('a root without the mark gets its folders, the mark after them; one with it keeps what it has', async () => {
  const fake = await machine('');
  fake.write('skeleton/var/lib/leanos/.keep', '');
  fake.write('skeleton/home/leanos/.keep', '');
  mkdirSync(join(fake.root, 'newroot'));
  const fill = (): number => fake.ash(`${STEPS} fill_root`).status;
  const failing = fake.ash(`${STEPS} cp() { return 1; }; fill_root`);
  expect([failing.status, fake.has('newroot/var/lib/leanos/filled')]).toEqual([1, false]);
  expect([fill(), fake.has('newroot/home/leanos/.keep'), fake.has('newroot/var/lib/leanos/filled')]).toEqual([
    0,
    true,
    true,
  ]);
  fake.write('skeleton/home/other/.keep', '');
  expect([fill(), fake.has('newroot/home/other')]).toEqual([0, false]);
});
