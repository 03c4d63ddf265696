import {
  architectureNames,
  ARCHITECTURES,
  isArchitectureName,
  type ArchitectureName,
} from '../../core/architecture.ts';
import {elfInterpreter, neededLibraries} from '../elf.ts';
import type {Marks} from './marks.ts';
import type {BootOffer, ModeOffers} from './modes.ts';
import {hasEfiEntry} from './multiboot.ts';
import {readSolo5} from './solo5.ts';

/** A way in which a payload can be started: what does it, and what does not, with the reason. */
export interface PayloadForm {
  readonly form: string;
  readonly startedBy: readonly string[];
  readonly notBy: readonly Refusal[];
  readonly needs: readonly string[];
  /** Whether Firecracker starts it. */
  readonly firecracker?: true;
  /** What an image can do with it. */
  readonly modes: ModeOffers;
}

/** Who does not start it, and why. */
export type Refusal = readonly [who: string, why: string];

const NO_HEADER: Refusal = ['bootloaders', 'it has no header for any'];
const NO_LOADER = 'it has no header for any bootloader';
const NO_PROGRAM = 'it is a kernel and no program of Linux';
const NO_DOMAIN = 'it has no entry for Xen';
const NO_OPENFIRMWARE = 'OpenFirmware is of machines that it is not for';
const BOTH = {bios: true, uefi: true, openfirmware: NO_OPENFIRMWARE} as const;

/** GRUB's lib/cmdline.c, which its commands for multiboot and for Linux have in common. */
const ESCAPES = 'GRUB puts a backslash before each quote and backslash of what it tells a kernel';
const MULTIBOOT: BootOffer = {
  loader: 'multiboot',
  firmware: BOTH,
  direct: true,
  anyArguments: true,
  isNamed: true,
};
const MULTIBOOT2: BootOffer = {
  loader: 'multiboot2',
  firmware: BOTH,
  direct: 'QEMU has no loader for multiboot 2',
  anyArguments: true,
  isNamed: false,
};
const LINUX: BootOffer = {
  loader: 'linux',
  firmware: BOTH,
  direct: true,
  anyArguments: ESCAPES,
  isNamed: false,
};
const EFI: BootOffer = {
  loader: 'chainloader',
  firmware: {...BOTH, bios: 'a BIOS starts no EFI programs'},
  direct: 'QEMU starts no EFI program without UEFI',
  anyArguments: true,
  isNamed: false,
};

/** What starts Solo5's targets. */
const SOLO5: Readonly<Record<string, Omit<PayloadForm, 'form' | 'needs'>>> = {
  hvt: {
    startedBy: ['solo5-hvt, on a host with /dev/kvm'],
    notBy: [NO_HEADER],
    modes: {boot: NO_LOADER, guest: {runner: 'solo5-hvt'}, xen: NO_DOMAIN},
  },
  spt: {
    startedBy: ['solo5-spt, on any Linux with seccomp'],
    notBy: [NO_HEADER],
    modes: {boot: NO_LOADER, guest: {runner: 'solo5-spt'}, xen: NO_DOMAIN},
  },
  virtio: {
    startedBy: ['GRUB (multiboot) under BIOS', 'QEMU -kernel', 'syslinux (mboot.c32)'],
    notBy: [['UEFI', 'it takes the memory from 1 MiB on for its own, which UEFI leaves in pieces']],
    modes: {
      boot: {
        ...MULTIBOOT,
        firmware: {
          ...BOTH,
          uefi: 'it takes the memory from 1 MiB on for its own, which UEFI leaves in pieces: it would see 8 MB',
        },
      },
      guest: NO_PROGRAM,
      xen: NO_DOMAIN,
    },
  },
  xen: {
    startedBy: ['Xen, as a PVH domain (VT-x or SVM)'],
    notBy: [['Xen, as a PV domain', 'it has no entry for that']],
    modes: {
      boot: 'it asks Xen from its first step on: GRUB loads it, and it hangs',
      guest: NO_PROGRAM,
      xen: {type: 'pvh'},
    },
  },
  muen: {
    startedBy: ['Muen, by its policy'],
    notBy: [NO_HEADER],
    modes: {boot: NO_LOADER, guest: 'it is for Muen alone', xen: NO_DOMAIN},
  },
  genode: {
    startedBy: ['Genode'],
    notBy: [NO_HEADER],
    modes: {boot: NO_LOADER, guest: 'it is for Genode alone', xen: NO_DOMAIN},
  },
};
const UNKNOWN_SOLO5: Omit<PayloadForm, 'form' | 'needs'> = {
  startedBy: [],
  notBy: [],
  modes: {boot: NO_LOADER, guest: 'no tender of Solo5 is known for it', xen: NO_DOMAIN},
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
  linuxX86,
  linuxArm64,
  efiProgram,
];

function solo5Form({notes}: Marks): PayloadForm | undefined {
  const solo5 = readSolo5(notes);
  if (solo5 === undefined) return undefined;
  const {target, abi, devices} = solo5;
  return {form: `Solo5 ${target}, ABI ${abi}`, ...(SOLO5[target] ?? UNKNOWN_SOLO5), needs: devices};
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
    modes: {
      boot: 'it asks a hypervisor from its first step on',
      guest: NO_PROGRAM,
      xen: is32 ? 'it is for 32-bit PV, which is gone from every current Xen' : {type: 'pv'},
    },
  };
}

function pvh({xen}: Marks): PayloadForm | undefined {
  if (xen?.['PHYS32_ENTRY'] === undefined) return undefined;
  return {
    form: 'PVH',
    startedBy: ['Xen, as a PVH domain (VT-x or SVM)', 'QEMU -kernel', 'Firecracker (1.12 and newer)'],
    firecracker: true,
    notBy: [['GRUB (multiboot)', 'it has no loader for PVH']],
    needs: [],
    modes: {
      boot: 'it is started by PVH, which GRUB has no loader for',
      guest: NO_PROGRAM,
      xen: {type: 'pvh'},
    },
  };
}

