/** The architectures of leanos by the names of `--arch`, and what others call them. */
export interface Architecture {
  readonly name: ArchitectureName;
  /** Debian's name (dpkg --print-architecture). */
  readonly debian: string;
  /** Debian's multiarch folder below /usr/lib. */
  readonly triplet: string;
  /** The file of its dynamic loader in the multiarch folder. */
  readonly loader: string;
  /** What GCC calls it; Debian's multiarch folders are called alike but on i386. */
  readonly gnu: string;
  /** The kernel package of the Debian base. */
  readonly kernelPackage: string;
  /** Packages with GRUB's modules, and which platforms they are for (grub-mkimage -O). */
  readonly grub: {readonly packages: readonly string[]; readonly bios?: string; readonly efi?: string};
  /** The file that UEFI starts from a disk without boot entries (UEFI 2.10, 3.5.1.1). */
  readonly efiFile?: string;
  /** The compiler of Debian's package tcc, on x86_64 hosts, that makes programs for it. */
  readonly compiler?: 'tcc' | 'i386-tcc';
  /** The Buildroot base. */
  readonly buildroot: {
    /** The lines of its configuration that choose the target. */
    readonly target: readonly string[];
    /** The lines that say in which form the kernel comes, and the file that it then is. */
    readonly kernelLines: readonly string[];
    readonly kernelFile: string;
    /** The kernel's own name of the architecture: the folder below arch/. */
    readonly kernelArch: string;
    /** What Debian's musl calls the target. */
    readonly musl: string;
    /** What GCC is told of every program. Debian's makes position-independent code that a static program has no use for. */
    readonly optimization: string;
  };
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
    loader: 'ld-linux-x86-64.so.2',
    gnu: 'x86_64-linux-gnu',
    kernelPackage: 'linux-image-cloud-amd64',
    grub: {packages: ['grub-pc-bin', 'grub-efi-amd64-bin'], bios: 'i386-pc', efi: 'x86_64-efi'},
    efiFile: 'BOOTX64.EFI',
    compiler: 'tcc',
    buildroot: {
      target: ['BR2_x86_64=y'],
      kernelLines: ['BR2_LINUX_KERNEL_ZSTD=y'],
      kernelFile: 'bzImage',
      kernelArch: 'x86',
      musl: 'x86_64-linux-musl',
      optimization: '-fno-pie -fcf-protection=none',
    },
    serialConsole: 'ttyS0',
  },
  i386: {
    name: 'i386',
    debian: 'i386',
    triplet: 'i386-linux-gnu',
    loader: 'ld-linux.so.2',
    gnu: 'i686-linux-gnu',
    kernelPackage: 'linux-image-686-pae',
    grub: {packages: ['grub-pc-bin', 'grub-efi-ia32-bin'], bios: 'i386-pc', efi: 'i386-efi'},
    efiFile: 'BOOTIA32.EFI',
    compiler: 'i386-tcc',
    buildroot: {
      target: ['BR2_i386=y', 'BR2_x86_i686=y'],
      kernelLines: ['BR2_LINUX_KERNEL_ZSTD=y'],
      kernelFile: 'bzImage',
      kernelArch: 'x86',
      musl: 'i386-linux-musl',
      optimization: '-fno-pie -fcf-protection=none',
    },
    serialConsole: 'ttyS0',
  },
  aarch64: {
    name: 'aarch64',
    debian: 'arm64',
    triplet: 'aarch64-linux-gnu',
    loader: 'ld-linux-aarch64.so.1',
    gnu: 'aarch64-linux-gnu',
    kernelPackage: 'linux-image-cloud-arm64',
    grub: {packages: ['grub-efi-arm64-bin'], efi: 'arm64-efi'},
    efiFile: 'BOOTAA64.EFI',
    buildroot: {
      target: ['BR2_aarch64=y'],
      kernelLines: ['BR2_LINUX_KERNEL_IMAGE=y'],
      kernelFile: 'Image',
      kernelArch: 'arm64',
      musl: 'aarch64-linux-musl',
      optimization: '-fno-pie',
    },
    serialConsole: 'ttyAMA0',
  },
  arm: {
    name: 'arm',
    debian: 'armhf',
    triplet: 'arm-linux-gnueabihf',
    loader: 'ld-linux-armhf.so.3',
    gnu: 'arm-linux-gnueabihf',
    kernelPackage: 'linux-image-armmp',
    grub: {packages: ['grub-efi-arm-bin'], efi: 'arm-efi'},
    efiFile: 'BOOTARM.EFI',
    buildroot: {
      target: ['BR2_arm=y', 'BR2_cortex_a7=y'],
      kernelLines: ['BR2_LINUX_KERNEL_ZIMAGE=y'],
      kernelFile: 'zImage',
      kernelArch: 'arm',
      musl: 'arm-linux-musleabihf',
      optimization: '-fno-pie',
    },
    serialConsole: 'ttyAMA0',
  },
  ppc64le: {
    name: 'ppc64le',
    debian: 'ppc64el',
    triplet: 'powerpc64le-linux-gnu',
    loader: 'ld64.so.2',
    gnu: 'powerpc64le-linux-gnu',
    kernelPackage: 'linux-image-powerpc64le',
    grub: {packages: ['grub-ieee1275-bin']},
    buildroot: {
      target: ['BR2_powerpc64le=y'],
      kernelLines: ['BR2_LINUX_KERNEL_VMLINUX=y'],
      kernelFile: 'vmlinux',
      kernelArch: 'powerpc',
      musl: 'powerpc64le-linux-musl',
      optimization: '-fno-pie',
    },
    serialConsole: 'hvc0',
  },
  riscv64: {
    name: 'riscv64',
    debian: 'riscv64',
    triplet: 'riscv64-linux-gnu',
    loader: 'ld-linux-riscv64-lp64d.so.1',
    gnu: 'riscv64-linux-gnu',
    kernelPackage: 'linux-image-riscv64',
    grub: {packages: ['grub-efi-riscv64-bin'], efi: 'riscv64-efi'},
    efiFile: 'BOOTRISCV64.EFI',
    buildroot: {
      target: ['BR2_riscv=y'],
      kernelLines: ['BR2_LINUX_KERNEL_IMAGE=y'],
      kernelFile: 'Image',
      kernelArch: 'riscv',
      musl: 'riscv64-linux-musl',
      optimization: '-fno-pie',
    },
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
