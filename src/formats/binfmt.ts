import type {Architecture} from '../core/architecture.ts';

/** Where an ELF header says which system it is for (e_ident[EI_OSABI]): nobody looks at it. */
const EI_OSABI = 7;
/** ET_EXEC; a program that may lie anywhere is ET_DYN, which differs in the lowest bit alone. */
const ET_EXEC = 2;

/**
 * What the kernel is told in binfmt_misc's `register` (Documentation/admin-guide/binfmt-misc.rst), so that an interpreter runs the
 * programs of an architecture: by the first bytes of their ELF header, and those bits of them that count. `F` opens the interpreter
 * there and then, so that programs in another root have it too; `O` hands it programs that cannot be read, and `P` the name that
 * each was called by. The path of the interpreter is plain.
 */
export function formatBinfmt({name, elf}: Pick<Architecture, 'name' | 'elf'>, interpreter: string): string {
  const {order, bits, machine} = elf;
  const half = (value: number): number[] =>
    order === 'little' ? [value & 0xff, value >> 8] : [value >> 8, value & 0xff];
  const ident = [
    0x7f,
    0x45,
    0x4c,
    0x46,
    bits / 32,
    order === 'little' ? 1 : 2,
    1,
    ...Array<number>(9).fill(0),
  ];
  const magic = [...ident, ...half(ET_EXEC), ...half(machine)];
  const mask = [...ident.map((_, at) => (at === EI_OSABI ? 0 : 0xff)), ...half(0xfffe), ...half(0xffff)];
  return `:leanos-${name}:M::${escaped(magic)}:${escaped(mask)}:${interpreter}:OPF`;
}

function escaped(bytes: readonly number[]): string {
  return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
