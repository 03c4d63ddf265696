import {load} from 'js-yaml';
import {expect, test} from 'vitest';
import {findUefi} from '../../src/vm/firmware.ts';
import {qemuCommand, repeatCommand} from '../../src/vm/qemu-args.ts';
import type {MachineSpec} from '../../src/vm/machine-spec.ts';
import {formatMetaData} from '../../src/vm/seed.ts';
import {timeScale} from '../../src/vm/time-scale.ts';

const SPEC: MachineSpec = {
  arch: 'x86_64',
  accelerator: 'tcg',
  memoryMib: 256,
  boot: {firmware: 'bios'},
  disk: {path: 'd.qcow2', format: 'qcow2'},
  seed: 's.img',
  sshPort: 2222,
  control: 'c',
  log: 'l',
  console: 'piped',
};
const line = (more: Partial<MachineSpec> = {}) => qemuCommand({...SPEC, ...more}).join(' ');

test('the processor under TCG has no cmpxchg16b, under KVM it is the host’s; who asks gets another', () => {
  expect(line()).toContain('accel=tcg -cpu max,cx16=off,smap=off');
  expect(line({accelerator: 'kvm'})).toContain('accel=kvm -cpu host');
  expect(line({cpu: 'max'})).toContain('accel=tcg -cpu max -m');
});

test('the root disk boots first, the seed has no place in the order', () => {
  expect(line()).toContain('virtio-blk-pci,drive=root,bootindex=0');
  expect(line()).toMatch(/virtio-blk-pci,drive=seed( |$)/);
});

test('a kernel that QEMU loads takes the first place itself', () => {
  const boot = {firmware: 'direct', kernel: 'k', initramfs: 'i', commandLine: 'a b'} as const;
  expect(line({boot})).toContain('-kernel k -initrd i -append a b');
  expect(line({boot})).not.toContain('bootindex');
});

test('a microvm has no PCI', () => {
  const boot = {firmware: 'microvm', kernel: 'k', initramfs: 'i', commandLine: 'a'} as const;
  expect(line({boot})).toContain('-machine microvm,acpi=on,accel=tcg');
  expect(line({boot, disk: undefined})).not.toContain('-pci');
});

test('UEFI has its code read-only and variables of its own', () => {
  const text = line({boot: {firmware: 'uefi', code: 'CODE', variables: 'VARS'}});
  expect(text).toContain('if=pflash,format=raw,unit=0,readonly=on,file=CODE');
  expect(text).toContain('if=pflash,format=raw,unit=1,file=VARS');
});

test('a UEFI that QEMU starts as a kernel takes the first place itself, and has no flash', () => {
  const text = line({arch: 'riscv64', boot: {firmware: 'uefi', loader: 'U-BOOT'}});
  expect(text).toContain('-kernel U-BOOT');
  expect(text).not.toMatch(/pflash|bootindex|-append/);
});

test('the first UEFI of which all files are there is taken', () => {
  const there = (...files: string[]) =>
    findUefi('riscv64', (path) => files.includes(path.replace(/.*\//, '')));
  expect(there('RISCV_VIRT_CODE.fd', 'RISCV_VIRT_VARS.fd')).toMatchObject({
    code: expect.stringContaining('RISCV_VIRT_CODE.fd') as string,
  });
  expect(there('RISCV_VIRT_CODE.fd', 'uboot.elf')).toEqual({
    loader: expect.stringContaining('uboot.elf') as string,
  });
});

test('ssh is reachable from this machine alone', () => {
  expect(line()).toContain('hostfwd=tcp:127.0.0.1:2222-:22');
});

test('a comma in a path is no option', () => {
  expect(line({disk: {path: 'a,b', format: 'raw'}})).toContain('file=a,,b');
});

test('an attached console has QEMU’s monitor behind ctrl-a, a piped one has not', () => {
  expect(line({console: 'attached'})).toContain('mux=on -serial chardev:console -mon chardev=console');
  expect(line()).not.toContain('-mon ');
});

test('meta-data survives quotes and line ends', () => {
  const seed = {instanceId: 'i-"1"', hostname: 'h', publicKeys: ['ssh-ed25519 AAAA a\nb']};
  expect(load(formatMetaData(seed))).toEqual({
    'instance-id': 'i-"1"',
    'local-hostname': 'h',
    'public-keys': ['ssh-ed25519 AAAA a\nb'],
  });
});

test('a host without UEFI is told what to do', () => {
  expect(() => findUefi('x86_64', () => false)).toThrow(
    /no UEFI firmware for x86_64: looked for \/usr\/share\/OVMF/,
  );
});

test.each(['0', '-1', 'x', '1e9'])('LEANOS_TIMEOUT_SCALE=%s is refused', (text) => {
  expect(() => timeScale({LEANOS_TIMEOUT_SCALE: text})).toThrow(/a number from 0 to 1000 is needed/);
});

test('the firmware speaks on a console that is read; a terminal it would leave without line wrapping', () => {
  expect(line()).toContain('-machine q35,graphics=off,accel');
  expect(line({console: 'attached'})).toContain('-machine q35,accel');
});

test('the command that repeats a boot needs nothing that leanos made, and keeps nothing', () => {
  const again = repeatCommand({
    ...SPEC,
    disk: {path: 'overlay', format: 'qcow2', base: {path: 'image.raw', format: 'raw'}},
    boot: {firmware: 'uefi', code: 'CODE', variables: 'OWN', template: 'VARS'},
  }).join(' ');
  expect(again).toContain('format=raw,discard=unmap,readonly=off,snapshot=on,file=image.raw');
  expect(again).toContain('unit=1,snapshot=on,file=VARS');
  expect(again).toContain('-serial mon:stdio');
  expect(again).not.toMatch(/overlay|OWN|-qmp|logfile/);
});

test('on s390x every device of virtio hangs on its channels, and none on PCI', () => {
  const text = line({
    arch: 's390x',
    boot: {firmware: 'direct', kernel: 'k', initramfs: 'i', commandLine: 'a'},
    disk: {path: 'd.qcow2', format: 'qcow2', bus: 'scsi'},
    extraDisks: [{path: 'e.raw', serial: 'x'}],
    extraCards: [{mac: '52:54:00:00:00:02'}],
    sharedNetwork: {mac: '52:54:00:00:00:03', ownMac: '52:54:00:00:00:04', port: 4000},
  });
  expect(text).not.toMatch(/-pci|romfile/);
  expect(text.match(/virtio-[a-z]+-ccw/g)?.sort()).toEqual([
    'virtio-blk-ccw',
    'virtio-blk-ccw',
    'virtio-net-ccw',
    'virtio-net-ccw',
    'virtio-net-ccw',
    'virtio-rng-ccw',
    'virtio-scsi-ccw',
  ]);
});
