/** The architectures of leanos by the names of `--arch`, and what others call them. */
export interface Architecture {
  readonly name: ArchitectureName;
  /** Debian's name (dpkg --print-architecture). */
  readonly debian: string;
  /** Debian's multiarch folder below /usr/lib. */
  readonly triplet: string;
  /** The kernel package of the Debian base. */
  readonly kernelPackage: string;
  /** Packages with GRUB's modules, and which platforms they are for (grub-mkimage -O). */
  readonly grub: {readonly packages: readonly string[]; readonly bios?: string; readonly efi?: string};
  /** The file that UEFI starts from a disk without boot entries (UEFI 2.10, 3.5.1.1). */
  readonly efiFile?: string;
  /** The compiler of Debian's package tcc, on x86_64 hosts, that makes programs for it. */
  readonly compiler?: 'tcc' | 'i386-tcc';
  /** The serial console that QEMU's machine has. */
  readonly serialConsole: string;
}

const NAMES = ['x86_64', 'i386', 'aarch64', 'arm', 'ppc64le', 'riscv64'] as const;
export type ArchitectureName = (typeof NAMES)[number];

export const ARCHITECTURES: Readonly<Record<ArchitectureName, Architecture>> = {
  x86_64: {
    name: 'x86_64',
    debian: 'amd64',
    triplet: 'x86_64-linux-gnu',
    kernelPackage: 'linux-image-cloud-amd64',
    grub: {packages: ['grub-pc-bin', 'grub-efi-amd64-bin'], bios: 'i386-pc', efi: 'x86_64-efi'},
    efiFile: 'BOOTX64.EFI',
    compiler: 'tcc',
    serialConsole: 'ttyS0',
  },
  i386: {
    name: 'i386',
    debian: 'i386',
    triplet: 'i386-linux-gnu',
    kernelPackage: 'linux-image-686-pae',
    grub: {packages: ['grub-pc-bin', 'grub-efi-ia32-bin'], bios: 'i386-pc', efi: 'i386-efi'},
    efiFile: 'BOOTIA32.EFI',
    compiler: 'i386-tcc',
    serialConsole: 'ttyS0',
  },
  aarch64: {
    name: 'aarch64',
    debian: 'arm64',
    triplet: 'aarch64-linux-gnu',
    kernelPackage: 'linux-image-cloud-arm64',
    grub: {packages: ['grub-efi-arm64-bin'], efi: 'arm64-efi'},
    efiFile: 'BOOTAA64.EFI',
    serialConsole: 'ttyAMA0',
  },
  arm: {
    name: 'arm',
    debian: 'armhf',
    triplet: 'arm-linux-gnueabihf',
    kernelPackage: 'linux-image-armmp',
    grub: {packages: ['grub-efi-arm-bin'], efi: 'arm-efi'},
    efiFile: 'BOOTARM.EFI',
    serialConsole: 'ttyAMA0',
  },
  ppc64le: {
    name: 'ppc64le',
    debian: 'ppc64el',
    triplet: 'powerpc64le-linux-gnu',
    kernelPackage: 'linux-image-powerpc64le',
    grub: {packages: ['grub-ieee1275-bin']},
    serialConsole: 'hvc0',
  },
  riscv64: {
    name: 'riscv64',
    debian: 'riscv64',
    triplet: 'riscv64-linux-gnu',
    kernelPackage: 'linux-image-riscv64',
    grub: {packages: ['grub-efi-riscv64-bin'], efi: 'riscv64-efi'},
    efiFile: 'BOOTRISCV64.EFI',
    serialConsole: 'ttyS0',
  },
};

const NODE_NAMES: Readonly<Record<string, ArchitectureName>> = {
  x64: 'x86_64',
  ia32: 'i386',
  arm64: 'aarch64',
  arm: 'arm',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
};

export function architectureNames(): readonly ArchitectureName[] {
  return NAMES;
}

export function isArchitectureName(name: string): name is ArchitectureName {
  return (NAMES as readonly string[]).includes(name);
}

/** The architecture that this process runs on, from Node's name of it (`process.arch`). */
export function hostArchitecture(nodeName: string = process.arch): Architecture {
  const name = NODE_NAMES[nodeName];
  if (name === undefined) throw new Error(`leanos does not know the processor '${nodeName}'`);
  return ARCHITECTURES[name];
}
