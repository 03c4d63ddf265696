import {describe, expect, test} from 'vitest';
import {parseElf, PT_LOAD} from '../../src/formats/elf.ts';
import {findMultiboot1} from '../../src/formats/payload/multiboot.ts';
import {withCommandLine, withoutEmptySegments} from '../../src/formats/payload/told.ts';
import {words} from '../support/elf-maker.ts';

/** A payload whose header says all: code of 32 bytes at 1 MiB with its header in front, and 4 KiB of memory. */
const AT = 0x10_0000;
const FLAGS = 0x1_0003;
const CODE = Buffer.alloc(32, 0x90);
const BARE = Buffer.concat([
  words(0x1bad_b002, FLAGS, -(0x1bad_b002 + FLAGS), AT, AT, AT + 64, AT + 4096, AT + 32),
  CODE,
]);

const loads = (bytes: Buffer) => (parseElf(bytes)?.segments ?? []).filter(({type}) => type === PT_LOAD);

describe('a payload that is told its command line', () => {
  const line = 'name --json=\'{"a": "b\\c"}\'  two';
  const told = withCommandLine(BARE, line);

  test('has the same pieces at the same places', () => {
    const [, own] = loads(told);
    expect(own).toMatchObject({physicalAddress: AT, memoryBytes: 4096, data: BARE});
  });

  test('has a header that leaves the places to its ELF', () => {
    expect(findMultiboot1(told)).toMatchObject({flags: 3, hasAddresses: false});
  });

  test('begins with code that names the line, byte for byte, and goes on where the payload begins', () => {
    const [code] = loads(told);
    const place = code?.physicalAddress ?? 0;
    expect(parseElf(told)?.entry).toBe(place);
    const data = code?.data ?? Buffer.alloc(0);
    const lineAt = data.readUInt32LE(3) - place;
    expect(data.toString('utf8', lineAt, data.indexOf(0, lineAt))).toBe(line);
    expect(place + 15 + data.readInt32LE(11)).toBe(AT + 32);
  });

  test('is told beside what it loads low itself', () => {
    const low = Buffer.from(BARE);
    [12, 16].forEach((at) => low.writeUInt32LE(0x6_0000, at));
    low.writeUInt32LE(0x6_0040, 20);
    low.writeUInt32LE(0, 24);
    expect(loads(withCommandLine(low, line))[0]?.physicalAddress).toBe(0x4_0000);
  });
});

test('a segment of no bytes is none, and all else stays', () => {
  const told = withCommandLine(BARE, '');
  const empty = Buffer.from(told);
  empty.writeUInt32LE(0, 52 + 32 + 20); // the memory of the second segment
  expect(loads(withoutEmptySegments(empty))).toHaveLength(1);
  expect(withoutEmptySegments(told)).toEqual(told);
});

test('what is for no bootloader of multiboot cannot be told', () => {
  expect(() => withCommandLine(Buffer.alloc(4096), 'x')).toThrow('it has neither addresses nor an ELF');
});
