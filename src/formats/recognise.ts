import {decodeGpt} from './gpt.ts';
import {SECTOR_BYTES} from './disk-layout.ts';

/** What a file is, from its first bytes. `facts` are for people and for --json. */
export interface Recognised {
  readonly kind: string;
  readonly facts: Readonly<Record<string, string | number | readonly string[]>>;
}

/** How much of a file must be read to recognise it. */
export const RECOGNISE_BYTES = 64 * 1024;

interface Format {
  readonly kind: string;
  readonly at: number;
  readonly magic: string;
  readonly facts?: (start: Buffer) => Recognised['facts'];
}

const squashfsCompressors = ['', 'gzip', 'lzma', 'lzo', 'xz', 'lz4', 'zstd'];

/** Magic numbers as latin-1 text, with where they are from; the first that fits counts. */
const FORMATS: readonly Format[] = [
  // docs/interop/qcow2.rst in QEMU
  {
    kind: 'qcow2 disk',
    at: 0,
    magic: 'QFI\xfb',
    facts: (b) => ({'virtual bytes': Number(b.readBigUInt64BE(24))}),
  },
  // VMware, Virtual Disk Format 5.0
  {kind: 'vmdk disk', at: 0, magic: 'KDMV'},
  {kind: 'vmdk disk (its description alone)', at: 0, magic: '# Disk DescriptorFile'},
  // Microsoft, Virtual Hard Disk Image Format Specification 1.0; a fixed one has it at its end
  {kind: 'vhd disk', at: 0, magic: 'conectix'},
  // [MS-VHDX] 2.2.1
  {kind: 'vhdx disk', at: 0, magic: 'vhdxfile'},
  // UEFI 2.10, 5.3.2
  {
    kind: 'raw disk with GPT',
    at: SECTOR_BYTES,
    magic: 'EFI PART',
    facts: (b) => ({partitions: partitionLines(b)}),
  },
  // Documentation/arch/x86/boot.rst
  {kind: 'Linux kernel (x86 boot protocol)', at: 0x202, magic: 'HdrS', facts: linuxFacts},
  // Documentation/arch/arm64/booting.rst
  {kind: 'Linux kernel (arm64 Image)', at: 56, magic: 'ARM\x64'},
  // fs/squashfs/squashfs_fs.h
  {
    kind: 'squashfs',
    at: 0,
    magic: 'hsqs',
    facts: (b) => ({
      bytes: Number(b.readBigUInt64LE(40)),
      compression: squashfsCompressors[b.readUInt16LE(20)] ?? 'unknown',
      'block bytes': b.readUInt32LE(12),
      made: new Date(b.readUInt32LE(8) * 1000).toISOString(),
    }),
  },
  // fs/erofs/erofs_fs.h
  {
    kind: 'erofs',
    at: 1024,
    magic: '\xe2\xe1\xf5\xe0',
    facts: (b) => ({'block bytes': 2 ** b.readUInt8(1024 + 12)}),
  },
  // Documentation/driver-api/early-userspace/buffer-format.rst
  {kind: 'initramfs (cpio)', at: 0, magic: '070701'},
  {kind: 'zstd (an initramfs, where it comes with a kernel)', at: 0, magic: '\x28\xb5\x2f\xfd'},
  {kind: 'xz', at: 0, magic: '\xfd7zXZ\0'},
  {kind: 'gzip', at: 0, magic: '\x1f\x8b'},
  {kind: 'ELF', at: 0, magic: '\x7fELF'},
  {kind: 'tar', at: 257, magic: 'ustar'},
];

/** Recognises a file by its first `RECOGNISE_BYTES` bytes; `undefined` when it is nothing that leanos knows. */
export function recognise(start: Buffer): Recognised | undefined {
  const format = FORMATS.find(({at, magic}) => start.toString('latin1', at, at + magic.length) === magic);
  return format === undefined ? undefined : {kind: format.kind, facts: format.facts?.(start) ?? {}};
}

function partitionLines(start: Buffer): string[] {
  return (decodeGpt(start) ?? []).map(
    ({name, firstLba, lastLba}) => `${name} ${((lastLba - firstLba + 1) * SECTOR_BYTES) / 2 ** 20} MiB`,
  );
}

function linuxFacts(start: Buffer): Recognised['facts'] {
  const at = start.readUInt16LE(0x20e) + 0x200;
  const version = start.toString('latin1', at, Math.max(at, start.indexOf(0, at)));
  return {
    version: version.split(' ')[0] ?? '',
    protocol: `${start.readUInt8(0x207)}.${start.readUInt8(0x206)}`,
  };
}
