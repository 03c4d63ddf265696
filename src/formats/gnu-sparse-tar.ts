/** A part of a sparse file that is stored; what lies between them is zero. Bytes. */
export interface StoredRegion {
  readonly at: number;
  readonly bytes: number;
}

const BLOCK_BYTES = 512;
const IN_HEADER = 4;
const IN_EXTENSION = 21;
const ENTRY_BYTES = 24;

/**
 * The header of a sparse file in GNU's own format of tar (its manual, "GNU Extensions to the Archive Format"), which GCE asks for;
 * the bytes of the regions follow it. `bytes` is the size of the file, at most 8 GiB.
 */
export function gnuSparseHeader({
  name,
  bytes,
  epoch,
  regions,
}: {
  readonly name: string;
  readonly bytes: number;
  readonly epoch: number;
  readonly regions: readonly StoredRegion[];
}): Buffer {
  const all = [...regions, {at: bytes, bytes: 0}]; // the end, where a hole may be
  const stored = regions.reduce((sum, region) => sum + region.bytes, 0);
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, 0, 100, 'utf8');
  for (const [value, at, size] of [
    [0o644, 100, 8],
    [0, 108, 8],
    [0, 116, 8],
    [stored, 124, 12],
    [epoch, 136, 12],
    [bytes, 483, 12],
  ] as const)
    header.write(octal(value, size), at, 'latin1');
  header.write('S', 156, 'latin1');
  header.write('ustar  \0', 257, 'latin1');
  header.write('root', 265, 'latin1');
  header.write('root', 297, 'latin1');
  writeEntries(header, all.slice(0, IN_HEADER), 386);
  header.writeUInt8(all.length > IN_HEADER ? 1 : 0, 482);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, ...extensions(all.slice(IN_HEADER))]);
}

function extensions(regions: readonly StoredRegion[]): Buffer[] {
  const blocks: Buffer[] = [];
  for (let first = 0; first < regions.length; first += IN_EXTENSION) {
    const block = Buffer.alloc(BLOCK_BYTES);
    writeEntries(block, regions.slice(first, first + IN_EXTENSION), 0);
    block.writeUInt8(first + IN_EXTENSION < regions.length ? 1 : 0, IN_EXTENSION * ENTRY_BYTES);
    blocks.push(block);
  }
  return blocks;
}

function writeEntries(block: Buffer, regions: readonly StoredRegion[], start: number): void {
  for (const [index, {at, bytes}] of regions.entries()) {
    block.write(octal(at, 12), start + index * ENTRY_BYTES, 'latin1');
    block.write(octal(bytes, 12), start + index * ENTRY_BYTES + 12, 'latin1');
  }
}

/** Digits and a NUL. */
function octal(value: number, size: number): string {
  return `${value.toString(8).padStart(size - 1, '0')}\0`;
}
