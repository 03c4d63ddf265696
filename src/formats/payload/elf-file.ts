/**
 * An ELF file that anybody may have made (System V gABI, chapters 4 and 5): whatever its heads say, nothing is read beyond its
 * bytes, and no more of it than is asked for.
 */
export interface ElfFile {
  readonly bytes: Buffer;
  readonly bits: 32 | 64;
  /** EM_* of the gABI. */
  readonly machine: number;
  readonly segments: readonly ElfPart[];
  readonly sections: readonly (ElfPart & {readonly name: string})[];
}

/** A segment or a section: its type (PT_*, SHT_*), its alignment, and what of it is in the file. */
export interface ElfPart {
  readonly type: number;
  readonly alignment: number;
  readonly data: Buffer;
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
const PT_INTERP = 3;
const PT_NOTE = 4;
const SHT_DYNAMIC = 6;
const SHT_NOTE = 7;
const DT_NEEDED = 1n;
/** More than any program has that somebody meant. */
const MOST = {notes: 1024, needed: 256, nameBytes: 128, textBytes: 4096};

/** Reads the heads of an ELF file; `undefined` where it is none. Entries that do not lie in the file are not there. */
export function parseElf(bytes: Buffer): ElfFile | undefined {
  if (bytes.length < HEADER_BYTES[32] || bytes.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  const bits = bytes[4] === 2 ? 64 : 32;
  if (bytes.length < HEADER_BYTES[bits]) return undefined;
  const read = new Reader(bytes, bits);
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
  const segments = table(at(28, 32), SEGMENT_BYTES, at(44, 56)).map((entry) =>
    part(entry, {type: 0, offset: at(4, 8), size: at(16, 32), align: at(28, 48)}),
  );
  const heads = table(at(32, 40), SECTION_BYTES, at(48, 60));
  const raw = heads.map((entry) => ({
    nameAt: read.u32(entry),
    ...part(entry, {type: 4, offset: at(16, 24), size: at(20, 32), align: at(32, 48)}),
  }));
  const names = raw[read.u16(at(50, 62))]?.data ?? Buffer.alloc(0);
  const sections = raw.map(({nameAt, ...section}) => ({
    name: textAt(names, nameAt, MOST.nameBytes),
    ...section,
  }));
  return {bytes, bits, machine: read.u16(18), segments, sections};
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

/** The program that starts a dynamic one, and the libraries that it says it needs. */
export function elfNeeds(elf: ElfFile): {
  readonly interpreter: string | undefined;
  readonly libraries: string[];
} {
  const {bytes, bits, segments, sections} = elf;
  const interpreter = segments.find(({type}) => type === PT_INTERP)?.data;
  const dynamic = sections.find(({type}) => type === SHT_DYNAMIC)?.data ?? Buffer.alloc(0);
  const strings = sections.find(({name}) => name === '.dynstr')?.data ?? Buffer.alloc(0);
  const read = new Reader(dynamic, bits, bytes[5] !== 2);
  const libraries: string[] = [];
  const size = bits / 8;
  for (let at = 0; at + 2 * size <= dynamic.length && libraries.length < MOST.needed; at += 2 * size)
    if (BigInt(read.word(at)) === DT_NEEDED)
      libraries.push(textAt(strings, read.word(at + size), MOST.nameBytes));
  return {
    interpreter: interpreter === undefined ? undefined : textAt(interpreter, 0, MOST.nameBytes),
    libraries,
  };
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
class Reader {
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
