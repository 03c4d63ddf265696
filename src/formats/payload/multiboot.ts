/** The Multiboot Specification 0.6.96, 3.1: where its header lies, and what of it decides how the file is loaded. */
const MULTIBOOT1 = {magic: 0x1bad_b002, within: 8192, step: 4};
const HAS_ADDRESSES = 0x1_0000;
/** All of the fixed part: with addresses, and the wish for a video mode. */
const MULTIBOOT1_BYTES = 48;
/** The Multiboot2 Specification, 3.1.2. */
const MULTIBOOT2 = {magic: 0xe852_50d6, within: 32_768, step: 8};
const MULTIBOOT2_BYTES = 16;

/** The header of multiboot 1 in a file. */
export interface Multiboot1 {
  /** In the file. */
  readonly at: number;
  readonly flags: number;
  /** Whether it says where what is loaded: then nobody looks at the file's ELF. */
  readonly hasAddresses: boolean;
}

/** A tag of multiboot 2's header. */
export interface Multiboot2Tag {
  readonly type: number;
  readonly bytes: Buffer;
}

/** The header of multiboot 2 in a file. */
export interface Multiboot2 {
  readonly at: number;
  readonly architecture: number;
  readonly tags: readonly Multiboot2Tag[];
}

export function findMultiboot1(bytes: Buffer): Multiboot1 | undefined {
  const {magic, within, step} = MULTIBOOT1;
  const end = Math.min(bytes.length, within) - 12;
  for (let at = 0; at <= end; at += step) {
    if (bytes.readUInt32LE(at) !== magic) continue;
    const flags = bytes.readUInt32LE(at + 4);
    if (((magic + flags + bytes.readUInt32LE(at + 8)) & 0xffff_ffff) === 0)
      return {at, flags, hasAddresses: (flags & HAS_ADDRESSES) !== 0};
  }
  return undefined;
}

export function findMultiboot2(bytes: Buffer): Multiboot2 | undefined {
  const {magic, within, step} = MULTIBOOT2;
  const end = Math.min(bytes.length, within) - MULTIBOOT2_BYTES;
  for (let at = 0; at <= end; at += step) {
    if (bytes.readUInt32LE(at) !== magic) continue;
    const sum = [0, 4, 8, 12].reduce((total, offset) => total + bytes.readUInt32LE(at + offset), 0);
    if (sum % 2 ** 32 === 0)
      return {
        at,
        architecture: bytes.readUInt32LE(at + 4),
        tags: tagsOf(bytes, at, bytes.readUInt32LE(at + 8)),
      };
  }
  return undefined;
}

function tagsOf(bytes: Buffer, start: number, length: number): Multiboot2Tag[] {
  const end = Math.min(start + length, start + MULTIBOOT2.within, bytes.length);
  const tags: Multiboot2Tag[] = [];
  for (let at = start + MULTIBOOT2_BYTES; at + 8 <= end;) {
    const [type, size] = [bytes.readUInt16LE(at), bytes.readUInt32LE(at + 4)];
    if (type === 0 || size < 8 || at + size > end) break;
    tags.push({type, bytes: bytes.subarray(at, at + size)});
    at += padded(size);
  }
  return tags;
}

/** The same header without addresses: whoever loads it looks at the ELF that it is in. */
export function plainMultiboot1(bytes: Buffer, {at, flags}: Multiboot1): Buffer {
  const header = Buffer.alloc(MULTIBOOT1_BYTES);
  bytes.copy(header, 0, at, at + MULTIBOOT1_BYTES);
  const plain = (flags & ~HAS_ADDRESSES) >>> 0;
  header.fill(0, 12, 32);
  header.writeUInt32LE(plain, 4);
  header.writeUInt32LE(-(MULTIBOOT1.magic + plain) >>> 0, 8);
  return header;
}

/** Tags that say where something is loaded or begins, or that it may lie elsewhere: types 2, 3, 8, 9 and 10. */
const PLACES = new Set([2, 3, 8, 9, 10]);
/** Those of a payload that UEFI starts in a way of its own. */
const EFI_ENTRIES = new Set([8, 9]);
const END_TAG = Buffer.from([0, 0, 0, 0, 8, 0, 0, 0]);

export function hasEfiEntry({tags}: Multiboot2): boolean {
  return tags.some(({type}) => EFI_ENTRIES.has(type));
}

/** The header with what asks for anything but a place. */
export function plainMultiboot2({architecture, tags}: Multiboot2): Buffer {
  const kept = tags.filter(({type}) => !PLACES.has(type)).map(({bytes}) => withPadding(bytes));
  const head = Buffer.alloc(MULTIBOOT2_BYTES);
  const length = MULTIBOOT2_BYTES + kept.reduce((sum, each) => sum + each.length, 0) + END_TAG.length;
  [MULTIBOOT2.magic, architecture, length].forEach((word, index) => head.writeUInt32LE(word, 4 * index));
  head.writeUInt32LE(-(MULTIBOOT2.magic + architecture + length) >>> 0, 12);
  return Buffer.concat([head, ...kept, END_TAG]);
}

/** What multiboot 2 tells a payload of its command line: 3.6.3, "Boot command line", as long as a tag is. */
export function commandLineTag(text: string): Buffer {
  const line = Buffer.from(`${text}\0`);
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(1, 0);
  tag.writeUInt32LE(8 + line.length, 4);
  return withPadding(Buffer.concat([tag, line]));
}

function withPadding(bytes: Buffer): Buffer {
  return Buffer.concat([bytes], padded(bytes.length));
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}
