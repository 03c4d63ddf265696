import {elfNotes, parseElf, sectionText, textAt, type ElfFile, type ElfNote} from '../elf.ts';
import {peMachine} from '../pe.ts';
import {findMultiboot1, findMultiboot2, type Multiboot1, type Multiboot2} from './multiboot.ts';

/** What tells from its bytes how a payload is started, and whose it is. */
export interface Marks {
  readonly bytes: Buffer;
  readonly elf: ElfFile | undefined;
  readonly notes: readonly ElfNote[];
  /** The words of Xen's notes, or of the section that was there before them, by their names. */
  readonly xen: Readonly<Record<string, string>> | undefined;
  /** The header of the Multiboot Specification 0.6.96 or 2.0, where there is one. */
  readonly multiboot1: Multiboot1 | undefined;
  readonly multiboot2: Multiboot2 | undefined;
  /** Whose boot protocol of Linux its head is of. */
  readonly linux: 'x86' | 'arm64' | undefined;
  /** A file of EFI's format (PE), with its IMAGE_FILE_MACHINE_*. */
  readonly pe: {readonly machine: number} | undefined;
}

/** xen/include/public/elfnote.h: the notes whose value is text, or that say how a kernel is started. */
const XEN_NOTES: Readonly<Record<number, string>> = {
  1: 'ENTRY',
  2: 'HYPERCALL_PAGE',
  5: 'XEN_VERSION',
  6: 'GUEST_OS',
  7: 'GUEST_VERSION',
  8: 'LOADER',
  10: 'FEATURES',
  18: 'PHYS32_ENTRY',
};
const TEXTS = ['XEN_VERSION', 'GUEST_OS', 'GUEST_VERSION', 'LOADER', 'FEATURES'];
/** Documentation/arch/x86/boot.rst, and Documentation/arch/arm64/booting.rst. */
const LINUX = [
  {of: 'x86', at: 0x202, magic: 'HdrS'},
  {of: 'arm64', at: 56, magic: 'ARM\x64'},
] as const;

/** Reads the marks of a file that is whole, or of its beginning. */
export function readMarks(bytes: Buffer): Marks {
  const elf = parseElf(bytes);
  const notes = elf === undefined ? [] : elfNotes(elf);
  const machine = peMachine(bytes);
  return {
    bytes,
    elf,
    notes,
    xen: xenNotes(notes) ?? (elf === undefined ? undefined : olderXen(elf)),
    multiboot1: findMultiboot1(bytes),
    multiboot2: findMultiboot2(bytes),
    linux: LINUX.find(({at, magic}) => bytes.toString('latin1', at, at + magic.length) === magic)?.of,
    pe: machine === undefined ? undefined : {machine},
  };
}

function xenNotes(notes: readonly ElfNote[]): Marks['xen'] {
  const own = notes.filter(({owner}) => owner === 'Xen');
  if (own.length === 0) return undefined;
  return Object.fromEntries(
    own.flatMap(({type, data}): [string, string][] => {
      const name = XEN_NOTES[type];
      if (name === undefined) return [];
      return [[name, TEXTS.includes(name) ? textAt(data, 0, 256) : `0x${numberOf(data).toString(16)}`]];
    }),
  );
}

/** `__xen_guest`: NAME=VALUE with commas between; it is for PV alone. */
function olderXen(elf: ElfFile): Marks['xen'] {
  const text = sectionText(elf, '__xen_guest');
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text.split(',').map((word): [string, string] => {
      const [name = '', value = ''] = word.split('=');
      return [name === 'XEN_VER' ? 'XEN_VERSION' : name, value];
    }),
  );
}

function numberOf(data: Buffer): bigint {
  if (data.length >= 8) return data.readBigUInt64LE(0);
  return data.length >= 4 ? BigInt(data.readUInt32LE(0)) : 0n;
}
