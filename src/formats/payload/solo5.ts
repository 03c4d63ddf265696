import {textAt, type ElfNote} from '../elf.ts';

/** include/elf_abi.h and include/mft_abi.h of Solo5: types of its notes, targets, kinds of devices. */
const ABI1 = 0x3149_4241;
const MANIFEST = 0x3154_464d;
const TARGETS: Readonly<Record<number, string>> = {
  1: 'hvt',
  2: 'spt',
  3: 'virtio',
  4: 'muen',
  5: 'genode',
  6: 'xen',
};
const DEVICES: Readonly<Record<number, string>> = {1: 'block', 2: 'network'};
const NAME_BYTES = 68;
/** struct mft_entry: the name, its type, 16 bytes of properties, what is attached, and whether. */
const ENTRY_BYTES = 104;
const MOST_DEVICES = 64;

export interface Solo5 {
  readonly target: string;
  readonly abi: number;
  /** Such as `network service`; all have to be there when it is started. */
  readonly devices: readonly string[];
}

/** What Solo5's notes say; `undefined` without them. */
export function readSolo5(notes: readonly ElfNote[]): Solo5 | undefined {
  const own = notes.filter(({owner}) => owner === 'Solo5');
  const abi = own.find(({type, data}) => type === ABI1 && data.length >= 8)?.data;
  if (abi === undefined) return undefined;
  const target = abi.readUInt32LE(0);
  const manifest = own.find(({type}) => type === MANIFEST)?.data;
  return {
    target: TARGETS[target] ?? `of number ${target}`,
    abi: abi.readUInt32LE(4),
    devices: manifest === undefined ? [] : devicesOf(manifest),
  };
}

/** A manifest lies where 8 divides its address, so that four bytes of nothing may be in front of its version, which is 1. */
function devicesOf(note: Buffer): string[] {
  const manifest = note.length >= 8 && note.readUInt32LE(0) === 0 ? note.subarray(4) : note;
  if (manifest.length < 8) return [];
  const count = manifest.readUInt32LE(4);
  if (count > MOST_DEVICES || manifest.length < 8 + count * ENTRY_BYTES) return [];
  return Array.from({length: count}, (_, index) => 8 + index * ENTRY_BYTES).flatMap((at) => {
    const kind = DEVICES[manifest.readUInt32LE(at + NAME_BYTES)];
    return kind === undefined ? [] : [`${kind} ${textAt(manifest, at, NAME_BYTES)}`];
  });
}
