import {crc32c} from './crc32c.ts';
import type {ReadAt} from './ext4.ts';

export const SUPERBLOCK_BYTES = 1024;
const FIRST_AT = 1024;
const MAGIC = 0xef53;

/** Where fields are, in bytes: struct ext2_super_block in lib/ext2fs/ext2_fs.h of e2fsprogs. */
const FIELD = {
  blocks: 0x4,
  firstBlock: 0x14,
  blockBits: 0x18,
  blocksPerGroup: 0x20,
  magic: 0x38,
  group: 0x5a,
  readOnlyFeatures: 0x64,
  flags: 0x160,
  checksum: 0x3fc,
} as const;

/** Names are hashed as signed characters, or as unsigned ones. */
const SIGNED_HASH = 1;
const UNSIGNED_HASH = 2;
const CHECKSUMS = 0x400;

/** Where an ext2, ext3 or ext4 has its superblock and the copies that some groups of blocks begin with, in bytes. */
export function superblockPlaces(read: ReadAt): number[] {
  const first = read(FIRST_AT, SUPERBLOCK_BYTES);
  const perGroup = first.readUInt32LE(FIELD.blocksPerGroup);
  const firstBlock = first.readUInt32LE(FIELD.firstBlock);
  const blockBytes = 1024 << first.readUInt32LE(FIELD.blockBits);
  const groups = Math.ceil((first.readUInt32LE(FIELD.blocks) - firstBlock) / perGroup);
  const places = [FIRST_AT];
  for (let group = 1; group < groups; group += 1) {
    const at = (firstBlock + group * perGroup) * blockBytes;
    const copy = read(at, SUPERBLOCK_BYTES);
    if (copy.readUInt16LE(FIELD.magic) === MAGIC && copy.readUInt16LE(FIELD.group) === group) places.push(at);
  }
  return places;
}

/** A superblock that has names hashed as signed characters, with its checksum where it has one. */
export function withSignedHashes(superblock: Buffer): Buffer {
  const own = Buffer.from(superblock);
  const flags = own.readUInt32LE(FIELD.flags);
  own.writeUInt32LE(((flags & ~UNSIGNED_HASH) | SIGNED_HASH) >>> 0, FIELD.flags);
  if ((own.readUInt32LE(FIELD.readOnlyFeatures) & CHECKSUMS) === 0) return own;
  // The kernel's crc32c leaves its last complement to who calls it.
  own.writeUInt32LE(~crc32c(own.subarray(0, FIELD.checksum)) >>> 0, FIELD.checksum);
  return own;
}
