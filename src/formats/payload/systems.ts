import type {DiskFirmware} from '../../core/architecture.ts';
import type {Marks} from './marks.ts';
import {readSolo5} from './solo5.ts';

export interface System {
  readonly name: string;
  readonly is: (marks: Marks) => boolean;
  /** Firmwares that start others of its form, and why not this one. */
  readonly firmware?: Partial<Record<DiskFirmware, string>>;
}

const SILENT = {uefi: 'it hangs there without a word: it is made for a BIOS'};

/** The runtime of OCaml asks for a variable of this name, wherever it runs. */
const OCAML = 'OCAMLRUNPARAM';
/** A system's own text is early in its file, or nowhere. */
const SEARCHED_BYTES = 64 * 2 ** 20;

/** Whose a payload is: the first that fits counts, the more particular before what they are made of. */
export const SYSTEMS: readonly System[] = [
  {name: 'MirageOS (Solo5)', is: (m) => readSolo5(m.notes) !== undefined && has(m, OCAML)},
  {name: 'Solo5', is: ({notes}) => readSolo5(notes) !== undefined},
  {name: 'Unikraft', is: (m) => isGuest(m, 'unikraft') || hasSection(m, /^\.uk_(bootinfo|libinfo)$/)},
  {name: 'OSv', is: (m) => isGuest(m, 'osv')},
  {name: 'LING (Erlang)', is: (m) => isGuest(m, 'ling')},
  {name: 'GUK (Maxine Virtual Edition)', is: (m) => isGuest(m, 'guestvm-ukernel') || isGuest(m, 'guk')},
  {name: 'HaLVM', is: (m) => isGuest(m, 'halvm')},
  {
    name: 'rumprun',
    is: (m) => isGuest(m, 'rumprun') || m.notes.some(({owner}) => owner === 'rumpkernel.org'),
    firmware: SILENT,
  },
  {name: 'MirageOS (Xen)', is: (m) => isGuest(m, 'mini-os') && has(m, OCAML)},
  {name: 'ClickOS', is: (m) => isGuest(m, 'mini-os') && has(m, 'clickos')},
  {name: 'Mini-OS', is: (m) => isGuest(m, 'mini-os')},
  {name: 'rumprun', is: (m) => m.multiboot1 !== undefined && has(m, 'rumprun'), firmware: SILENT},
  {name: 'GNU Mach', is: (m) => m.multiboot1 !== undefined && has(m, 'GNU Mach '), firmware: SILENT},
  {name: 'IncludeOS', is: (m) => m.multiboot1 !== undefined && has(m, 'IncludeOS')},
  {name: 'Xen', is: (m) => m.multiboot2 !== undefined && has(m, 'Xen version ')},
];

export function systemOf(marks: Marks): System | undefined {
  return SYSTEMS.find(({is}) => is(marks));
}

function isGuest({xen}: Marks, name: string): boolean {
  return xen?.['GUEST_OS']?.toLowerCase() === name;
}

function hasSection({elf}: Marks, name: RegExp): boolean {
  return elf?.sections.some((section) => name.test(section.name)) === true;
}

function has({bytes}: Marks, text: string): boolean {
  return bytes.subarray(0, SEARCHED_BYTES).includes(text, 0, 'latin1');
}
