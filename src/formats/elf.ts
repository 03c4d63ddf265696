/** What leanos reads of ELF files: System V gABI, chapters 4 and 5. */

/** An ELF file that anybody may have made: whatever its heads say, nothing is read beyond its bytes. */
export interface ElfFile {
  readonly bytes: Buffer;
  readonly bits: 32 | 64;
  /** EM_* of the gABI. */
  readonly machine: number;
  /** Where it begins: a virtual address. */
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
  /** Where the table of segments ends. */
  readonly segmentsEnd: number;
  readonly sections: readonly ElfSection[];
}

/** A segment or a section: its type (PT_*, SHT_*), its alignment, and what of it is in the file. */
export interface ElfPart {
  readonly type: number;
  readonly alignment: number;
  readonly data: Buffer;
}

export interface ElfSegment extends ElfPart {
  readonly virtualAddress: number;
  readonly physicalAddress: number;
  /** Of memory; what the file does not have of it is zeros. */
  readonly memoryBytes: number;
  /** Its entry in the program header table. */
  readonly header: Buffer;
}

export interface ElfSection extends ElfPart {
  readonly name: string;
  /** The number of the section that belongs to it. */
  readonly link: number;
  /** Its entry in the section header table. */
  readonly header: Buffer;
}

/** A note: gABI, "Note Section". */
export interface ElfNote {
  readonly owner: string;
  readonly type: number;
  readonly data: Buffer;
}

const HEADER_BYTES = {32: 52, 64: 64} as const;
const SEGMENT_BYTES = {32: 32, 64: 56} as const;
const SECTION_BYTES = {32: 40, 64: 64} as const;
export const PT_LOAD = 1;
const PT_INTERP = 3;
const PT_NOTE = 4;
const SHT_DYNAMIC = 6;
const SHT_NOTE = 7;
const DT_NULL = 0;
const DT_NEEDED = 1;
/** More than any program has that somebody meant. */
const MOST = {notes: 1024, needed: 256, nameBytes: 128, textBytes: 4096};

export function isElf(bytes: Buffer): boolean {
  return bytes.length >= HEADER_BYTES[32] && bytes.toString('latin1', 0, 4) === '\x7fELF';
}

/** Reads the heads of an ELF file; `undefined` where it is none. Entries that do not lie in the file are not there. */
export function parseElf(bytes: Buffer): ElfFile | undefined {
  if (!isElf(bytes)) return undefined;
  const bits = bytes[4] === 2 ? 64 : 32;
  if (bytes.length < HEADER_BYTES[bits]) return undefined;
  const read = new ElfReader(bytes, bits);
  const at = (narrow: number, wide: number): number => (bits === 64 ? wide : narrow);
  const table = (offset: number, sizes: Readonly<Record<32 | 64, number>>, counted: number): number[] => {
    const start = read.word(offset);
    const fits = Math.max(0, Math.floor((bytes.length - start) / sizes[bits]));
    const count = Math.min(read.u16(counted), fits);
    return Array.from({length: count}, (_, index) => start + index * sizes[bits]);
  };
  const part = (entry: number, fields: {type: number; offset: number; size: number; align: number}) => ({
    type: read.u32(entry + fields.type),
    alignment: read.word(entry + fields.align),
    data: read.slice(read.word(entry + fields.offset), read.word(entry + fields.size)),
  });
  const entries = table(at(28, 32), SEGMENT_BYTES, at(44, 56));
  const segmentsEnd = (entries.at(-1) ?? 0) + SEGMENT_BYTES[bits];
  const segments = entries.map((entry) => ({
    virtualAddress: read.word(entry + at(8, 16)),
    physicalAddress: read.word(entry + at(12, 24)),
    memoryBytes: read.word(entry + at(20, 40)),
    header: read.slice(entry, SEGMENT_BYTES[bits]),
    ...part(entry, {type: 0, offset: at(4, 8), size: at(16, 32), align: at(28, 48)}),
  }));
  const heads = table(at(32, 40), SECTION_BYTES, at(48, 60));
  const raw = heads.map((entry) => ({
    nameAt: read.u32(entry),
    link: read.u32(entry + at(24, 40)),
    header: read.slice(entry, SECTION_BYTES[bits]),
    ...part(entry, {type: 4, offset: at(16, 24), size: at(20, 32), align: at(32, 48)}),
  }));
  const names = raw[read.u16(at(50, 62))]?.data ?? Buffer.alloc(0);
  const sections = raw.map(({nameAt, ...section}) => ({
    name: textAt(names, nameAt, MOST.nameBytes),
    ...section,
  }));
  return {bytes, bits, machine: read.u16(18), entry: read.word(24), segments, segmentsEnd, sections};
}

/** The notes of segments, or of sections where no segment has any; in the order of the file. */
export function elfNotes({bytes, segments, sections}: ElfFile): ElfNote[] {
  const little = bytes[5] !== 2;
  const inSegments = segments.filter(({type}) => type === PT_NOTE);
  const parts = inSegments.length > 0 ? inSegments : sections.filter(({type}) => type === SHT_NOTE);
  const notes: ElfNote[] = [];
  for (const part of parts) {
    for (const note of notesOf(part, little)) {
      notes.push(note);
      if (notes.length === MOST.notes) return notes; // the heads may name the same bytes ten thousand times
    }
  }
  return notes;
}

