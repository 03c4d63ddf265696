/** What a fixed VHD has behind its content: Microsoft, Virtual Hard Disk Image Format Specification 1.0, "Hard Disk Footer Format". */
export interface VhdFooter {
  /** Of the disk. */
  readonly bytes: number;
  /** Seconds since 1970. */
  readonly epoch: number;
  /** 16 bytes. */
  readonly uuid: Buffer;
}

export const VHD_FOOTER_BYTES = 512;
export const VHD_COOKIE = 'conectix';
const SECTOR_BYTES = 512;
/** 2000-01-01 in seconds since 1970. */
const SECONDS_AT_2000 = 946_684_800;
const CHECKSUM_AT = 64;
const FIXED = 2;

/** The 512 bytes of a footer. */
export function encodeVhdFooter({bytes, epoch, uuid}: VhdFooter): Buffer {
  const footer = Buffer.alloc(VHD_FOOTER_BYTES);
  footer.write(VHD_COOKIE, 0, 'latin1');
  footer.writeUInt32BE(2, 8); // features: none, and a bit that is always set
  footer.writeUInt32BE(0x10000, 12); // version 1.0
  footer.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 16); // no further header
  footer.writeUInt32BE(Math.max(0, epoch - SECONDS_AT_2000), 24);
  footer.write('win ', 28, 'latin1'); // readers take the size from the next fields, not from the geometry
  footer.writeUInt32BE(0xa0000, 32);
  footer.write('Wi2k', 36, 'latin1');
  footer.writeBigUInt64BE(BigInt(bytes), 40);
  footer.writeBigUInt64BE(BigInt(bytes), 48);
  const {cylinders, heads, sectors} = vhdGeometry(bytes);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectors, 59);
  footer.writeUInt32BE(FIXED, 60);
  uuid.copy(footer, 68, 0, 16);
  footer.writeUInt32BE(vhdChecksum(footer), CHECKSUM_AT);
  return footer;
}

/** The complement of the sum of all bytes but those of the checksum. */
export function vhdChecksum(footer: Buffer): number {
  const isCounted = (at: number) => at < CHECKSUM_AT || at >= CHECKSUM_AT + 4;
  const sum = footer.reduce((total, byte, at) => (isCounted(at) ? total + byte : total), 0);
  return ~sum >>> 0;
}

/** Cylinders, heads and sectors of a disk: the specification's appendix "CHS Calculation". */
export function vhdGeometry(bytes: number): {cylinders: number; heads: number; sectors: number} {
  const total = Math.min(Math.floor(bytes / SECTOR_BYTES), 65535 * 16 * 255);
  const shaped = (heads: number, sectors: number) => {
    const tracks = Math.floor(total / sectors);
    return {cylinders: Math.floor(tracks / heads), heads, sectors};
  };
  if (total >= 65535 * 16 * 63) return shaped(16, 255);
  const heads = Math.max(4, Math.floor((Math.floor(total / 17) + 1023) / 1024));
  if (heads <= 16 && Math.floor(total / 17) < heads * 1024) return shaped(heads, 17);
  return Math.floor(total / 31) < 16 * 1024 ? shaped(16, 31) : shaped(16, 63);
}
