import {decodeGpt} from './gpt.ts';
import {SECTOR_BYTES} from './disk-layout.ts';
import {peSections} from './pe.ts';

/** What a file is, from its first bytes. `facts` are for people and for --json. */
export interface Recognised {
  readonly kind: string;
  readonly facts: Readonly<Record<string, string | number | readonly string[]>>;
  /** Whether it may be a payload, of which more is to be told. */
  readonly isStarted?: true;
}

/** How much of a file must be read to recognise it. */
export const RECOGNISE_BYTES = 64 * 1024;

/** The primary volume descriptor of a disc, and the boot record behind it. */
const DISC_AT = 16 * 2048;

/** The superblock of ext4. */
const EXT_AT = 1024;

interface Format {
  readonly kind: string;
  readonly at: number;
  readonly magic: string;
  /** What must hold beside the magic number. */
  readonly is?: (start: Buffer) => boolean;
  readonly facts?: (start: Buffer) => Recognised['facts'];
  readonly isStarted?: true;
}

const SUM_LINE = /^[0-9a-f]{64}$/;

const squashfsCompressors = ['', 'gzip', 'lzma', 'lzo', 'xz', 'lz4', 'zstd'];

/** Magic numbers as latin-1 text, with where they are from; the first that fits counts. */
const FORMATS: readonly Format[] = [
  // ECMA-119, 8.1 and 8.4. A disc that is a disk as well has a partition table too.
  {kind: 'disc (ISO 9660)', at: DISC_AT + 1, magic: 'CD001', facts: discFacts},
  // The UAPI group's "Unified Kernel Image"
  {
    kind: 'unified kernel image (EFI)',
    at: 0,
    magic: 'MZ',
    is: (b) => peSections(b)?.some(({name}) => name === '.linux') === true,
    facts: (b) => ({sections: (peSections(b) ?? []).map(({name, bytes}) => `${name} ${bytes} bytes`)}),
  },
  {kind: 'script for iPXE', at: 0, magic: '#!ipxe'},
  // bmaptool's own documentation, "bmap file"
  {
    kind: "map of a disk's blocks (bmap)",
    at: 0,
    magic: '<?xml',
    is: (b) => /<bmap version="/.test(b.toString('latin1', 0, 4096)),
    facts: (b) => ({'virtual bytes': Number(/<ImageSize>\s*(\d+)/.exec(b.toString('latin1'))?.[1] ?? 0)}),
  },
  // What leanos build writes beside an image, and what clouds and scanners read; who writes JSON anew begins it alike.
  json(
    "manifest of leanos' build",
    /^\{\s*"version": *"(?<version>[^"]+)",\s*"image": *"(?<image>[^"]+)",\s*"arch": *"(?<arch>[^"]+)"/,
  ),
  json('provenance (in-toto)', /^\{\s*"_type": *"https:\/\/in-toto\.io\/Statement\/v1"/),
  json('bill of materials (SPDX)', /^\{\s*"spdxVersion": *"(?<spdx>[^"]+)"/),
  json('configuration of Firecracker', /^\{\s*"boot-source"/),
  // sha256sum(1): a digest and two blanks
  {
    kind: 'list of digests (sha256sum)',
    at: 64,
    magic: '  ',
    is: (b) => SUM_LINE.test(b.toString('latin1', 0, 64)),
  },
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
  {kind: 'Linux kernel (x86 boot protocol)', at: 0x202, magic: 'HdrS', facts: linuxFacts, isStarted: true},
  // Documentation/arch/arm64/booting.rst
  {kind: 'Linux kernel (arm64 Image)', at: 56, magic: 'ARM\x64', isStarted: true},
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
  // fs/ext4/ext4.h, struct ext4_super_block; ext2 and ext3 too
  {
    kind: 'ext4',
    at: EXT_AT + 56,
    magic: '\x53\xef',
    facts: (b) => ({
      label: text(b, EXT_AT + 120, 16),
      bytes: b.readUInt32LE(EXT_AT + 4) * 2 ** (10 + (b.readUInt32LE(EXT_AT + 24) & 15)),
    }),
  },
  // Documentation/driver-api/early-userspace/buffer-format.rst
  {kind: 'initramfs (cpio)', at: 0, magic: '070701'},
  {kind: 'zstd (an initramfs, where it comes with a kernel)', at: 0, magic: '\x28\xb5\x2f\xfd'},
  {kind: 'xz', at: 0, magic: '\xfd7zXZ\0'},
  {kind: 'gzip', at: 0, magic: '\x1f\x8b'},
  {kind: 'ELF', at: 0, magic: '\x7fELF'},
  // Linux kernels that UEFI can start begin like this too, and have been recognised by now.
  {
    kind: 'EFI program',
    isStarted: true,
    at: 0,
    magic: 'MZ',
    is: (b) => peSections(b) !== undefined,
    facts: (b) => ({sections: (peSections(b) ?? []).map(({name, bytes}) => `${name} ${bytes} bytes`)}),
  },
  {kind: 'tar', at: 257, magic: 'ustar', facts: (b) => ({'begins with': text(b, 0, 100)})},
];

/** A row for JSON that begins so: the named groups are its facts. */
function json(kind: string, begins: RegExp): Format {
  const match = (start: Buffer): RegExpExecArray | null => begins.exec(start.toString('utf8', 0, 1024));
  return {kind, at: 0, magic: '{', is: (b) => match(b) !== null, facts: (b) => ({...match(b)?.groups})};
}

/** Recognises a file by its first `RECOGNISE_BYTES` bytes; `undefined` when it is nothing that leanos knows. */
export function recognise(first: Buffer): Recognised | undefined {
  // What a file is too short for reads as zeros.
  const start = first.length < RECOGNISE_BYTES ? Buffer.concat([first], RECOGNISE_BYTES) : first;
  const format = FORMATS.find(
    ({at, magic, is}) => start.toString('latin1', at, at + magic.length) === magic && (is?.(start) ?? true),
  );
  if (format === undefined) return undefined;
  const {kind, facts, isStarted} = format;
  return {kind, facts: facts?.(start) ?? {}, ...(isStarted === undefined ? {} : {isStarted})};
}

function discFacts(start: Buffer): Recognised['facts'] {
  const next = start.toString('latin1', DISC_AT + 2048 + 7, DISC_AT + 2048 + 30);
  return {
    label: text(start, DISC_AT + 40, 32),
    'disc bytes': start.readUInt32LE(DISC_AT + 80) * 2048,
    // El Torito 1.0, figure 7
    boots: next === 'EL TORITO SPECIFICATION' ? 'yes (El Torito)' : 'no',
    partitions: partitionLines(start),
  };
}

/** Text of a fixed length, without what fills it up. */
function text(start: Buffer, at: number, length: number): string {
  return start
    .toString('latin1', at, at + length)
    .replace(/\0.*$/s, '')
    .trimEnd();
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
