import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

const ASK = 'modprobe() { echo "modprobe $*"; }; . "$ROOT/usr/lib/leanos/drivers.sh";';
const CARD = 'virtio:d00000001v00001AF4';
const BALLOON = 'virtio:d00000005v00001AF4';

/** A machine with two devices of which nobody takes care, and a disk whose driver is there. */
async function machine(): Promise<FakeMachine> {
  const fake = await fakeMachine();
  mkdirSync(join(fake.root, 'lib/modules/6/kernel'), {recursive: true});
  fake.write('sys/bus/virtio/devices/virtio0/modalias', `${CARD}\n`);
  fake.write('sys/bus/virtio/devices/virtio1/modalias', 'virtio:d00000002v00001AF4\n');
  mkdirSync(join(fake.root, 'sys/bus/virtio/devices/virtio1/driver'));
  fake.write('sys/bus/virtio/devices/virtio2/modalias', `${BALLOON}\n`);
  fake.write('sys/bus/pci/devices/1/modalias', 'pci:v1\n');
  fake.write('sys/bus/pci/devices/2/modalias', 'pci:v1\n');
  return fake;
}

describe('drivers', () => {
  test.each([
    ['of a bus, of the devices that have none', 'virtio', `${CARD} ${BALLOON}`],
    ['of some devices', "virtio 'virtio:d0000000[128]v*'", CARD],
    ['of all buses, each once', "'*'", `pci:v1 ${CARD} ${BALLOON}`],
    ['with others', "pci '*' 'squashfs ext4'", 'squashfs ext4 pci:v1'],
  ])('%s are loaded at once', async (_, words, expected) => {
    expect((await machine()).ash(`${ASK} load_drivers ${words}`).stdout).toBe(`modprobe -a -q ${expected}\n`);
  });

  test('are not asked for where nothing needs one', async () => {
    expect((await machine()).ash(`${ASK} load_drivers usb`).stdout).toBe('');
  });

  test('are not asked for where the kernel has all built in', async () => {
    const fake = await machine();
    fake.ash('rm -r "$ROOT/lib"');
    expect(fake.ash(`${ASK} load_drivers '*'`).stdout).toBe('');
  });

  test('are waited for until settle has them, and for a minute at most', async () => {
    const fake = await machine();
    fake.ash('rm "$ROOT/run/leanos/drivers"');
    const wait = 'wait_for_drivers; echo "$? after $naps"';
    const naps = (body: string) => `naps=0; nap() { naps=$((naps + 1)); ${body}; };`;
    expect(fake.ash(`${ASK} ${naps(':')} ${wait}`).stdout).toBe('0 after 600\n');
    expect(
      fake.ash(`${ASK} ${naps('[ "$naps" -lt 3 ] || : >"$ROOT/run/leanos/drivers"')} ${wait}`).stdout,
    ).toBe('0 after 3\n');
    expect(fake.ash(`${ASK} ${naps(':')} ${wait}`).stdout).toBe('1 after 0\n');
  });
});

describe('the initramfs loads the filesystems of its kernel, their checksums and the drivers of virtio at once', () => {
  const LOAD = `${ASK} . "$INITRAMFS/lib/boot.sh"; read_command_line; load_modules`;

  test.each([
    ['from a disk', 'usr=PARTLABEL=USR-A', 'ext4 squashfs crc32c_generic'],
    ['from RAM', 'rdroot', 'ext4 squashfs crc32c_generic loop'],
  ])('%s', async (_, commandLine, modules) => {
    const fake = await machine();
    fake.write('proc/cmdline', `${commandLine}\n`);
    for (const name of ['ext4', 'squashfs']) fake.write(`lib/modules/6/kernel/fs/${name}/${name}.ko`, '');
    fake.write('lib/modules/6/kernel/crypto/crc32c_generic.ko', '');
    expect(fake.ash(LOAD).stdout.replace(/ +/g, ' ')).toBe(`modprobe -a -q ${modules} ${CARD} ${BALLOON}\n`);
  });

  test('and nothing where all is built in', async () => {
    const fake = await machine();
    fake.ash('rm -r "$ROOT/lib"');
    expect(fake.ash(LOAD)).toMatchObject({stdout: '', stderr: ''});
  });
});
