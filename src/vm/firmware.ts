import {existsSync} from 'node:fs';
import {ARCHITECTURES, type ArchitectureName} from '../core/architecture.ts';
import type {UefiFiles} from '../core/architecture-row.ts';
import {LeanosError} from '../core/error.ts';

/** The UEFI of this host for an architecture. @throws LeanosError TOOL_MISSING, USAGE where there is none */
export function findUefi(arch: ArchitectureName, exists: (path: string) => boolean = existsSync): UefiFiles {
  const candidates = ARCHITECTURES[arch].qemu.uefi?.files;
  if (candidates === undefined) throw new LeanosError('USAGE', `there is no UEFI for ${arch} here`);
  const found = candidates.find((files) => Object.values(files).every(exists));
  if (found !== undefined) return found;
  throw new LeanosError(
    'TOOL_MISSING',
    `no UEFI firmware for ${arch}: looked for ${candidates.map(firmwareFile).join(', ')}`,
    {
      hint: 'leanos doctor --fix     installs it',
    },
  );
}

/** The file that QEMU starts. */
export function firmwareFile(files: UefiFiles): string {
  return 'loader' in files ? files.loader : files.code;
}
