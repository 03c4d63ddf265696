import {crc32c} from './crc32c.ts';

// [MS-VHDX] 2.2: headers at 64 and 128 KiB, region tables behind them.
const KIB = 1024;
export const HEADER_PLACES = [64 * KIB, 128 * KIB] as const;
export const HEADER_BYTES = 4 * KIB;
export const REGION_TABLE_PLACE = 192 * KIB;
export const REGION_TABLE_BYTES = 64 * KIB;
/** Of the table at the start of the metadata region. */
export const METADATA_TABLE_BYTES = 64 * KIB;

const CHECKSUM_AT = 4;
const REGION_ENTRIES_AT = 16;
const METADATA_ENTRIES_AT = 32;
const ENTRY_BYTES = 32;

/** What the regions and items are called, in their mixed-endian form. */
const METADATA_REGION = mixedEndian('8B7CA206-4790-4B9A-B8FE-575F050F886E');
const DISK_ID_ITEM = mixedEndian('BECA12AB-B2E6-4523-93EF-C309E000C746');
const DISK_SIZE_ITEM = mixedEndian('2FA54224-CD1B-4876-B211-5DBED83BF4B8');

/** What of a header is not the same in every file. */
export interface VhdxHeader {
  /** The header with the higher one counts. */
  readonly sequence: number;
  /** Identifiers of 16 bytes: of the file, and of what a guest sees. */
  readonly file: Buffer;
  readonly data: Buffer;
}

/** Sets a header's identifiers, says that no log is to be replayed, and makes its checksum right. */
export function setVhdxHeader(header: Buffer, {sequence, file, data}: VhdxHeader): void {
  header.writeBigUInt64LE(BigInt(sequence), 8);
  file.copy(header, 16, 0, 16);
  data.copy(header, 32, 0, 16);
  header.fill(0, 48, 64);
  header.writeUInt32LE(0, CHECKSUM_AT);
  header.writeUInt32LE(crc32c(header), CHECKSUM_AT);
}

/** Whether a header is whole. */
export function isVhdxHeader(header: Buffer): boolean {
  const copy = Buffer.from(header);
  copy.writeUInt32LE(0, CHECKSUM_AT);
  return header.toString('latin1', 0, 4) === 'head' && header.readUInt32LE(CHECKSUM_AT) === crc32c(copy);
}

/** Where the log is, in bytes. */
export function vhdxLog(header: Buffer): {readonly at: number; readonly bytes: number} {
  return {at: Number(header.readBigUInt64LE(72)), bytes: header.readUInt32LE(68)};
}

/** Where the metadata region starts, from the region table. */
export function vhdxMetadata(regions: Buffer): number {
  return Number(
    entry(regions, {
      first: REGION_ENTRIES_AT,
      count: regions.readUInt32LE(8),
      id: METADATA_REGION,
    }).readBigUInt64LE(16),
  );
}

/** Where, in the metadata region, the disk's identifier (16 bytes) and its size (8 bytes) are. */
export function vhdxItems(metadata: Buffer): {readonly diskId: number; readonly diskSize: number} {
  const count = metadata.readUInt16LE(10);
  const place = (id: Buffer) => entry(metadata, {first: METADATA_ENTRIES_AT, count, id}).readUInt32LE(16);
  return {diskId: place(DISK_ID_ITEM), diskSize: place(DISK_SIZE_ITEM)};
}

function entry(table: Buffer, {first, count, id}: {first: number; count: number; id: Buffer}): Buffer {
  for (let at = first; at < first + count * ENTRY_BYTES; at += ENTRY_BYTES) {
    const found = table.subarray(at, at + ENTRY_BYTES);
    if (found.subarray(0, 16).equals(id)) return found;
  }
  throw new Error('a table of a VHDX lacks an entry that each has');
}

/** A GUID as its 16 bytes: the first three fields are little-endian. */
function mixedEndian(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
