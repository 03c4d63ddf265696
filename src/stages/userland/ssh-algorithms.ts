import {LeanosError} from '../../core/error.ts';
import {elfPointers, fileOffset} from '../../formats/elf-pointers.ts';
import {parseElf, textAt} from '../../formats/elf.ts';

/**
 * What Debian's Dropbear offers and a guest does not, under the names of https://www.iana.org/assignments/ssh-parameters: key exchange with
 * NIST's curves, and what signs with SHA-1. Dropbear has no option against any of them.
 */
export const NOT_OFFERED: readonly string[] = [
  'ecdh-sha2-nistp521',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp256',
  'diffie-hellman-group14-sha1',
  'ssh-rsa',
];
/** Names of keys as well, which a program may know without offering them. */
const KEYS: readonly string[] = ['ssh-rsa'];

/** More than any name has. */
const NAME_BYTES = 64;

/**
 * A copy of Dropbear that offers none of these algorithms. Its tables are arrays of `algo_type` (its algo.h): name, number and data, each as
 * wide as a pointer, then a byte that says whether the algorithm is usable. That byte is set to 0; nothing else changes.
 * @throws LeanosError CONFIG_INVALID where it knows an algorithm and no table of that shape has it
 */
export function withoutAlgorithms(program: Buffer, names: readonly string[]): Buffer {
  const copy = Buffer.from(program);
  const elf = parseElf(copy);
  const found = new Set<string>();
  for (const {offset, to} of elf === undefined ? [] : elfPointers(elf)) {
    const text = elf === undefined ? undefined : fileOffset(elf, to);
    if (elf === undefined || text === undefined) continue;
    const name = textAt(copy, text, NAME_BYTES);
    const word = copy.subarray(offset + (3 * elf.bits) / 8, offset + (4 * elf.bits) / 8);
    if (!names.includes(name) || !isTrue(word)) continue;
    word[0] = 0;
    found.add(name);
  }
  const known = names.filter((name) => !KEYS.includes(name) && program.includes(`\0${name}\0`, 0, 'latin1'));
  const left = known.filter((name) => !found.has(name));
  if (left.length === 0) return copy;
  throw new LeanosError('CONFIG_INVALID', `dropbear: no table of its algorithms has ${left.join(', ')}`, {
    hint: 'this version of dropbear-bin is laid out in another way; a lock of an earlier day has one that is known',
  });
}

/** A byte that is 1, and what fills its word up. */
const isTrue = ([first, ...rest]: Uint8Array): boolean => first === 1 && rest.every((byte) => byte === 0);
