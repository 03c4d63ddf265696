/** What an ELF of a test is made of. Names and texts are ASCII. */
export interface MadeElf {
  readonly bits?: 32 | 64;
  readonly machine?: number;
  /** Each in a segment (PT_NOTE) of its own. */
  readonly notes?: readonly MadeNote[];
  readonly sections?: Readonly<Record<string, Buffer>>;
  /** What stands right behind the head. */
  readonly head?: Buffer;
  readonly interpreter?: string;
}

export interface MadeNote {
  readonly owner: string;
  readonly type: number;
  readonly data: Buffer;
  readonly alignment?: 4 | 8;
}

/** Little-endian words of 32 bits. */
export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32LE(value >>> 0, 4 * index));
  return bytes;
}

/** A little-endian ELF file with such parts: gABI, chapters 4 and 5. */
export function makeElf(elf: MadeElf = {}): Buffer {
  const {bits = 64, machine = 62, notes = [], sections = {}, head = Buffer.alloc(0), interpreter} = elf;
  const wide = bits === 64;
  const headerBytes = wide ? 64 : 52;
  const parts: Buffer[] = [head];
  let end = headerBytes + head.length;
  const place = (data: Buffer): number => {
    const at = Math.ceil(end / 8) * 8;
    parts.push(Buffer.alloc(at - end), data);
    end = at + data.length;
    return at;
  };
  const segments = [
    ...notes.map((note) => ({type: 4, align: note.alignment ?? 4, data: noteBytes(note)})),
    ...(interpreter === undefined ? [] : [{type: 3, align: 1, data: Buffer.from(`${interpreter}\0`)}]),
  ].map((segment) => ({...segment, at: place(segment.data)}));
  const names = ['', ...Object.keys(sections), '.shstrtab'];
  const strings = Buffer.from(`${names.join('\0')}\0`);
  const placed = [
    {name: '', type: 0, at: 0, data: Buffer.alloc(0)},
    ...Object.entries(sections).map(([name, data]) => ({name, type: 1, at: place(data), data})),
    {name: '.shstrtab', type: 3, at: place(strings), data: strings},
  ];
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(wide ? 8 : 4);
    if (wide) bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeUInt32LE(value);
    return bytes;
  };
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const programTable = place(
    Buffer.concat(
      segments.map(({type, align, data, at}) =>
        Buffer.concat([
          u32(type),
          ...(wide ? [u32(4)] : []),
          ...[word(at), word(0), word(0), word(data.length), word(data.length)],
          ...(wide ? [] : [u32(4)]),
          word(align),
        ]),
      ),
    ),
  );
  const sectionTable = place(
    Buffer.concat(
      placed.map(({name, type, at, data}) =>
        Buffer.concat([
          ...[u32(strings.indexOf(`${name}\0`)), u32(type), word(0), word(0), word(at), word(data.length)],
          ...[u32(0), u32(0), word(1), word(0)],
        ]),
      ),
    ),
  );
  const header = Buffer.alloc(headerBytes);
  header.write('\x7fELF', 0, 'latin1');
  header.set([wide ? 2 : 1, 1, 1], 4);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(machine, 18);
  word(programTable).copy(header, wide ? 32 : 28);
  word(sectionTable).copy(header, wide ? 40 : 32);
  const counts = wide ? 54 : 42;
  const numbers = [wide ? 56 : 32, segments.length, wide ? 64 : 40, placed.length, placed.length - 1];
  numbers.forEach((value, index) => header.writeUInt16LE(value, counts + 2 * index));
  return Buffer.concat([header, ...parts]);
}

function noteBytes({owner, type, data, alignment = 4}: MadeNote): Buffer {
  const name = Buffer.from(`${owner}\0`);
  const padded = (length: number): number => Math.ceil(length / alignment) * alignment;
  const bytes = Buffer.alloc(padded(12 + name.length) + padded(data.length));
  bytes.writeUInt32LE(name.length, 0);
  bytes.writeUInt32LE(data.length, 4);
  bytes.writeUInt32LE(type, 8);
  name.copy(bytes, 12);
  data.copy(bytes, padded(12 + name.length));
  return bytes;
}
