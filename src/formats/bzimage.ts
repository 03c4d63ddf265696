/** How a kernel's payload is packed, by the magic number that it begins with. */
const MAGIC: readonly (readonly [format: 'zstd' | 'xz' | 'lz4' | 'gzip', magic: string])[] = [
  ['zstd', '28b52ffd'],
  ['xz', 'fd377a585a00'],
  ['lz4', '02214c18'],
  ['gzip', '1f8b'],
];
const SETUP_SECTS = 0x1f1;
const HEADER_MAGIC = 0x202;
const PAYLOAD_OFFSET = 0x248;
const PAYLOAD_LENGTH = 0x24c;
const SECTOR_BYTES = 512;
const DEFAULT_SETUP_SECTS = 4;
/** What the build appends to every format but gzip: the size of what is packed. */
const SIZE_BYTES = 4;

/**
 * The packed ELF file in an x86 kernel (Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header", since protocol 2.08);
 * `undefined` where the file is none, or packed in another way.
 */
export function bzImagePayload(
  image: Buffer,
): {readonly format: 'zstd' | 'xz' | 'lz4' | 'gzip'; readonly data: Buffer} | undefined {
  if (image.length < 1024 || image.toString('latin1', HEADER_MAGIC, HEADER_MAGIC + 4) !== 'HdrS')
    return undefined;
  const setup = (image.readUInt8(SETUP_SECTS) || DEFAULT_SETUP_SECTS) + 1;
  const start = setup * SECTOR_BYTES + image.readUInt32LE(PAYLOAD_OFFSET);
  const whole = image.subarray(start, start + image.readUInt32LE(PAYLOAD_LENGTH));
  const format = MAGIC.find(([, magic]) => whole.toString('hex', 0, magic.length / 2) === magic)?.[0];
  if (format === undefined) return undefined;
  return {format, data: format === 'gzip' ? whole : whole.subarray(0, -SIZE_BYTES)};
}
