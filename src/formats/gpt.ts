import {SECTOR_BYTES} from './disk-layout.ts';

/** A partition as the GPT (UEFI 2.10, chapter 5) records it. */
export interface GptPartition {
  readonly name: string;
  readonly type: string;
  readonly firstLba: number;
  readonly lastLba: number;
}

const SIGNATURE = 'EFI PART';
const HEADER_BYTES = 92;
const NAME_AT = 56;
const NAME_BYTES = 72;

/** The partitions in the primary GPT, from the first sectors of a disk; `undefined` where there is none. */
export function decodeGpt(start: Buffer): GptPartition[] | undefined {
  const header = start.subarray(SECTOR_BYTES, 2 * SECTOR_BYTES);
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, SIGNATURE.length) !== SIGNATURE)
    return undefined;
  const table = Number(header.readBigUInt64LE(72)) * SECTOR_BYTES;
  const size = header.readUInt32LE(84);
  // A table that says more than there is ends where the bytes do.
  const count = size === 0 ? 0 : Math.min(header.readUInt32LE(80), Math.ceil((start.length - table) / size));
  const found: GptPartition[] = [];
  for (let index = 0; index < count; index += 1) {
    const entry = start.subarray(table + index * size, table + (index + 1) * size);
    if (entry.length < NAME_AT + NAME_BYTES || entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    found.push({
      name: entry.toString('utf16le', NAME_AT, NAME_AT + NAME_BYTES).replace(/\0.*$/s, ''),
      type: guid(entry),
      firstLba: Number(entry.readBigUInt64LE(32)),
      lastLba: Number(entry.readBigUInt64LE(40)),
    });
  }
  return found;
}

/** A GUID in its mixed-endian form (UEFI 2.10, appendix A). */
function guid(entry: Buffer): string {
  const hex = (at: number, bytes: number) => entry.toString('hex', at, at + bytes);
  const swapped = (at: number, bytes: number) =>
    Buffer.from(entry.subarray(at, at + bytes))
      .reverse()
      .toString('hex');
  return [swapped(0, 4), swapped(4, 2), swapped(6, 2), hex(8, 2), hex(10, 6)].join('-').toUpperCase();
}
