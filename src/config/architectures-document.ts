import {ARCHITECTURES, architectureNames, diskFirmwares, type Architecture} from '../core/architecture.ts';

/** The table of docs/architectures.md: what leanos knows of each architecture, a row each. */
export function architecturesTable(): string {
  const head = [
    '`--arch`',
    'Debian',
    'kernel packages',
    'disks start by',
    'console',
    'QEMU',
    'UEFI starts',
    'OCI',
  ];
  const rows = architectureNames().map((name) => cells(ARCHITECTURES[name]));
  const lines = [head, head.map(() => '---'), ...rows].map((words) => `| ${words.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

function cells(arch: Architecture): string[] {
  const {name, debian, suite, kernelPackages, serialConsole, qemu, efiFile, oci} = arch;
  const kernels = [...new Set(Object.values(kernelPackages))].map((kernel) => `\`${kernel}\``);
  const firmwares = diskFirmwares(arch);
  return [
    `\`${name}\``,
    `${debian}, ${suite}`,
    kernels.join(', '),
    firmwares.length === 0 ? 'nothing' : firmwares.join(', '),
    serialConsole,
    `\`${qemu.program}\`, ${qemu.machine.split(',')[0] ?? ''}`,
    efiFile ?? '',
    ['linux', oci.architecture, ...('variant' in oci ? [oci.variant] : [])].join('/'),
  ];
}
