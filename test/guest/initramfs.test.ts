import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {encodeCpio} from '../../src/formats/cpio.ts';
import {file} from '../../src/formats/file-tree.ts';
import {formatGrubEnvironment} from '../../src/formats/grub-environment.ts';
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
  addDisk(fake, 'vda', {vda3: 'USR-A', ...(withState ? {vda5: 'STATE'} : {})});
  return fake;
}

/** A disk with partitions of these names. A STATE begins with what GRUB stamped, if that is given. */
function addDisk(
  fake: FakeMachine,
  disk: string,
  names: Readonly<Record<string, string>>,
  stamp?: string,
): void {
  for (const [part, name] of Object.entries(names)) {
    fake.write(`sys/block/${disk}/${part}/uevent`, `DEVNAME=${part}\nPARTNAME=${name}\n`);
    fake.write(`sys/class/block/${part}/ro`, '0\n');
    const head = encodeCpio(
      new Map([['stamp', file(formatGrubEnvironment(stamp === undefined ? {} : {stamp}, 376))]]),
      0,
    );
    fake.write(`dev/${part}`, Buffer.concat([name === 'STATE' ? head : Buffer.alloc(0), Buffer.alloc(4096)]));
  }
}

function rootOf(fake: FakeMachine, mountStatus = 0): string {
  return fake
    .ash(`${STEPS} ${mountsEnd(mountStatus)} choose_disk; mount_root >/dev/null; echo "$root_source"`)
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

test('where the kernel had no room to unpack /usr it is said, and nothing of it where a disk has /usr', async () => {
  const said = async (commandLine: string, log: string): Promise<string> => {
    const fake = await machine(commandLine);
    fake.write('proc/meminfo', 'MemTotal:       57000 kB\n');
    return fake.ash(`${STEPS} dmesg() { echo '${log}'; }; why_cut_off`).stdout;
  };
  const log = '[    1.602854] Initramfs unpacking failed: write error';
  const reason =
    ': the kernel had no room to unpack it: with 55 MiB of its own this machine is too small to start from RAM\n';
  expect(await said('', log)).toBe(reason);
  expect(await said('', '[    1.6] Freeing initrd memory: 12828K')).toBe('');
  expect(await said('usr=PARTLABEL=USR-A', log)).toBe('');
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
  addDisk(fake, 'sda', {sda1: 'a STATE', sda2: 'sda9=STATE', sda3: '*', sda5: 'STATE', sda6: 'STATE'});
  const found = (label: string): string =>
    fake.ash(`${STEPS} read_partitions sda; find_partition '${label}'; echo "$? $device"`).stdout.trim();
  expect(['STATE', 'a STATE', '*', 'USR-A'].map(found)).toEqual([
    '0 /dev/sda5',
    '0 /dev/sda1',
    '0 /dev/sda3',
    '1',
  ]);
});

describe('the disk that the system is on', () => {
  const OWN = {USR: 'USR-A', ESP: 'ESP', STATE: 'STATE'};
  const all = (disk: string): Record<string, string> => ({
    [`${disk}2`]: OWN.ESP,
    [`${disk}3`]: OWN.USR,
    [`${disk}5`]: OWN.STATE,
  });
  const VERITY = 'leanos.verity=aa:1';

  /** What is chosen where the command line says this: disk, /usr, STATE, and the status of must_be_sure. */
  function chosen(fake: FakeMachine, commandLine: string): string {
    fake.write('proc/cmdline', `${commandLine}\n`);
    // Block devices are plain files here.
    const script = `${STEPS.replace('read_command_line;', '')} load_drivers() { :; }; sleep() { :; }
      eval "$(sed 's/\\[ -b /[ -e /' "$INITRAMFS/lib/boot.sh")"; read_command_line
      find_usr; echo "$? $disk $usr_source $state_device"; must_be_sure; echo "$? $disk $state_device"`;
    return fake.ash(script).stdout.trim().replace('\n', ' | ');
  }

  test.each([
    ['before it, by name', 'sda'],
    ['after it, by name', 'vdz'],
    ['of NVMe', 'nvme0n1'],
  ])('has the stamp of this boot; a copy of it %s has not', async (_, foreign) => {
    const fake = await fakeMachine();
    addDisk(fake, 'vda', all('vda'), 'id.2026.11.26.16.0.1');
    addDisk(fake, foreign, all(foreign.startsWith('nvme') ? `${foreign}p` : foreign), 'id.2026.11.25.9.0.1');
    expect(chosen(fake, `usr=PARTLABEL=USR-A ${VERITY} leanos.boot=id.2026.11.26.16.0.1`)).toBe(
      '0 vda /dev/vda3 /dev/vda5 | 0 vda /dev/vda5',
    );
  });

  test('is waited for, though another has all the names; where it never comes no STATE is used', async () => {
    const fake = await fakeMachine();
    addDisk(fake, 'vda', all('vda'), 'other');
    const words = `usr=PARTLABEL=USR-A ${VERITY} leanos.boot=mine`;
    expect(chosen(fake, words)).toBe('0 vda /dev/vda3 /dev/vda5 | 0');
    expect(fake.read('dev/console')).toContain('not certain: none has the stamp of this boot');
    expect(chosen(fake, 'usr=PARTLABEL=USR-A leanos.boot=mine')).toBe('0 vda /dev/vda3 /dev/vda5 | 1');
  });

  test('is, without a stamp, the only one with the names, and not certain where it is one of several', async () => {
    const fake = await fakeMachine();
    addDisk(fake, 'sda', {sda1: 'STATE'});
    addDisk(fake, 'sdb', {sdb3: 'USR-A'});
    addDisk(fake, 'vda', all('vda'));
    expect(chosen(fake, `usr=PARTLABEL=USR-A ${VERITY}`)).toBe('0 vda /dev/vda3 /dev/vda5 | 0 vda /dev/vda5');
    addDisk(fake, 'vdb', all('vdb'));
    expect(chosen(fake, `usr=PARTLABEL=USR-A ${VERITY}`)).toBe('0 vda /dev/vda3 /dev/vda5 | 0');
    expect(fake.read('dev/console')).toContain('not certain: more than one disk has its names');
    expect(chosen(fake, `usr=/dev/vdb3 ${VERITY}`)).toBe('0 vdb /dev/vdb3 /dev/vdb5 | 0 vdb /dev/vdb5');
  });

  test('gives no STATE of another one where it has none itself', async () => {
    const fake = await fakeMachine();
    addDisk(fake, 'sda', {sda1: 'STATE'});
    addDisk(fake, 'vda', {vda3: 'USR-A'});
    expect(chosen(fake, `usr=PARTLABEL=USR-A ${VERITY}`)).toBe('0 vda /dev/vda3  | 0 vda');
  });

  test('is where the running system looks for its partitions, and nowhere else', async () => {
    const fake = await fakeMachine();
    addDisk(fake, 'sda', all('sda'));
    addDisk(fake, 'vda', {vda2: 'ESP'});
    const found = (): string =>
      fake.ash('. "$ROOT/usr/lib/leanos/gpt.sh"; partition ESP; partition STATE').stdout;
    expect(found()).toBe('');
    fake.write('run/leanos/disk', 'vda\n');
    expect(found()).toBe('/dev/vda2\n');
  });

  test('is read for a stamp no further than some bytes', async () => {
    const fake = await fakeMachine();
    addDisk(fake, 'vda', all('vda'));
    fake.write('dev/vda5', Buffer.alloc(64 * 2 ** 20));
    const started = performance.now();
    expect(chosen(fake, `usr=PARTLABEL=USR-A ${VERITY} leanos.boot=x`)).toMatch(/^0 vda /);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
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
