import {expect, test} from 'vitest';
import {loadedPart, neededLibraries, parseElf, type ElfFile} from '../../src/formats/elf.ts';

/** An ELF of 64 bits with one segment, one dynamic section that needs libc.so.6, and symbols nobody loads behind them. */
function program(order: 'LE' | 'BE'): Buffer {
  const bytes = Buffer.alloc(512);
  const little = order === 'LE';
  const u16 = (value: number, at: number) =>
    little ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  const u32 = (value: number, at: number) =>
    little ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  const u64 = (value: number, at: number) =>
    little ? bytes.writeBigUInt64LE(BigInt(value), at) : bytes.writeBigUInt64BE(BigInt(value), at);
  const section = (
    index: number,
    {type, link, at, size}: Record<'type' | 'link' | 'at' | 'size', number>,
  ) => {
    const entry = 256 + index * 64;
    u32(type, entry + 4);
    u64(at, entry + 24);
    u64(size, entry + 32);
    u32(link, entry + 40);
  };
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, little ? 1 : 2]);
  u64(64, 32); // e_phoff
  u64(256, 40); // e_shoff
  u16(56, 54); // e_phentsize
  u16(1, 56); // e_phnum
  u16(64, 58); // e_shentsize
  u16(3, 60); // e_shnum
  u32(1, 64); // PT_LOAD
  u64(128, 64 + 8); // p_offset
  u64(64, 64 + 32); // p_filesz
  u64(1, 128); // DT_NEEDED
  u64(1, 136);
  bytes.write('\0libc.so.6\0', 160, 'latin1');
  section(1, {type: 6, link: 2, at: 128, size: 32});
  section(2, {type: 3, link: 0, at: 160, size: 11});
  return bytes;
}

test.each(['LE', 'BE'] as const)('what an ELF of either byte order (%s) needs and loads', (order) => {
  const bytes = program(order);
  const parsed = (file: Buffer): ElfFile => {
    const elf = parseElf(file);
    if (elf === undefined) throw new Error('this is no ELF');
    return elf;
  };
  expect(neededLibraries(parsed(bytes))).toEqual(['libc.so.6']);
  const loaded = loadedPart(parsed(bytes));
  expect(loaded.length).toBe(192); // as far as the segment
  expect(loaded.subarray(64)).toEqual(bytes.subarray(64, 192));
  expect(neededLibraries(parsed(loaded))).toEqual([]); // there are no sections any more
});
