import {describe, expect, test} from 'vitest';
import {architectureNames, ARCHITECTURES, type ArchitectureName} from '../../src/core/architecture.ts';
import {formatBinfmt} from '../../src/formats/binfmt.ts';

/** The first bytes of a program as Debian's GCC writes it, which may lie anywhere, or of one that has its place. */
const HEADS: Readonly<Record<ArchitectureName, string>> = {
  x86_64: '7f454c46 02 01 01 00 0000000000000000 0300 3e00',
  i386: '7f454c46 01 01 01 00 0000000000000000 0300 0300',
  aarch64: '7f454c46 02 01 01 00 0000000000000000 0300 b700',
  arm: '7f454c46 01 01 01 00 0000000000000000 0300 2800',
  ppc64le: '7f454c46 02 01 01 00 0000000000000000 0300 1500',
  riscv64: '7f454c46 02 01 01 00 0000000000000000 0300 f300',
  s390x: '7f454c46 02 02 01 00 0000000000000000 0003 0016',
};

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
/** Whether the kernel would start the interpreter of a registration, as fs/binfmt_misc.c compares. */
function matches(registration: string, head: Buffer): boolean {
  const [, , , , magic = '', mask = ''] = registration.split(':');
  const [wanted, counted] = [magic, mask].map((text) => bytes(text.replaceAll('\\x', '')));
  return wanted?.every((byte, at) => ((head[at] ?? 0) & (counted?.[at] ?? 0)) === byte) ?? false;
}

test('a registration is as Debian has it in qemu-user-binfmt', () => {
  expect(formatBinfmt(ARCHITECTURES.s390x, './emulator')).toBe(
    String.raw`:leanos-s390x:M::\x7f\x45\x4c\x46\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x16:` +
      String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff:./emulator:OPF`,
  );
  expect(formatBinfmt(ARCHITECTURES.aarch64, './emulator')).toBe(
    String.raw`:leanos-aarch64:M::\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:` +
      String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:./emulator:OPF`,
  );
});

describe.each(architectureNames())('what is registered for %s', (name) => {
  const registration = formatBinfmt(ARCHITECTURES[name], './emulator');

  test('is for its programs, wherever they lie and whatever system they say, and for no other file', () => {
    const head = bytes(HEADS[name]);
    const changed = (at: number, byte: number): Buffer => {
      const copy = Buffer.from(head);
      copy[at] = byte;
      return copy;
    };
    const [type, machine] = name === 's390x' ? [17, 19] : [16, 18];
    expect(matches(registration, head)).toBe(true);
    expect(matches(registration, changed(type, 2))).toBe(true); // ET_EXEC
    expect(matches(registration, changed(7, 3))).toBe(true); // ELFOSABI_GNU
    expect(matches(registration, changed(type, 1))).toBe(false); // ET_REL
    expect(matches(registration, changed(machine, 0xfe))).toBe(false);
    expect(matches(registration, Buffer.from('#!/bin/sh\nexit 0\nand more'))).toBe(false);
  });

  test('is for the programs of no other architecture', () => {
    const others = architectureNames().filter((other) => matches(registration, bytes(HEADS[other])));
    expect(others).toEqual([name]);
  });
});
