import type {ArchitectureName} from '../../core/architecture.ts';
import type {Recognised} from '../recognise.ts';
import {
  architecturesOf,
  formsOf,
  machineName,
  programForm,
  withoutFirmware,
  type PayloadForm,
} from './forms.ts';
import {readMarks} from './marks.ts';
import {mergedOffers, PAYLOAD_MODES, refusalOf, type ModeOffers, type PayloadMode} from './modes.ts';
import {systemOf} from './systems.ts';

/** How much of a file is read to recognise a payload: larger ones have their heads in front too. */
export const PAYLOAD_BYTES = 256 * 2 ** 20;

/** What a payload is, from its bytes. */
export interface Payload {
  /** Whose it is, where that shows. */
  readonly system: string | undefined;
  /** For people: such as `unikernel or kernel: Unikraft`. */
  readonly kind: string;
  /** The machine of its code, where its bytes say it. */
  readonly machine: string | undefined;
  /** The architectures whose machines run it. */
  readonly arches: readonly ArchitectureName[];
  readonly forms: readonly PayloadForm[];
  /** What Xen is told that it is. */
  readonly guestOs: string | undefined;
  /** What an image can do with it. */
  readonly modes: ModeOffers;
}

/**
 * What a payload is: a unikernel, a kernel that a bootloader or a hypervisor starts, or a program; `undefined` for what is none of
 * them. `bytes` are the file's.
 */
export function readPayload(bytes: Buffer): Payload | undefined {
  const marks = readMarks(bytes);
  const own = formsOf(marks);
  const program = own.length === 0 ? programForm(marks) : undefined;
  const forms = program === undefined ? own : [program];
  if (forms.length === 0) return undefined;
  const system = systemOf(marks);
  const modes = mergedOffers(forms.map((form) => form.modes));
  return {
    system: system?.name,
    kind: kindOf(system?.name, program !== undefined),
    machine: machineName(marks),
    arches: architecturesOf(marks),
    forms,
    guestOs: marks.xen?.['GUEST_OS'],
    modes: withoutFirmware(modes, system?.firmware ?? {}),
  };
}

/** What a payload is, for people; `undefined` for what is none. */
export function recognisePayload(bytes: Buffer): Recognised | undefined {
  const payload = readPayload(bytes);
  return payload === undefined ? undefined : {kind: payload.kind, facts: payloadFacts(payload)};
}

/** What is known of a payload, by name. */
export function payloadFacts({forms, machine, guestOs, modes}: Payload): Recognised['facts'] {
  const startedBy = unique(forms.flatMap((form) => form.startedBy));
  const refused = forms.flatMap(({notBy}) => notBy).filter(([who]) => !startedBy.includes(who));
  const needs = unique(forms.flatMap((form) => form.needs));
  return {
    ...(machine === undefined ? {} : {machine}),
    form: forms.map(({form}) => form),
    ...(guestOs === undefined ? {} : {'guest of Xen': guestOs}),
    'started by': startedBy.length === 0 ? ['nothing'] : startedBy,
    ...(refused.length === 0 ? {} : {'not by': unique(refused.map(([who, why]) => `${who}: ${why}`))}),
    ...(needs.length === 0 ? {} : {needs}),
    modes: modeLines(modes),
  };
}

/** A line for each mode: that it starts the payload, or why it does not. */
export function modeLines(modes: ModeOffers): string[] {
  return PAYLOAD_MODES.map((mode) => `${mode}: ${refusalOf<unknown>(modes[mode]) ?? yes(mode, modes)}`);
}

/** Of the bootloader it is said under which firmware, and why not under another. */
function yes(mode: PayloadMode, {boot}: ModeOffers): string {
  if (mode !== 'boot' || typeof boot === 'string') return 'yes';
  const {bios, uefi} = boot.firmware;
  const refused = Object.entries({BIOS: bios, UEFI: uefi}).flatMap(([name, answer]) =>
    answer === true ? [] : [`not under ${name}: ${answer}`],
  );
  return ['yes', ...refused].join(', ');
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}

function kindOf(system: string | undefined, isProgram: boolean): string {
  if (system !== undefined) return `unikernel or kernel: ${system}`;
  return isProgram ? 'program (ELF)' : 'kernel (ELF or multiboot)';
}
