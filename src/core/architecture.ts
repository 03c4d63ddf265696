import type {ArchitectureRow} from './architecture-row.ts';
import {ARCHITECTURE_ROWS, type ArchitectureName} from './architecture-rows.ts';

export type {ArchitectureName} from './architecture-rows.ts';

/** An architecture of leanos by the name of `--arch`, and what others call it. */
export interface Architecture extends ArchitectureRow {
  readonly name: ArchitectureName;
}

const NAMES = Object.keys(ARCHITECTURE_ROWS) as ArchitectureName[];

export const ARCHITECTURES = Object.fromEntries(
  NAMES.map((name): [ArchitectureName, Architecture] => [name, {name, ...ARCHITECTURE_ROWS[name]}]),
) as Readonly<Record<ArchitectureName, Architecture>>;

export function architectureNames(): readonly ArchitectureName[] {
  return NAMES;
}

export function isArchitectureName(name: string): name is ArchitectureName {
  return Object.hasOwn(ARCHITECTURE_ROWS, name);
}

/** The hosts whose tools are pinned by every lock, by Debian's names of their architectures. */
export const PINNED_HOSTS: readonly string[] = ['amd64', 'arm64'];

/** The architecture that this process runs on, from Node's name of it (`process.arch`). */
export function hostArchitecture(nodeName: string = process.arch): Architecture {
  const found = NAMES.find((name) => ARCHITECTURE_ROWS[name].node === nodeName);
  if (found === undefined) throw new Error(`leanos does not know the processor '${nodeName}'`);
  return ARCHITECTURES[found];
}

/** What starts a kernel from a disk. */
export type DiskFirmware = 'bios' | 'uefi' | 'openfirmware';

/** The firmwares that start a leanos disk of an architecture, the usual one first; none where noDiskBoot says why. */
export function diskFirmwares({grub, efiFile}: ArchitectureRow): readonly DiskFirmware[] {
  return [
    ...(grub.bios === undefined ? [] : (['bios'] as const)),
    ...(efiFile === undefined ? [] : (['uefi'] as const)),
    ...(grub.openFirmware === undefined ? [] : (['openfirmware'] as const)),
  ];
}