function multiboot1({multiboot1: header, elf, notes}: Marks): PayloadForm | undefined {
  if (header === undefined || readSolo5(notes) !== undefined) return undefined;
  const isRefused =
    elf?.bits === 64 && elf.machine === ARCHITECTURES.x86_64.elf.machine && !header.hasAddresses;
  return {
    form: 'multiboot 1',
    startedBy: ['GRUB (multiboot)', ...(isRefused ? [] : ['QEMU -kernel'])],
    notBy: isRefused ? [['QEMU -kernel', 'it is a 64-bit ELF, and its header has no addresses']] : [],
    needs: [],
    modes: {
      boot: {
        ...MULTIBOOT,
        direct: isRefused ? 'QEMU takes no 64-bit ELF whose header has no addresses' : true,
      },
      guest: NO_PROGRAM,
      xen: NO_DOMAIN,
    },
  };
}

function multiboot2({multiboot2: header}: Marks): PayloadForm | undefined {
  if (header === undefined) return undefined;
  return {
    form: 'multiboot 2',
    startedBy: ['GRUB (multiboot2)'],
    notBy: [['QEMU -kernel', 'it has no loader for multiboot 2']],
    needs: [],
    modes: {
      boot: hasEfiEntry(header)
        ? {...MULTIBOOT2, anyArguments: `it has an entry of its own for UEFI, and ${ESCAPES}`}
        : MULTIBOOT2,
      guest: NO_PROGRAM,
      xen: NO_DOMAIN,
    },
  };
}

/** Firecracker starts an ELF by the 64-bit boot protocol of Linux, which has no mark; Unikraft's own section is one. */
function unikraftForLinux({elf, multiboot1: header, xen}: Marks): PayloadForm | undefined {
  const isOwn = elf?.sections.some(({name}) => name === '.uk_bootinfo') === true;
  if (!isOwn || header !== undefined || xen !== undefined) return undefined;
  return {
    form: 'Linux 64-bit boot protocol, as an ELF',
    startedBy: ['Firecracker'],
    firecracker: true,
    notBy: [['GRUB and QEMU -kernel', 'it has no header of theirs']],
    needs: [],
    modes: {
      boot: 'it is for Firecracker, and has no header for any bootloader',
      guest: NO_PROGRAM,
      xen: NO_DOMAIN,
    },
  };
}

function linuxX86({linux}: Marks): PayloadForm | undefined {
  if (linux !== 'x86') return undefined;
  return {
    form: 'Linux boot protocol, x86',
    startedBy: ['GRUB (linux)', 'QEMU -kernel', 'syslinux, iPXE'],
    notBy: [],
    needs: [],
    modes: {
      boot: LINUX,
      guest: NO_PROGRAM,
      xen: 'it is packed, so that nothing says whether Xen could start it',
    },
  };
}

function linuxArm64({linux}: Marks): PayloadForm | undefined {
  if (linux !== 'arm64') return undefined;
  return {
    form: 'Linux boot protocol, arm64',
    startedBy: ['GRUB (linux), where it has an EFI stub', 'QEMU -kernel'],
    notBy: [],
    needs: [],
    modes: {
      boot: {...LINUX, firmware: {...BOTH, bios: 'there is no BIOS for arm64'}},
      guest: NO_PROGRAM,
      xen: 'leanos has Xen for x86_64 alone',
    },
  };
}

function efiProgram({pe, linux}: Marks): PayloadForm | undefined {
  if (pe === undefined || linux !== undefined) return undefined;
  return {
    form: 'EFI program',
    startedBy: ['UEFI', 'GRUB (chainloader) under UEFI'],
    notBy: [['BIOS', 'it starts no EFI programs']],
    needs: [],
    modes: {boot: EFI, guest: NO_PROGRAM, xen: NO_DOMAIN},
  };
}

/** IMAGE_FILE_MACHINE_* of "PE Format", by the names of --arch. */
const PE_MACHINES: Readonly<Record<number, ArchitectureName>> = {
  0x014c: 'i386',
  0x01c2: 'arm',
  0x8664: 'x86_64',
  0xaa64: 'aarch64',
  0x5064: 'riscv64',
};

/** What the processor of a payload is called: a name of --arch, or a number; `undefined` where its bytes do not say. */
export function machineName({elf, pe, linux}: Marks): string | undefined {
  if (elf !== undefined)
    return (
      architectureNames().find((name) => ARCHITECTURES[name].elf.machine === elf.machine) ??
      `machine ${elf.machine}`
    );
  if (linux === 'arm64') return 'aarch64';
  return pe === undefined ? undefined : (PE_MACHINES[pe.machine] ?? `machine ${pe.machine}`);
}

/** The architectures whose machines run the code of a payload: those of x86_64 begin as those of i386 do. */
export function architecturesOf(marks: Marks): readonly ArchitectureName[] {
  const name = machineName(marks) ?? 'i386'; // multiboot and the boot sectors of x86 begin in 32 bits, or fewer
  if (name === 'i386') return ['x86_64', 'i386'];
  return isArchitectureName(name) ? [name] : [];
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
    modes: {boot: NO_LOADER, guest: {runner: 'program'}, xen: 'it is a program of Linux and no kernel'},
  };
}

/** The offer with one firmware less. */
export function withoutFirmware(modes: ModeOffers, why: Partial<BootOffer['firmware']>): ModeOffers {
  const {boot} = modes;
  return typeof boot === 'string' ? modes : {...modes, boot: {...boot, firmware: {...boot.firmware, ...why}}};
}