function* notesOf({data, alignment}: ElfPart, little: boolean): Generator<ElfNote> {
  const step = alignment === 8 ? 8 : 4;
  const padded = (length: number): number => Math.ceil(length / step) * step;
  const u32 = (at: number): number => (little ? data.readUInt32LE(at) : data.readUInt32BE(at));
  for (let at = 0; at + 12 <= data.length;) {
    const [nameBytes, bytes, type] = [u32(at), u32(at + 4), u32(at + 8)];
    const from = at + padded(12 + nameBytes);
    if (from + bytes > data.length) return;
    yield {
      owner: textAt(data, at + 12, Math.min(nameBytes, MOST.nameBytes)),
      type,
      data: data.subarray(from, from + bytes),
    };
    at = from + padded(bytes);
  }
}

/** The program that starts a dynamic one; `undefined` for a static one. */
export function elfInterpreter({segments}: ElfFile): string | undefined {
  const found = segments.find(({type}) => type === PT_INTERP)?.data;
  return found === undefined ? undefined : textAt(found, 0, MOST.nameBytes);
}

/** The sonames of the libraries that it says it needs, in the order of the file. */
export function neededLibraries({bytes, bits, sections}: ElfFile): string[] {
  const dynamic = sections.find(({type}) => type === SHT_DYNAMIC);
  if (dynamic === undefined) return [];
  const strings = sections[dynamic.link]?.data ?? Buffer.alloc(0);
  const read = new ElfReader(dynamic.data, bits, bytes[5] !== 2);
  const libraries: string[] = [];
  const size = bits / 8;
  for (let at = 0; at + 2 * size <= dynamic.data.length && libraries.length < MOST.needed; at += 2 * size) {
    const tag = read.word(at);
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) libraries.push(textAt(strings, read.word(at + size), MOST.nameBytes));
  }
  return libraries;
}

/** The bytes of the section of that name, or `undefined`. */
export function elfSection(bytes: Buffer, name: string): Buffer | undefined {
  return parseElf(bytes)?.sections.find((section) => section.name === name)?.data;
}

/** A copy in which the named sections are empty. What they held is zeros, so that nothing else moves. */
export function withEmptySections(bytes: Buffer, names: readonly string[]): Buffer {
  const copy = Buffer.from(bytes);
  const elf = parseElf(copy);
  for (const {name, data, header} of elf?.sections ?? []) {
    if (!names.includes(name)) continue;
    data.fill(0);
    header.fill(0, elf?.bits === 64 ? 32 : 20, elf?.bits === 64 ? 40 : 24); // sh_size
  }
  return copy;
}

/** A program as far as its segments go, without the sections behind them: symbols, and the table that names them. */
export function loadedPart({bytes, bits, segments, segmentsEnd}: ElfFile): Buffer {
  const ends = segments.map(({data}) => data.byteOffset - bytes.byteOffset + data.length);
  const loaded = Buffer.from(bytes.subarray(0, Math.max(segmentsEnd, ...ends)));
  loaded.fill(0, bits === 64 ? 40 : 32, bits === 64 ? 48 : 36); // e_shoff
  loaded.fill(0, bits === 64 ? 60 : 48, bits === 64 ? 64 : 52); // e_shnum, e_shstrndx
  return loaded;
}

/** The text of a section, as far as a zero. */
export function sectionText({sections}: ElfFile, name: string): string | undefined {
  const found = sections.find((section) => section.name === name);
  return found === undefined ? undefined : textAt(found.data, 0, MOST.textBytes);
}

/** Text as far as a zero, and no longer than `most` bytes. */
export function textAt(bytes: Buffer, at: number, most: number): string {
  const whole = bytes.subarray(Math.min(at, bytes.length), Math.min(at + most, bytes.length));
  const end = whole.indexOf(0);
  return whole.toString('latin1', 0, end === -1 ? whole.length : end);
}

/** Numbers of a file in its own byte order; what is beyond its end is 0. */
export class ElfReader {
  readonly #bytes: Buffer;
  readonly #bits: 32 | 64;
  readonly #little: boolean;

  constructor(bytes: Buffer, bits: 32 | 64, little = bytes[5] !== 2) {
    this.#bytes = bytes;
    this.#bits = bits;
    this.#little = little;
  }

  u16(at: number): number {
    if (!this.#has(at, 2)) return 0;
    return this.#little ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  u32(at: number): number {
    if (!this.#has(at, 4)) return 0;
    return this.#little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  /** An address or a size. One that no number holds exactly is beyond every file. */
  word(at: number): number {
    if (this.#bits === 32) return this.u32(at);
    if (!this.#has(at, 8)) return 0;
    return Number(this.#little ? this.#bytes.readBigUInt64LE(at) : this.#bytes.readBigUInt64BE(at));
  }

  /** What of these bytes the file has. */
  slice(at: number, length: number): Buffer {
    return this.#bytes.subarray(Math.min(at, this.#bytes.length), Math.min(at + length, this.#bytes.length));
  }

  #has(at: number, length: number): boolean {
    return Number.isSafeInteger(at) && at >= 0 && at + length <= this.#bytes.length;
  }
}
