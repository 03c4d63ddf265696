import {parseElf, PT_LOAD, type ElfFile} from '../elf.ts';
import {
  commandLineTag,
  findMultiboot1,
  findMultiboot2,
  plainMultiboot1,
  plainMultiboot2,
  type Multiboot1,
} from './multiboot.ts';

/** What is loaded, and where. Addresses are physical. */
interface Piece {
  readonly address: number;
  readonly data: Buffer;
  readonly memoryBytes: number;
}

interface Loaded {
  readonly pieces: readonly Piece[];
  readonly entry: number;
}

/** Places for the code that tells a payload its command line: below 640 KiB, where bootloaders put such things too. */
const PLACES = [0x6_0000, 0x4_0000, 0x2_0000, 0x8_0000];
/** Room there: multiboot 2's code makes a copy of all that GRUB tells. */
const ROOM_BYTES = 0x1_0000;
/** Where that copy begins, from the code. */
const COPY_AT = 0x80;

/**
 * A payload for multiboot that finds this command line in memory, byte for byte: GRUB itself puts a backslash before every quote. It is
 * an ELF with the same pieces, and one more before them that is started first. @throws Error where it is no payload for multiboot
 */
export function withCommandLine(bytes: Buffer, commandLine: string): Buffer {
  const [first, second] = [findMultiboot1(bytes), findMultiboot2(bytes)];
  const loaded = loadedBy(bytes, first);
  const place = placeBeside(loaded.pieces);
  const data =
    first === undefined
      ? tellBySecond(place, loaded.entry, commandLine)
      : tellByFirst(place, loaded.entry, commandLine);
  const header = first === undefined ? second && plainMultiboot2(second) : plainMultiboot1(bytes, first);
  if (header === undefined) throw new Error('it has no header for multiboot');
  return elf32(header, {
    entry: place,
    pieces: [{address: place, data, memoryBytes: ROOM_BYTES}, ...loaded.pieces],
  });
}

/** A payload whose ELF has no segment of no bytes: to GRUB they overlap with the one at the same place. */
export function withoutEmptySegments(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (const {type, memoryBytes, header} of parseElf(copy)?.segments ?? [])
    if (type === PT_LOAD && memoryBytes === 0) header.fill(0, 0, 4);
  return copy;
}

function loadedBy(bytes: Buffer, header: Multiboot1 | undefined): Loaded {
  if (header?.hasAddresses === true) return loadedByAddresses(bytes, header.at);
  const elf = parseElf(bytes);
  if (elf === undefined) throw new Error('it has neither addresses nor an ELF');
  return loadedByElf(elf);
}

/** 3.1.3, "The address fields of Multiboot header". */
function loadedByAddresses(bytes: Buffer, at: number): Loaded {
  const [headerAddress = 0, address = 0, loadEnd = 0, bssEnd = 0, entry = 0] = [12, 16, 20, 24, 28].map(
    (offset) => bytes.readUInt32LE(at + offset),
  );
  const from = at - (headerAddress - address);
  const to = loadEnd === 0 ? bytes.length : from + loadEnd - address;
  const data = bytes.subarray(Math.max(0, from), to);
  return {
    entry,
    pieces: [{address, data, memoryBytes: Math.max(data.length, bssEnd === 0 ? 0 : bssEnd - address)}],
  };
}

function loadedByElf({entry, segments}: ElfFile): Loaded {
  const loads = segments.filter(({type, memoryBytes}) => type === PT_LOAD && memoryBytes > 0);
  const first = loads.find(
    ({virtualAddress, memoryBytes}) => virtualAddress <= entry && entry < virtualAddress + memoryBytes,
  );
  return {
    entry: first === undefined ? entry : entry - first.virtualAddress + first.physicalAddress,
    pieces: loads.map(({physicalAddress, data, memoryBytes}) => ({
      address: physicalAddress,
      data,
      memoryBytes,
    })),
  };
}

function placeBeside(pieces: readonly Piece[]): number {
  const place = PLACES.find((start) =>
    pieces.every(({address, memoryBytes}) => address + memoryBytes <= start || address >= start + ROOM_BYTES),
  );
  if (place === undefined) throw new Error('it takes all of the memory below 640 KiB for itself');
  return place;
}

