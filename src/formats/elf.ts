/** What leanos reads of ELF files (System V ABI, gABI chapters 4 and 5): the libraries they need, and named sections. */

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const SHT_DYNAMIC = 6;
const DT_NULL = 0n;
const DT_NEEDED = 1n;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly link: number;
  readonly data: Buffer;
  /** Its entry in the section header table. */
  readonly header: Buffer;
}

export function isElf(bytes: Buffer): boolean {
  return bytes.length >= 64 && bytes.subarray(0, 4).equals(MAGIC);
}

/** The sonames in the DT_NEEDED entries, in the order of the file. */
export function neededLibraries(bytes: Buffer): string[] {
  const sections = readSections(bytes);
  const dynamic = sections.find(({type}) => type === SHT_DYNAMIC);
  if (dynamic === undefined) return [];
  const strings = sections[dynamic.link]?.data ?? Buffer.alloc(0);
  const needed: string[] = [];
  for (const [tag, value] of dynamicEntries(bytes, dynamic.data)) {
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) needed.push(text(strings, Number(value)));
  }
  return needed;
}

/** The bytes of the section of that name, or `undefined`. */
export function elfSection(bytes: Buffer, name: string): Buffer | undefined {
  return readSections(bytes).find((section) => section.name === name)?.data;
}

/** A copy in which the named sections are empty. What they held is zeros, so that nothing else moves. */
export function withEmptySections(bytes: Buffer, names: readonly string[]): Buffer {
  const copy = Buffer.from(bytes);
  const {wide} = readers(bytes);
  for (const section of readSections(copy).filter(({name}) => names.includes(name))) {
    section.data.fill(0);
    section.header.fill(0, wide ? 32 : 20, wide ? 40 : 24); // sh_size
  }
  return copy;
}

/** A program as far as its segments go, without the sections behind them: symbols, and the table that names them. */
export function loadedPart(bytes: Buffer): Buffer {
  const {wide, u16, u32, word} = readers(bytes);
  const [table, size, count] = wide
    ? [Number(word(bytes, 32)), u16(bytes, 54), u16(bytes, 56)]
    : [u32(bytes, 28), u16(bytes, 42), u16(bytes, 44)];
  let end = table + size * count;
  for (let at = table; at < table + size * count; at += size) {
    const [offset, length] = wide
      ? [Number(word(bytes, at + 8)), Number(word(bytes, at + 32))]
      : [u32(bytes, at + 4), u32(bytes, at + 16)];
    end = Math.max(end, offset + length);
  }
  const loaded = Buffer.from(bytes.subarray(0, end));
  loaded.fill(0, wide ? 40 : 32, wide ? 48 : 36); // e_shoff
  loaded.fill(0, wide ? 60 : 48, wide ? 64 : 52); // e_shnum, e_shstrndx
  return loaded;
}

function readSections(bytes: Buffer): Section[] {
  const {wide, u16, u32, word} = readers(bytes);
  const [table, size, count, names] = wide
    ? [Number(word(bytes, 40)), u16(bytes, 58), u16(bytes, 60), u16(bytes, 62)]
    : [u32(bytes, 32), u16(bytes, 46), u16(bytes, 48), u16(bytes, 50)];
  const raw = Array.from({length: count}, (_, index) => {
    const entry = bytes.subarray(table + index * size, table + (index + 1) * size);
    const [offset, length] = wide
      ? [Number(word(entry, 24)), Number(word(entry, 32))]
      : [u32(entry, 16), u32(entry, 20)];
    const data = bytes.subarray(offset, offset + length);
    return {
      nameAt: u32(entry, 0),
      type: u32(entry, 4),
      link: u32(entry, wide ? 40 : 24),
      data,
      header: entry,
    };
  });
  const strings = raw[names]?.data ?? Buffer.alloc(0);
  return raw.map(({nameAt, ...section}) => ({name: text(strings, nameAt), ...section}));
}

function* dynamicEntries(bytes: Buffer, data: Buffer): Generator<[bigint, bigint]> {
  const {wide, u32, word} = readers(bytes);
  const step = wide ? 16 : 8;
  for (let at = 0; at + step <= data.length; at += step) {
    yield wide ? [word(data, at), word(data, at + 8)] : [BigInt(u32(data, at)), BigInt(u32(data, at + 4))];
  }
}

// e_ident[EI_CLASS] 2 is 64 bits, e_ident[EI_DATA] 1 is little-endian.
function readers(bytes: Buffer) {
  const little = bytes[5] === 1;
  return {
    wide: bytes[4] === 2,
    u16: (from: Buffer, at: number) => (little ? from.readUInt16LE(at) : from.readUInt16BE(at)),
    u32: (from: Buffer, at: number) => (little ? from.readUInt32LE(at) : from.readUInt32BE(at)),
    word: (from: Buffer, at: number) => (little ? from.readBigUInt64LE(at) : from.readBigUInt64BE(at)),
  };
}

function text(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, bytes.indexOf(0, at));
}
