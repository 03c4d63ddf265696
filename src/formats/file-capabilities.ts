import {ALL_CAPABILITIES, capabilityNumbers} from '../core/capabilities.ts';

/** VFS_CAP_REVISION_2 and VFS_CAP_FLAGS_EFFECTIVE of linux/capability.h. */
const REVISION_2 = 0x02000000;
const EFFECTIVE = 1;

type Flag = 'e' | 'i' | 'p';
type Sets = Readonly<Record<Flag, Set<number>>>;

/**
 * The value of the extended attribute `security.capability` of a program (capabilities(7), struct vfs_cap_data): what it may do though
 * who runs it may not. `text` is as setcap(8) takes it, `cap_net_raw+p` or `cap_net_admin,cap_net_raw=ep`; undefined where it is not understood.
 */
export function fileCapabilities(text: string): Buffer | undefined {
  const sets: Sets = {e: new Set(), i: new Set(), p: new Set()};
  const clauses = text.split(/\s+/).filter((clause) => clause !== '');
  if (clauses.length === 0 || !clauses.every((clause) => apply(clause, sets))) return undefined;
  const value = Buffer.alloc(20);
  value.writeUInt32LE(REVISION_2 + (sets.e.size > 0 ? EFFECTIVE : 0), 0);
  // Permitted and inheritable, the lower 32 of each first.
  for (const [index, set] of [sets.p, sets.i].entries())
    for (const number of set) {
      const at = 4 + index * 4 + (number < 32 ? 0 : 8);
      value.writeUInt32LE((value.readUInt32LE(at) | (1 << (number % 32))) >>> 0, at);
    }
  return value;
}

/** One clause of cap_from_text(3): names, and what is done to which sets. */
function apply(clause: string, sets: Sets): boolean {
  const [, list, deeds = ''] = /^([a-z0-9_,]*?)((?:[=+-][eip]*)+)$/i.exec(clause) ?? [];
  const numbers = list === undefined ? undefined : numbersOf(list);
  if (numbers === undefined) return false;
  for (const [, operator, flags = ''] of deeds.matchAll(/([=+-])([eip]*)/gi)) {
    for (const flag of ['e', 'i', 'p'] as const) {
      const isNamed = flags.toLowerCase().includes(flag);
      if (operator === '=' || (operator === '-' && isNamed))
        for (const each of numbers) sets[flag].delete(each);
      if (operator !== '-' && isNamed) for (const each of numbers) sets[flag].add(each);
    }
  }
  return true;
}

function numbersOf(list: string): number[] | undefined {
  if (list === '' || list.toLowerCase() === 'all') return ALL_CAPABILITIES.map((_, index) => index);
  const names = list.toLowerCase().split(',');
  const numbers = capabilityNumbers(names.map((name) => name.replace(/^cap_/, '')));
  return numbers.length === names.length ? numbers : undefined;
}