/**
 * `mov dword [ebx+16], LINE; or dword [ebx], 4; jmp ENTRY`: EBX leads to multiboot's information, whose field 16 is the command line where
 * bit 2 is set.
 */
function tellByFirst(place: number, entry: number, commandLine: string): Buffer {
  const code = Buffer.from('c7431000000000' + '830b04' + 'e900000000', 'hex');
  code.writeUInt32LE(place + code.length, 3);
  code.writeInt32LE((entry - (place + code.length)) | 0, 11);
  return Buffer.concat([code, Buffer.from(`${commandLine}\0`)]);
}

/**
 * Makes a copy of what multiboot 2 tells, which begins with the command line's tag, and takes GRUB's own out of it:
 *
 *     cld; mov edi, REST; lea esi, [ebx+8]; mov ecx, [ebx]; mov ebx, COPY; mov [ebx], ecx; add dword [ebx], TAG_BYTES
 *     sub ecx, 8; rep movsb; mov edi, REST
 *     1: cmp dword [edi], 0; je 3f; cmp dword [edi], 1; jne 2f; mov dword [edi], 0xffff0001
 *     2: mov ecx, [edi+4]; add ecx, 7; and ecx, -8; add edi, ecx; jmp 1b
 *     3: jmp ENTRY
 */
function tellBySecond(place: number, entry: number, commandLine: string): Buffer {
  const tag = commandLineTag(commandLine);
  const code = Buffer.from(
    'fc' + 'bf00000000' + '8d7308' + '8b0b' + 'bb00000000' + '890b' + '810300000000' + '83e908' + 'f3a4' +
      'bf00000000' + '833f00' + '7418' + '833f01' + '7506' + 'c7070100ffff' + '8b4f04' + '83c107' + '83e1f8' +
      '01cf' + 'ebe3' + 'e900000000',
    'hex',
  ); // prettier-ignore
  const copy = place + COPY_AT;
  const rest = copy + 8 + tag.length;
  code.writeUInt32LE(rest, 2);
  code.writeUInt32LE(copy, 12);
  code.writeUInt32LE(tag.length, 20);
  code.writeUInt32LE(rest, 30);
  code.writeInt32LE((entry - (place + code.length)) | 0, code.length - 4);
  return Buffer.concat([Buffer.concat([code], COPY_AT), Buffer.alloc(8), tag]);
}

const ELF_BYTES = 52;
const ENTRY_BYTES = 32;
const SECTION_BYTES = 40;
const PAGE = 4096;

/** An ELF for i386 of these pieces, with a header for a bootloader right behind its own: gABI, chapters 4 and 5. */
function elf32(header: Buffer, {entry, pieces}: Loaded): Buffer {
  // One section that is none: GRUB refuses an ELF without any.
  const sectionsAt = ELF_BYTES + pieces.length * ENTRY_BYTES;
  const headerAt = Math.ceil((sectionsAt + SECTION_BYTES) / 8) * 8;
  const head = Buffer.alloc(headerAt + header.length);
  head.write('\x7fELF\x01\x01\x01', 0, 'latin1');
  head.writeUInt16LE(2, 16); // ET_EXEC
  head.writeUInt16LE(3, 18); // EM_386
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(entry, 24);
  head.writeUInt32LE(ELF_BYTES, 28);
  head.writeUInt32LE(sectionsAt, 32);
  head.writeUInt16LE(ELF_BYTES, 40);
  head.writeUInt16LE(ENTRY_BYTES, 42);
  head.writeUInt16LE(pieces.length, 44);
  head.writeUInt16LE(SECTION_BYTES, 46);
  head.writeUInt16LE(1, 48);
  header.copy(head, headerAt);
  const parts: Buffer[] = [head];
  let end = head.length;
  pieces.forEach(({address, data, memoryBytes}, index) => {
    const at = Math.ceil(end / PAGE) * PAGE + (address % PAGE);
    parts.push(Buffer.alloc(at - end), data);
    end = at + data.length;
    [PT_LOAD, at, address, address, data.length, memoryBytes, 7, PAGE].forEach((word, field) =>
      head.writeUInt32LE(word, ELF_BYTES + index * ENTRY_BYTES + 4 * field),
    );
  });
  return Buffer.concat(parts);
}
