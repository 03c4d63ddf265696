import type {ReadAt} from './ext4.ts';

/** Of FAT16, from its boot sector: Microsoft FAT Specification, section 3. Bytes. */
interface Layout {
  readonly clusterBytes: number;
  readonly tableAt: number;
  readonly rootAt: number;
  readonly rootBytes: number;
  readonly dataAt: number;
}

const ENTRY_BYTES = 32;
const FOLDER = 0x10;
const LONG_NAME = 0x0f;
const END_OF_CHAIN = 0xfff8;

/** A file of a FAT16 by its short names (`A/SLOT.CFG`, in any case); `undefined` where it is not there. */
export function readFat16File(read: ReadAt, path: string): Buffer | undefined {
  const layout = layoutOf(read(0, 512));
  let folder: Buffer = read(layout.rootAt, layout.rootBytes);
  const names = path.toUpperCase().split('/');
  for (const [index, name] of names.entries()) {
    const entry = find(folder, name);
    if (entry === undefined) return undefined;
    const data = chain(read, layout, entry.readUInt16LE(26));
    if (index === names.length - 1) return data.subarray(0, entry.readUInt32LE(28));
    if ((entry.readUInt8(11) & FOLDER) === 0) return undefined;
    folder = data;
  }
  return undefined;
}

function layoutOf(boot: Buffer): Layout {
  const sector = boot.readUInt16LE(11);
  const tableAt = boot.readUInt16LE(14) * sector;
  const rootAt = tableAt + boot.readUInt8(16) * boot.readUInt16LE(22) * sector;
  const rootBytes = boot.readUInt16LE(17) * ENTRY_BYTES;
  return {clusterBytes: boot.readUInt8(13) * sector, tableAt, rootAt, rootBytes, dataAt: rootAt + rootBytes};
}

function find(folder: Buffer, name: string): Buffer | undefined {
  for (let at = 0; at + ENTRY_BYTES <= folder.length && folder[at] !== 0; at += ENTRY_BYTES) {
    const entry = folder.subarray(at, at + ENTRY_BYTES);
    if ((entry.readUInt8(11) & LONG_NAME) !== LONG_NAME && shortName(entry) === name) return entry;
  }
  return undefined;
}

function shortName(entry: Buffer): string {
  const [base, extension] = [entry.toString('latin1', 0, 8).trim(), entry.toString('latin1', 8, 11).trim()];
  return (extension === '' ? base : `${base}.${extension}`).toUpperCase();
}

/** All clusters of a chain; a table that goes in circles ends it. */
function chain(read: ReadAt, {clusterBytes, tableAt, dataAt}: Layout, first: number): Buffer {
  const pieces: Buffer[] = [];
  const seen = new Set<number>();
  for (let cluster = first; cluster >= 2 && cluster < END_OF_CHAIN && !seen.has(cluster);) {
    seen.add(cluster);
    pieces.push(read(dataAt + (cluster - 2) * clusterBytes, clusterBytes));
    cluster = read(tableAt + cluster * 2, 2).readUInt16LE(0);
  }
  return Buffer.concat(pieces);
}
