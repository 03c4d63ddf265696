import type {Recognised} from '../recognise.ts';
import {formsOf, machineName, programForm} from './forms.ts';
import {readMarks} from './marks.ts';
import {systemOf} from './systems.ts';

/** How much of a file is read to recognise a payload: larger ones have their heads in front too. */
export const PAYLOAD_BYTES = 256 * 2 ** 20;

/**
 * What a payload is: a unikernel, a kernel that a bootloader or a hypervisor starts, or a program; `undefined` for what is none of
 * them. `bytes` are the file's.
 */
export function recognisePayload(bytes: Buffer): Recognised | undefined {
  const marks = readMarks(bytes);
  const own = formsOf(marks);
  const program = own.length === 0 ? programForm(marks) : undefined;
  const forms = program === undefined ? own : [program];
  if (forms.length === 0) return undefined;
  const system = systemOf(marks);
  const machine = machineName(marks);
  const guest = marks.xen?.['GUEST_OS'];
  const startedBy = unique(forms.flatMap((form) => form.startedBy));
  const refused = forms.flatMap(({notBy}) => notBy).filter(([who]) => !startedBy.includes(who));
  const needs = unique(forms.flatMap((form) => form.needs));
  return {
    kind: kindOf(system, program !== undefined),
    facts: {
      ...(machine === undefined ? {} : {machine}),
      form: forms.map(({form}) => form),
      ...(guest === undefined ? {} : {'guest of Xen': guest}),
      'started by': startedBy.length === 0 ? ['nothing'] : startedBy,
      ...(refused.length === 0 ? {} : {'not by': unique(refused.map(([who, why]) => `${who}: ${why}`))}),
      ...(needs.length === 0 ? {} : {needs}),
    },
  };
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}

function kindOf(system: string | undefined, isProgram: boolean): string {
  if (system !== undefined) return `unikernel or kernel: ${system}`;
  return isProgram ? 'program (ELF)' : 'kernel (ELF or multiboot)';
}
