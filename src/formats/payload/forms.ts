import {elfInterpreter, neededLibraries} from '../elf.ts';
import type {Marks} from './marks.ts';
import {readSolo5} from './solo5.ts';

/** A way in which a payload can be started: what does it, and what does not, with the reason. */
export interface PayloadForm {
  readonly form: string;
  readonly startedBy: readonly string[];
  readonly notBy: readonly Refusal[];
  readonly needs: readonly string[];
}

/** Who does not start it, and why. */
export type Refusal = readonly [who: string, why: string];

const EM_386 = 3;
const EM_X86_64 = 62;
const NO_HEADER: Refusal = ['bootloaders', 'it has no header for any'];
const SOLO5: Readonly<Record<string, Omit<PayloadForm, 'form' | 'needs'>>> = {
  hvt: {startedBy: ['solo5-hvt, on a host with /dev/kvm'], notBy: [NO_HEADER]},
  spt: {
    startedBy: ['solo5-spt, on any Linux with seccomp'],
    notBy: [NO_HEADER],
  },
  virtio: {
    startedBy: ['GRUB (multiboot) under BIOS', 'QEMU -kernel', 'syslinux (mboot.c32)'],
    notBy: [['UEFI', 'it takes the memory from 1 MiB on for its own, which UEFI leaves in pieces']],
  },
  xen: {
    startedBy: ['Xen, as a PVH domain (VT-x or SVM)'],
    notBy: [['Xen, as a PV domain', 'it has no entry for that']],
  },
  muen: {startedBy: ['Muen, by its policy'], notBy: [NO_HEADER]},
  genode: {startedBy: ['Genode'], notBy: [NO_HEADER]},
};

/** Every way in which these bytes say that they can be started. */
export function formsOf(marks: Marks): PayloadForm[] {
  return FORMS.flatMap((form) => form(marks) ?? []);
}

const FORMS: readonly ((marks: Marks) => PayloadForm | undefined)[] = [
  solo5Form,
  xenPv,
  pvh,
  multiboot1,
  multiboot2,
  unikraftForLinux,
];

function solo5Form({notes}: Marks): PayloadForm | undefined {
  const solo5 = readSolo5(notes);
  if (solo5 === undefined) return undefined;
  const {target, abi, devices} = solo5;
  const how = SOLO5[target] ?? {startedBy: [], notBy: []};
  return {form: `Solo5 ${target}, ABI ${abi}`, ...how, needs: devices};
}

function xenPv({xen, elf, notes}: Marks): PayloadForm | undefined {
  if (xen === undefined || readSolo5(notes) !== undefined) return undefined;
  if (!('HYPERCALL_PAGE' in xen) && !('ENTRY' in xen) && xen['LOADER'] === undefined) return undefined;
  const is32 = elf?.bits === 32;
  return {
    form: `Xen PV, ${is32 ? '32' : '64'}-bit`,
    startedBy: is32 ? [] : ['Xen, as a PV domain (no hardware virtualisation needed)'],
    notBy: [
      ...(is32 ? [['any current Xen', '32-bit PV is gone from it'] as const] : []),
      ['bootloaders and QEMU -kernel', 'it asks a hypervisor from its first step on'],
    ],
    needs: [],
  };
}

function pvh({xen}: Marks): PayloadForm | undefined {
  if (xen?.['PHYS32_ENTRY'] === undefined) return undefined;
  return {
    form: 'PVH',
    startedBy: ['Xen, as a PVH domain (VT-x or SVM)', 'QEMU -kernel'],
    notBy: [['GRUB (multiboot)', 'it has no loader for PVH']],
    needs: [],
  };
}

function multiboot1({multiboot1: header, elf, notes}: Marks): PayloadForm | undefined {
  if (header === undefined || readSolo5(notes) !== undefined) return undefined;
  const isRefused = elf?.bits === 64 && elf.machine === EM_X86_64 && !header.hasAddresses;
  return {
    form: 'multiboot 1',
    startedBy: ['GRUB (multiboot)', ...(isRefused ? [] : ['QEMU -kernel'])],
    notBy: isRefused ? [['QEMU -kernel', 'it is a 64-bit ELF, and its header has no addresses']] : [],
    needs: [],
  };
}

function multiboot2({multiboot2: has}: Marks): PayloadForm | undefined {
  if (!has) return undefined;
  return {
    form: 'multiboot 2',
    startedBy: ['GRUB (multiboot2)'],
    notBy: [['QEMU -kernel', 'it has no loader for multiboot 2']],
    needs: [],
  };
}

/** Firecracker starts an ELF by the 64-bit boot protocol of Linux, which has no mark; Unikraft's own section is one. */
function unikraftForLinux({elf, multiboot1: header, xen}: Marks): PayloadForm | undefined {
  const isOwn = elf?.sections.some(({name}) => name === '.uk_bootinfo') === true;
  if (!isOwn || header !== undefined || xen !== undefined) return undefined;
  return {
    form: 'Linux 64-bit boot protocol, as an ELF',
    startedBy: ['Firecracker'],
    notBy: [['GRUB and QEMU -kernel', 'it has no header of theirs']],
    needs: [],
  };
}

/** EM_* of the gABI, by the names of --arch. */
const MACHINES: Readonly<Record<number, string>> = {
  [EM_386]: 'i386',
  21: 'ppc64le',
  22: 's390x',
  40: 'arm',
  [EM_X86_64]: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
};

export function machineName({elf}: Marks): string | undefined {
  return elf === undefined ? undefined : (MACHINES[elf.machine] ?? `machine ${elf.machine}`);
}

/** A plain program of Linux: what is left where an ELF has no mark of anything else. */
export function programForm(marks: Marks): PayloadForm | undefined {
  const {elf} = marks;
  if (elf === undefined) return undefined;
  const interpreter = elfInterpreter(elf);
  const libraries = neededLibraries(elf);
  const isStatic = interpreter === undefined && libraries.length === 0;
  return {
    form: isStatic ? 'program, static' : 'program, dynamic',
    startedBy: [`Linux on ${machineName(marks) ?? 'its machine'}`],
    notBy: [NO_HEADER],
    needs: [...(interpreter === undefined ? [] : [interpreter]), ...libraries],
  };
}
