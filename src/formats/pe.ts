/** PE/COFF: "PE Format", https://learn.microsoft.com/windows/win32/debug/pe-format. */
const PE_OFFSET = 0x3c;
const COFF_BYTES = 24;
const SECTION_BYTES = 40;
const MACHINE = 4;
const NUMBER_OF_SECTIONS = 6;
const OPTIONAL_SIZE = 20;
/** In the optional header, the same for PE32 and PE32+. */
const SECTION_ALIGNMENT = 32;
const FILE_ALIGNMENT = 36;
const IMAGE_SIZE = 56;
const HEADERS_SIZE = 60;
/** Initialised data that is read. */
const READABLE_DATA = 0x4000_0040;

export interface PeSection {
  /** At most eight characters. */
  readonly name: string;
  readonly address: number;
  readonly bytes: number;
  readonly fileOffset: number;
}

/** IMAGE_FILE_MACHINE_* of a PE file; `undefined` where it is none. */
export function peMachine(image: Buffer): number | undefined {
  const head = peHead(image);
  return head === undefined ? undefined : image.readUInt16LE(head.coff + MACHINE);
}

/** The sections of a PE file; `undefined` where it is none. */
export function peSections(image: Buffer): PeSection[] | undefined {
  const head = peHead(image);
  if (head === undefined) return undefined;
  return Array.from({length: head.count}, (_, index) => {
    const at = head.table + index * SECTION_BYTES;
    const name = image.toString('latin1', at, at + 8).replace(/\0.*$/s, '');
    return {
      name,
      bytes: image.readUInt32LE(at + 8),
      address: image.readUInt32LE(at + 12),
      fileOffset: image.readUInt32LE(at + 20),
    };
  });
}

/** The file with further sections behind those that it has. @throws Error where its head has no room for them */
export function addPeSections(
  image: Buffer,
  added: readonly {readonly name: string; readonly data: Buffer}[],
): Buffer {
  const [head, sections] = [peHead(image), peSections(image)];
  if (head === undefined || sections === undefined) throw new Error('this is no PE file');
  const {optional, table, count} = head;
  const end = table + (count + added.length) * SECTION_BYTES;
  if (
    end >
    Math.min(
      image.readUInt32LE(optional + HEADERS_SIZE),
      ...sections.map(({fileOffset}) => fileOffset || end),
    )
  )
    throw new Error('the head of the PE file has no room for further sections');
  const alignment = image.readUInt32LE(optional + SECTION_ALIGNMENT);
  const fileAlignment = image.readUInt32LE(optional + FILE_ALIGNMENT);
  const start = Buffer.from(image);
  const parts: Buffer[] = [start, Buffer.alloc(aligned(image.length, fileAlignment) - image.length)];
  let address = Math.max(...sections.map((each) => aligned(each.address + each.bytes, alignment)));
  let offset = aligned(image.length, fileAlignment);
  added.forEach(({name, data}, index) => {
    const at = table + (count + index) * SECTION_BYTES;
    const stored = aligned(data.length, fileAlignment);
    start.fill(0, at, at + SECTION_BYTES);
    start.write(name, at, 8, 'latin1');
    for (const [field, value] of [
      [8, data.length],
      [12, address],
      [16, stored],
      [20, offset],
      [36, READABLE_DATA],
    ] as const)
      start.writeUInt32LE(value, at + field);
    parts.push(data, Buffer.alloc(stored - data.length));
    address = aligned(address + data.length, alignment);
    offset += stored;
  });
  start.writeUInt16LE(count + added.length, head.coff + NUMBER_OF_SECTIONS);
  start.writeUInt32LE(address, optional + IMAGE_SIZE);
  return Buffer.concat(parts);
}

function peHead(image: Buffer): {coff: number; optional: number; table: number; count: number} | undefined {
  if (image.length < 0x40 || image.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const coff = image.readUInt32LE(PE_OFFSET);
  if (coff + COFF_BYTES > image.length || image.toString('latin1', coff, coff + 4) !== 'PE\0\0')
    return undefined;
  const optional = coff + COFF_BYTES;
  const table = optional + image.readUInt16LE(coff + OPTIONAL_SIZE);
  const count = image.readUInt16LE(coff + NUMBER_OF_SECTIONS);
  return table + count * SECTION_BYTES > image.length ? undefined : {coff, optional, table, count};
}

function aligned(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
