import {existsSync} from 'node:fs';
import type {ArchitectureName} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';

/** UEFI for QEMU as Debian and Ubuntu package it: the code, and a template of its variables. */
export interface UefiFiles {
  readonly code: string;
  readonly variables: string;
}

const CANDIDATES: Readonly<Partial<Record<ArchitectureName, readonly UefiFiles[]>>> = {
  x86_64: [
    {code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd'},
    {code: '/usr/share/OVMF/OVMF_CODE.fd', variables: '/usr/share/OVMF/OVMF_VARS.fd'},
  ],
  i386: [{code: '/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd', variables: '/usr/share/OVMF/OVMF32_VARS_4M.fd'}],
  aarch64: [{code: '/usr/share/AAVMF/AAVMF_CODE.fd', variables: '/usr/share/AAVMF/AAVMF_VARS.fd'}],
  arm: [{code: '/usr/share/AAVMF/AAVMF32_CODE.fd', variables: '/usr/share/AAVMF/AAVMF32_VARS.fd'}],
  riscv64: [
    {
      code: '/usr/share/qemu-efi-riscv64/RISCV_VIRT_CODE.fd',
      variables: '/usr/share/qemu-efi-riscv64/RISCV_VIRT_VARS.fd',
    },
  ],
};

/** The UEFI of this host for an architecture. @throws LeanosError TOOL_MISSING, USAGE where there is none */
export function findUefi(arch: ArchitectureName, exists: (path: string) => boolean = existsSync): UefiFiles {
  const candidates = CANDIDATES[arch];
  if (candidates === undefined) throw new LeanosError('USAGE', `there is no UEFI for ${arch} here`);
  const found = candidates.find(({code, variables}) => exists(code) && exists(variables));
  if (found !== undefined) return found;
  throw new LeanosError(
    'TOOL_MISSING',
    `no UEFI firmware for ${arch}: looked for ${candidates.map(({code}) => code).join(', ')}`,
    {
      hint: 'leanos doctor --fix     installs it',
    },
  );
}
