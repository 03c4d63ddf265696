/** How packages are installed on a distribution. */
export interface PackageManager {
  /** Where this program is, that is the distribution. */
  readonly program: string;
  /** The command, as a user types it. */
  readonly install: (packages: string, sudo: string) => string;
  /** What Debian's packages are called there, where it is something else. Firmware often comes with QEMU or in one package. */
  readonly names: Readonly<Record<string, string>>;
}

const APT: PackageManager = {
  program: 'apt-get',
  install: (packages, sudo) =>
    `${sudo}apt-get update && ${sudo}apt-get install --yes --no-install-recommends ${packages}`,
  names: {},
};

/** The first one whose program the host has counts: Debian's may be there beside another. */
const PACKAGE_MANAGERS: readonly PackageManager[] = [
  APT,
  {
    program: 'dnf',
    install: (packages, sudo) => `${sudo}dnf install ${packages}`,
    names: {
      'qemu-system-x86': 'qemu-system-x86-core',
      'qemu-system-arm': 'qemu-system-aarch64-core',
      'qemu-system-ppc': 'qemu-system-ppc-core',
      'qemu-system-misc': 'qemu-system-riscv-core',
      ovmf: 'edk2-ovmf',
      'ovmf-ia32': 'edk2-ovmf',
      'qemu-efi-aarch64': 'edk2-aarch64',
      'qemu-efi-arm': 'edk2-arm',
      'qemu-efi-riscv64': 'edk2-riscv64',
    },
  },
  {
    program: 'pacman',
    install: (packages, sudo) => `${sudo}pacman -S --needed ${packages}`,
    names: {
      'qemu-system-misc': 'qemu-system-riscv',
      'qemu-system-arm': 'qemu-system-aarch64',
      ovmf: 'edk2-ovmf',
      'ovmf-ia32': 'edk2-ovmf',
      'qemu-efi-aarch64': 'edk2-aarch64',
      'qemu-efi-arm': 'edk2-arm',
      'qemu-efi-riscv64': 'edk2-riscv64',
    },
  },
  {
    program: 'apk',
    install: (packages, sudo) => `${sudo}apk add ${packages}`,
    names: {
      'qemu-system-x86': 'qemu-system-x86_64',
      'qemu-system-arm': 'qemu-system-aarch64',
      'qemu-system-ppc': 'qemu-system-ppc64',
      'qemu-system-misc': 'qemu-system-riscv64',
      'qemu-efi-aarch64': 'aavmf',
    },
  },
  {
    program: 'zypper',
    install: (packages, sudo) => `${sudo}zypper install ${packages}`,
    names: {
      'qemu-system-x86': 'qemu-x86',
      'qemu-system-arm': 'qemu-arm',
      'qemu-system-ppc': 'qemu-ppc',
      'qemu-system-misc': 'qemu-extra',
      ovmf: 'qemu-ovmf-x86_64',
      'ovmf-ia32': 'qemu-ovmf-ia32',
      'qemu-efi-aarch64': 'qemu-uefi-aarch64',
      'qemu-efi-arm': 'qemu-uefi-aarch32',
      'qemu-efi-riscv64': 'qemu-uefi-riscv64',
    },
  },
  {
    program: 'nix-shell',
    install: (packages) => `nix-shell --packages ${packages}`,
    names: {
      'qemu-system-x86': 'qemu',
      'qemu-system-arm': 'qemu',
      'qemu-system-ppc': 'qemu',
      'qemu-system-misc': 'qemu',
      ovmf: 'OVMF.fd',
      'ovmf-ia32': 'OVMF.fd',
      'qemu-efi-aarch64': 'OVMF.fd',
      'qemu-efi-arm': 'OVMF.fd',
      'qemu-efi-riscv64': 'OVMF.fd',
    },
  },
];

/** The host's own; Debian's where none is known. */
export function packageManager(isThere: (program: string) => boolean): PackageManager {
  return PACKAGE_MANAGERS.find(({program}) => isThere(program)) ?? APT;
}
