import {ElfReader, PT_LOAD, type ElfFile} from './elf.ts';

/** A pointer in a program's data: where it lies in the file, and the virtual address that it holds. */
export interface ElfPointer {
  readonly offset: number;
  readonly to: number;
}

const SHT_RELA = 4;
const SHT_REL = 9;
/** What r_info begins at, where a relocation is of a symbol: gABI, chapter 4, "Relocation". */
const SYMBOLS = {32: 2 ** 8, 64: 2 ** 32} as const;

/** The pointers that a loader moves together with a program, which may lie anywhere: its relocations that name no symbol. */
export function elfPointers(elf: ElfFile): ElfPointer[] {
  const {bytes, bits, sections} = elf;
  const little = bytes[5] !== 2;
  const words = new ElfReader(bytes, bits);
  const size = bits / 8;
  const pointers: ElfPointer[] = [];
  for (const {type, data} of sections) {
    if (type !== SHT_RELA && type !== SHT_REL) continue;
    const entryBytes = size * (type === SHT_RELA ? 3 : 2);
    const entries = new ElfReader(data, bits, little);
    for (let at = 0; at + entryBytes <= data.length; at += entryBytes) {
      const offset = fileOffset(elf, entries.word(at));
      if (offset === undefined || entries.word(at + size) >= SYMBOLS[bits]) continue;
      pointers.push({offset, to: type === SHT_RELA ? entries.word(at + 2 * size) : words.word(offset)});
    }
  }
  return pointers;
}

/** Where a virtual address lies in the file; `undefined` where nothing of the file is loaded there. */
export function fileOffset({bytes, segments}: ElfFile, address: number): number | undefined {
  const segment = segments.find(
    ({type, virtualAddress, data}) =>
      type === PT_LOAD && address >= virtualAddress && address < virtualAddress + data.length,
  );
  if (segment === undefined) return undefined;
  return segment.data.byteOffset - bytes.byteOffset + address - segment.virtualAddress;
}
