import {describe, expect, test} from 'vitest';
import {readPayload, recognisePayload} from '../../src/formats/payload/payload.ts';
import {makeElf, words, type MadeNote} from '../support/elf-maker.ts';
import {randomFrom} from '../support/random.ts';

/**
 * The note of Solo5's ABI, and a manifest whose first entry is Solo5's own. Linkers give it an alignment of 8, or of 4 with as many
 * bytes of nothing in front.
 */
function solo5(
  target: number,
  version: number,
  devices: readonly (readonly [name: string, type: number])[],
  alignment: 4 | 8 = 8,
) {
  const entries = [['', 2 ** 30] as const, ...devices].map(([name, type]) => {
    const entry = Buffer.alloc(104);
    entry.write(name);
    entry.writeUInt32LE(type, 68);
    return entry;
  });
  const front = alignment === 4 ? words(0) : Buffer.alloc(0);
  const manifest = Buffer.concat([front, words(1, entries.length), ...entries]);
  return [
    {owner: 'OpenBSD', type: 1, data: words(0)},
    {owner: 'Solo5', type: 0x31494241, data: words(target, version, 0, 0)},
    {owner: 'Solo5', type: 0x3154464d, data: manifest, alignment},
  ] as const satisfies readonly MadeNote[];
}

const xen = (type: number, text: string): MadeNote => ({owner: 'Xen', type, data: Buffer.from(`${text}\0`)});
const MULTIBOOT1 = words(0x1badb002, 3, -(0x1badb002 + 3));
const WITH_ADDRESSES = words(0x1badb002, 0x10003, -(0x1badb002 + 0x10003));
const MULTIBOOT2 = words(0xe85250d6, 0, 16, -(0xe85250d6 + 16));
const OCAML = {'.rodata': Buffer.from('\0OCAMLRUNPARAM\0')};

test.each([4, 8] as const)('the devices of a manifest are found at an alignment of %i', (alignment) => {
  const bytes = makeElf({
    notes: solo5(
      2,
      2,
      [
        ['storage', 1],
        ['service', 2],
      ],
      alignment,
    ),
  });
  expect(recognisePayload(bytes)?.facts['needs']).toEqual(['block storage', 'network service']);
});

test.each<[string, Buffer, string, object]>([
  [
    'Solo5 hvt with devices',
    makeElf({notes: solo5(1, 2, [['storage', 1], ['service', 2]])}), // prettier-ignore
    'unikernel or kernel: Solo5',
    {form: ['Solo5 hvt, ABI 2'], needs: ['block storage', 'network service']},
  ],
  [
    'MirageOS on spt',
    makeElf({notes: solo5(2, 2, []), sections: OCAML}),
    'unikernel or kernel: MirageOS (Solo5)',
    {form: ['Solo5 spt, ABI 2']},
  ],
  [
    'Solo5 virtio, whose multiboot header is part of its target',
    makeElf({notes: solo5(3, 1, []), head: WITH_ADDRESSES}),
    'unikernel or kernel: Solo5',
    {form: ['Solo5 virtio, ABI 1'], 'not by': [expect.stringMatching(/^UEFI: /)]},
  ],
  [
    'Mini-OS by its notes',
    makeElf({notes: [xen(6, 'Mini-OS'), xen(8, 'generic')]}),
    'unikernel or kernel: Mini-OS',
    {form: ['Xen PV, 64-bit'], 'guest of Xen': 'Mini-OS'},
  ],
  [
    'MirageOS on Mini-OS, by the older section',
    makeElf({
      sections: {__xen_guest: Buffer.from('GUEST_OS=Mini-OS,XEN_VER=xen-3.0,LOADER=generic\0'), ...OCAML},
    }),
    'unikernel or kernel: MirageOS (Xen)',
    {form: ['Xen PV, 64-bit']},
  ],
  [
    'a 32-bit PV kernel',
    makeElf({bits: 32, machine: 3, notes: [xen(6, 'Ling'), xen(8, 'generic')]}),
    'unikernel or kernel: LING (Erlang)',
    {machine: 'i386', form: ['Xen PV, 32-bit'], 'started by': ['nothing']},
  ],
  [
    'PVH',
    makeElf({notes: [{owner: 'Xen', type: 18, data: words(0x100000)}]}),
    'kernel (ELF or multiboot)',
    {
      form: ['PVH'],
      'started by': ['Xen, as a PVH domain (VT-x or SVM)', 'QEMU -kernel', 'Firecracker (1.12 and newer)'],
    },
  ],
  [
    'multiboot 1 in a 64-bit ELF',
    makeElf({head: MULTIBOOT1}),
    'kernel (ELF or multiboot)',
    {
      form: ['multiboot 1'],
      'started by': ['GRUB (multiboot)'],
      'not by': [expect.stringMatching(/^QEMU -kernel: /)],
    },
  ],
  [
    'the same with addresses',
    makeElf({head: WITH_ADDRESSES}),
    'kernel (ELF or multiboot)',
    {'started by': ['GRUB (multiboot)', 'QEMU -kernel']},
  ],
  [
    'multiboot 1 without an ELF',
    Buffer.concat([Buffer.alloc(64), WITH_ADDRESSES]),
    'kernel (ELF or multiboot)',
    {form: ['multiboot 1']},
  ],
  ['multiboot 2', makeElf({head: MULTIBOOT2}), 'kernel (ELF or multiboot)', {form: ['multiboot 2']}],
  [
    'Unikraft for Firecracker',
    makeElf({sections: {'.uk_bootinfo': words(0xb007b0b0)}}),
    'unikernel or kernel: Unikraft',
    {'started by': ['Firecracker']},
  ],
  [
    'a static program',
    makeElf({machine: 183}),
    'program (ELF)',
    {machine: 'aarch64', form: ['program, static']},
  ],
  [
    'a dynamic program',
    makeElf({interpreter: '/lib64/ld-linux-x86-64.so.2'}),
    'program (ELF)',
    {form: ['program, dynamic'], needs: ['/lib64/ld-linux-x86-64.so.2']},
  ],
])('%s is recognised', (_, bytes, kind, facts) => {
  expect(recognisePayload(bytes)).toMatchObject({kind, facts});
});

test.each<[string, readonly MadeNote[], 'pv' | 'pvh']>([
  ['for PV alone', [xen(8, 'generic')], 'pv'],
  ['for PVH alone', [{owner: 'Xen', type: 18, data: words(0x100000)}], 'pvh'],
  ['for both', [xen(8, 'generic'), {owner: 'Xen', type: 18, data: words(0x100000)}], 'pv'],
])('%s: which domain a kernel becomes', (_, notes, type) => {
  expect(readPayload(makeElf({notes}))?.modes.xen).toEqual({type});
});

test('what is no payload is none', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('\x7fELF'), Buffer.alloc(70_000, 0xff)])
    expect(recognisePayload(bytes)).toBeUndefined();
});

describe('an ELF whose heads lie', () => {
  const whole = makeElf({notes: solo5(1, 2, [['a', 1]]), sections: OCAML, interpreter: '/x'});

  test.each([
    ['offsets of 2^63', (b: Buffer) => b.fill(0xff, 32, 48)],
    ['as many sections as there can be', (b: Buffer) => b.fill(0xff, 56, 62)],
    ['tables that are each other', (b: Buffer) => b.copy(b, 40, 32, 40)],
    ['notes without end', (b: Buffer) => b.writeUInt32LE(0xffff_fff0, whole.indexOf('Solo5') - 8)],
    ['a manifest of millions', (b: Buffer) => b.writeUInt32LE(0xffff_ffff, whole.indexOf(words(1, 2)) + 4)],
  ])('has %s', (_, change) => {
    const bytes = Buffer.from(whole);
    change(bytes);
    expect(recognisePayload(bytes)).toBeDefined();
  });

  test('names the same notes in each of its segments', () => {
    const notes = Array.from({length: 2000}, () => ({owner: 'x', type: 1, data: words(0)}));
    const head = makeElf({notes});
    const table = head.subarray(Number(head.readBigUInt64LE(32)), Number(head.readBigUInt64LE(32)) + 56);
    table.writeBigUInt64LE(0n, 8);
    table.writeBigUInt64LE(BigInt(head.length), 32);
    const bytes = Buffer.concat([head, ...Array.from({length: 65_000}, () => table)]);
    bytes.writeBigUInt64LE(BigInt(head.length), 32);
    bytes.writeUInt16LE(65_000, 56);
    expect(recognisePayload(bytes)).toMatchObject({kind: 'program (ELF)'});
  });

  test('is no more than it is, cut anywhere or with any bytes changed', () => {
    const random = randomFrom(20_261_127);
    for (let at = 0; at < whole.length; at += 7) recognisePayload(whole.subarray(0, at));
    for (let round = 0; round < 2000; round += 1) {
      const bytes = Buffer.from(whole);
      for (let change = 0; change < 4; change += 1)
        bytes.writeUInt8(random.below(256), random.below(round % 2 === 0 ? 64 : bytes.length));
      expect(() => recognisePayload(bytes), bytes.toString('hex')).not.toThrow();
    }
  });
});
