/**
 * UEFI for QEMU as distributions package it: the code, and a template of its variables, for the machine's flash; or a `loader` that
 * QEMU starts as it starts a kernel, which has no flash.
 */
export type UefiFiles = {readonly code: string; readonly variables: string} | {readonly loader: string};

/**
 * All that leanos has to know of an architecture. A new one is a row below and nothing else; what does not exist for it is said
 * with `undefined` or an empty list, so that nothing falls back in silence.
 */
export interface ArchitectureRow {
  /** Node's name (`process.arch`). */
  readonly node: string;
  /** Debian's name (dpkg --print-architecture); simplestreams has the same. */
  readonly debian: string;
  /** Go's name, by which OCI images are told apart (image-spec, image-index.md, "Platform Variants"). */
  readonly oci: {readonly architecture: string; readonly variant?: string};
  /** Debian's multiarch folder below /usr/lib. */
  readonly triplet: string;
  /** The file of its dynamic loader in the multiarch folder. */
  readonly loader: string;
  /** What GCC calls it; Debian's multiarch folders are called alike but on i386. */
  readonly gnu: string;
  /** The newest release of Debian that has a kernel for it. */
  readonly suite: string;
  /** The kernel packages of the Debian base: the one for clouds alone where there is one, and the one with all drivers. */
  readonly kernelPackages: {readonly cloud: string; readonly generic: string};
  /** What its kernel is told whatever the image is. */
  readonly kernelWords: readonly string[];
  /** The serial console that QEMU's machine has. */
  readonly serialConsole: string;
  /** How it hears of its power button. */
  readonly powerButton: {
    /** The modules that tell acpid of the guest; none where the kernel itself or init hears of it. */
    readonly modules: readonly string[];
    /** What init does when the kernel sends it ctrl-alt-del, as that of s390x does for its power button. */
    readonly ctrlAltDel: 'reboot' | 'poweroff';
    /**
     * Which guests hear QEMU's (system_powerdown): none where the machine has no button; `firmware`: those that a firmware started, for
     * Debian's kernel for clouds has no driver for keys of the device tree, which is all that a direct boot shows.
     */
    readonly heardIn: 'every boot' | 'firmware' | 'none';
  };
  /** The type of a /usr partition: Discoverable Partitions of the UAPI group. */
  readonly usrPartition: string;
  /** Packages with GRUB's modules, and which platforms they are for (grub-mkimage -O). */
  readonly grub: {
    readonly packages: readonly string[];
    readonly bios: string | undefined;
    readonly efi: string | undefined;
    readonly openFirmware: string | undefined;
  };
  /** Why no firmware starts its disks, where none does. */
  readonly noDiskBoot: string | undefined;
  /** Whether its kernel does not decompress itself, so that disks have it compressed, and GRUB decompresses it. */
  readonly bareKernel: boolean;
  /** systemd's stub for unified kernel images: the package, and the file in it. */
  readonly efiStub: {readonly packages: readonly string[]; readonly file: string} | undefined;
  /** The file that UEFI starts from a disk without boot entries (UEFI 2.10, 3.5.1.1). */
  readonly efiFile: string | undefined;
  /**
   * Which processors the guest's own programs are for, as GCC's cc1 is told: its defaults are not those of Debian's driver. All
   * that run Debian's packages, and machines that can be virtual.
   */
  readonly processors: readonly string[];
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
    /** What GCC is always told, so that its programs fit Debian's musl: it has another long double than glibc has there. */
    readonly muslFlags: readonly string[];
    /** What GCC is told of every program. Debian's makes position-independent code that a static program has no use for. */
    readonly optimization: string;
  };
  readonly qemu: {
    readonly program: string;
    /** The Debian and Ubuntu package with the program. */
    readonly package: string;
    readonly machine: string;
    /** What of it has the firmware, and a bootloader that knows no serial port, speak on the console; '' where they do. */
    readonly firmwareTalks: '' | ',graphics=off';
    /** Whether QEMU can tell its guests that they were restored: vmgenid. */
    readonly generationId: boolean;
    /** What virtio devices hang on: the end of their names in QEMU. */
    readonly virtio: 'pci' | 'ccw';
    readonly cpu: {readonly kvm: string; readonly tcg: string};
    /** The package with its UEFI, and where the files may be; the first that is there counts. */
    readonly uefi: {readonly package: string; readonly files: readonly UefiFiles[]} | undefined;
  };
  /** The hosts (Node's names) whose KVM runs it, and the program of a few bytes that proves that it does. */
  readonly kvm: {readonly hosts: readonly string[]; readonly probe: 'boot sector' | 'psci call'} | undefined;
}

/** Without KVM the IO-APIC's timer test of an x86 kernel fails now and then, and panics. */
const X86_KERNEL_WORDS = ['no_timer_check'];

const INPUT_BUTTON = {modules: ['button', 'evdev'], ctrlAltDel: 'reboot', heardIn: 'every boot'} as const;

export const ARCHITECTURE_ROWS = {
  x86_64: {
    node: 'x64',
    debian: 'amd64',
    oci: {architecture: 'amd64'},
    triplet: 'x86_64-linux-gnu',
    loader: 'ld-linux-x86-64.so.2',
    gnu: 'x86_64-linux-gnu',
    suite: 'trixie',
    kernelPackages: {cloud: 'linux-image-cloud-amd64', generic: 'linux-image-amd64'},
    kernelWords: X86_KERNEL_WORDS,
    serialConsole: 'ttyS0',
    powerButton: INPUT_BUTTON,
    usrPartition: '8484680C-9521-48C6-9C11-B0720656F69E',
    grub: {
      packages: ['grub-pc-bin', 'grub-efi-amd64-bin'],
      bios: 'i386-pc',
      efi: 'x86_64-efi',
      openFirmware: undefined,
    },
    noDiskBoot: undefined,
    bareKernel: false,
    efiStub: {packages: ['systemd-boot-efi'], file: 'usr/lib/systemd/boot/efi/linuxx64.efi.stub'},
    efiFile: 'BOOTX64.EFI',
    processors: [],
    buildroot: {
      target: ['BR2_x86_64=y'],
      kernelLines: ['BR2_LINUX_KERNEL_ZSTD=y'],
      kernelFile: 'bzImage',
      kernelArch: 'x86',
      musl: 'x86_64-linux-musl',
      muslFlags: [],
      optimization: '-fno-pie -fcf-protection=none',
    },
    qemu: {
      program: 'qemu-system-x86_64',
      package: 'qemu-system-x86',
      machine: 'q35',
      firmwareTalks: ',graphics=off',
      generationId: true,
      virtio: 'pci',
      // TCG's plain `max` of QEMU 7.2 corrupts a guest about once in 40 boots; without cmpxchg16b it does not (0 in 60).
      cpu: {kvm: 'host', tcg: 'max,cx16=off'},
      uefi: {
        package: 'ovmf',
        files: [
          {code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd'},
          {code: '/usr/share/OVMF/OVMF_CODE.fd', variables: '/usr/share/OVMF/OVMF_VARS.fd'}, // Fedora too
          {code: '/usr/share/edk2/x64/OVMF_CODE.4m.fd', variables: '/usr/share/edk2/x64/OVMF_VARS.4m.fd'}, // Arch
        ],
      },
    },
    kvm: {hosts: ['x64'], probe: 'boot sector'},
  },
  i386: {
    node: 'ia32',
    debian: 'i386',
    oci: {architecture: '386'},
    triplet: 'i386-linux-gnu',
    loader: 'ld-linux.so.2',
    gnu: 'i686-linux-gnu',
    suite: 'bookworm',
    kernelPackages: {cloud: 'linux-image-686-pae', generic: 'linux-image-686-pae'},
    kernelWords: X86_KERNEL_WORDS,
    serialConsole: 'ttyS0',
    powerButton: INPUT_BUTTON,
    usrPartition: '75250D76-8CC6-458E-BD66-BD47CC81A812',
    grub: {
      packages: ['grub-pc-bin', 'grub-efi-ia32-bin'],
      bios: 'i386-pc',
      efi: 'i386-efi',
      openFirmware: undefined,
    },
    noDiskBoot: undefined,
    bareKernel: false,
    efiStub: undefined,
    efiFile: 'BOOTIA32.EFI',
    processors: ['-march=i686'],
    buildroot: {
      target: ['BR2_i386=y', 'BR2_x86_i686=y'],
      kernelLines: ['BR2_LINUX_KERNEL_ZSTD=y'],
      kernelFile: 'bzImage',
      kernelArch: 'x86',
      musl: 'i386-linux-musl',
      muslFlags: [],
      optimization: '-fno-pie -fcf-protection=none',
    },
    qemu: {
      program: 'qemu-system-i386',
      package: 'qemu-system-x86',
      machine: 'q35',
      firmwareTalks: ',graphics=off',
      generationId: true,
      virtio: 'pci',
      cpu: {kvm: 'host', tcg: 'max'},
      uefi: {
        package: 'ovmf-ia32',
        files: [
          {code: '/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd', variables: '/usr/share/OVMF/OVMF32_VARS_4M.fd'},
        ],
      },
    },
    kvm: {hosts: ['x64', 'ia32'], probe: 'boot sector'},
  },
  aarch64: {
    node: 'arm64',
    debian: 'arm64',
    oci: {architecture: 'arm64'},
    triplet: 'aarch64-linux-gnu',
    loader: 'ld-linux-aarch64.so.1',
    gnu: 'aarch64-linux-gnu',
    suite: 'trixie',
    kernelPackages: {cloud: 'linux-image-cloud-arm64', generic: 'linux-image-arm64'},
    kernelWords: [],
    serialConsole: 'ttyAMA0',
    powerButton: {...INPUT_BUTTON, heardIn: 'firmware'},
    usrPartition: 'B0E01050-EE5F-4390-949A-9101B17104E9',
    grub: {packages: ['grub-efi-arm64-bin'], bios: undefined, efi: 'arm64-efi', openFirmware: undefined},
    noDiskBoot: undefined,
    bareKernel: true,
    efiStub: {packages: ['systemd-boot-efi'], file: 'usr/lib/systemd/boot/efi/linuxaa64.efi.stub'},
    efiFile: 'BOOTAA64.EFI',
    processors: [],
    buildroot: {
      target: ['BR2_aarch64=y'],
      kernelLines: ['BR2_LINUX_KERNEL_IMAGE=y'],
      kernelFile: 'Image',
      kernelArch: 'arm64',
      musl: 'aarch64-linux-musl',
      muslFlags: [],
      optimization: '-fno-pie',
    },
    qemu: {
      program: 'qemu-system-aarch64',
      package: 'qemu-system-arm',
      machine: 'virt',
      firmwareTalks: '',
      generationId: false,
      virtio: 'pci',
      cpu: {kvm: 'host', tcg: 'max,pauth-impdef=on'},
      uefi: {
        package: 'qemu-efi-aarch64',
        files: [{code: '/usr/share/AAVMF/AAVMF_CODE.fd', variables: '/usr/share/AAVMF/AAVMF_VARS.fd'}],
      },
    },
    kvm: {hosts: ['arm64'], probe: 'psci call'},
  },
  arm: {
    node: 'arm',
    debian: 'armhf',
    oci: {architecture: 'arm', variant: 'v7'},
    triplet: 'arm-linux-gnueabihf',
    loader: 'ld-linux-armhf.so.3',
    gnu: 'arm-linux-gnueabihf',
    suite: 'trixie',
    kernelPackages: {cloud: 'linux-image-armmp', generic: 'linux-image-armmp'},
    kernelWords: [],
    serialConsole: 'ttyAMA0',
    powerButton: {modules: ['gpio_keys', 'evdev'], ctrlAltDel: 'reboot', heardIn: 'every boot'}, // of the device tree
    usrPartition: '7D0359A3-02B3-4F0A-865C-654403E70625',
    grub: {packages: ['grub-efi-arm-bin'], bios: undefined, efi: 'arm-efi', openFirmware: undefined},
    noDiskBoot: undefined,
    bareKernel: false,
    efiStub: undefined,
    efiFile: 'BOOTARM.EFI',
    processors: ['-mcpu=cortex-a7', '-marm', '-mfloat-abi=soft'],
    buildroot: {
      target: ['BR2_arm=y', 'BR2_cortex_a7=y'],
      kernelLines: ['BR2_LINUX_KERNEL_ZIMAGE=y'],
      kernelFile: 'zImage',
      kernelArch: 'arm',
      musl: 'arm-linux-musleabihf',
      muslFlags: [],
      optimization: '-fno-pie',
    },
    qemu: {
      program: 'qemu-system-arm',
      package: 'qemu-system-arm',
      machine: 'virt',
      firmwareTalks: '',
      generationId: false,
      virtio: 'pci',
      cpu: {kvm: 'host', tcg: 'max'},
      uefi: {
        package: 'qemu-efi-arm',
        files: [{code: '/usr/share/AAVMF/AAVMF32_CODE.fd', variables: '/usr/share/AAVMF/AAVMF32_VARS.fd'}],
      },
    },
    kvm: undefined,
  },
  ppc64le: {
    node: 'ppc64',
    debian: 'ppc64el',
    oci: {architecture: 'ppc64le'},
    triplet: 'powerpc64le-linux-gnu',
    loader: 'ld64.so.2',
    gnu: 'powerpc64le-linux-gnu',
    suite: 'trixie',
    kernelPackages: {cloud: 'linux-image-powerpc64le', generic: 'linux-image-powerpc64le'},
    kernelWords: [],
    serialConsole: 'hvc0',
    powerButton: {modules: [], ctrlAltDel: 'reboot', heardIn: 'every boot'}, // arch/powerpc/platforms/pseries/ras.c calls poweroff
    usrPartition: '15BB03AF-77E7-4D4A-B12B-C0D084F7491C',
    grub: {
      packages: ['grub-ieee1275-bin'],
      bios: undefined,
      efi: undefined,
      openFirmware: 'powerpc-ieee1275',
    },
    noDiskBoot: undefined,
    bareKernel: true,
    efiStub: undefined,
    efiFile: undefined,
    processors: ['-mcpu=power8'],
    buildroot: {
      target: ['BR2_powerpc64le=y'],
      kernelLines: ['BR2_LINUX_KERNEL_VMLINUX=y'],
      kernelFile: 'vmlinux',
      kernelArch: 'powerpc',
      musl: 'powerpc64le-linux-musl',
      muslFlags: ['-mlong-double-64'],
      optimization: '-fno-pie',
    },
    qemu: {
      program: 'qemu-system-ppc64',
      package: 'qemu-system-ppc',
      // What KVM does against leaks of a processor does not exist under TCG, and QEMU says so for each.
      machine: 'pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off',
      firmwareTalks: '',
      generationId: false,
      virtio: 'pci',
      cpu: {kvm: 'host', tcg: 'power9'},
      uefi: undefined,
    },
    kvm: undefined,
  },
  riscv64: {
    node: 'riscv64',
    debian: 'riscv64',
    oci: {architecture: 'riscv64'},
    triplet: 'riscv64-linux-gnu',
    loader: 'ld-linux-riscv64-lp64d.so.1',
    gnu: 'riscv64-linux-gnu',
    suite: 'trixie',
    kernelPackages: {cloud: 'linux-image-riscv64', generic: 'linux-image-riscv64'},
    kernelWords: [],
    serialConsole: 'ttyS0',
    powerButton: {...INPUT_BUTTON, heardIn: 'none'},
    usrPartition: 'BEAEC34B-8442-439B-A40B-984381ED097D',
    grub: {packages: ['grub-efi-riscv64-bin'], bios: undefined, efi: 'riscv64-efi', openFirmware: undefined},
    noDiskBoot: undefined,
    bareKernel: true,
    efiStub: undefined,
    efiFile: 'BOOTRISCV64.EFI',
    processors: ['-march=rv64gc', '-mabi=lp64d'],
    buildroot: {
      target: ['BR2_riscv=y'],
      kernelLines: ['BR2_LINUX_KERNEL_IMAGE=y'],
      kernelFile: 'Image',
      kernelArch: 'riscv',
      musl: 'riscv64-linux-musl',
      muslFlags: [],
      optimization: '-fno-pie',
    },
    qemu: {
      program: 'qemu-system-riscv64',
      package: 'qemu-system-misc',
      machine: 'virt',
      firmwareTalks: '',
      generationId: false,
      virtio: 'pci',
      cpu: {kvm: 'host', tcg: 'rv64'},
      uefi: {
        package: 'u-boot-qemu', // EDK II starts from QEMU 8.1 on: before that the flash has no place for its variables
        files: [
          {loader: '/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf'},
          {
            code: '/usr/share/qemu-efi-riscv64/RISCV_VIRT_CODE.fd',
            variables: '/usr/share/qemu-efi-riscv64/RISCV_VIRT_VARS.fd',
          },
        ],
      },
    },
    kvm: undefined,
  },
  s390x: {
    node: 's390x',
    debian: 's390x',
    oci: {architecture: 's390x'},
    triplet: 's390x-linux-gnu',
    loader: 'ld64.so.1',
    gnu: 's390x-linux-gnu',
    suite: 'trixie',
    kernelPackages: {cloud: 'linux-image-s390x', generic: 'linux-image-s390x'},
    kernelWords: [],
    serialConsole: 'ttysclp0',
    powerButton: {modules: [], ctrlAltDel: 'poweroff', heardIn: 'every boot'}, // drivers/s390/char/sclp_quiesce.c
    usrPartition: '8A4F5770-50AA-4ED3-874A-99B710DB6FEA',
    grub: {packages: [], bios: undefined, efi: undefined, openFirmware: undefined},
    noDiskBoot: 'what zipl writes for it counts no tries',
    bareKernel: false,
    efiStub: undefined,
    efiFile: undefined,
    processors: [],
    buildroot: {
      target: ['BR2_s390x=y'],
      kernelLines: ['BR2_LINUX_KERNEL_BZIMAGE=y', 'BR2_LINUX_KERNEL_ZSTD=y'],
      kernelFile: 'bzImage',
      kernelArch: 's390',
      musl: 's390x-linux-musl',
      muslFlags: [],
      optimization: '-fno-pie',
    },
    qemu: {
      program: 'qemu-system-s390x',
      package: 'qemu-system-misc',
      machine: 's390-ccw-virtio',
      firmwareTalks: '',
      generationId: false,
      virtio: 'ccw',
      cpu: {kvm: 'host', tcg: 'max'},
      uefi: undefined,
    },
    kvm: undefined,
  },
} as const satisfies Readonly<Record<string, ArchitectureRow>>;

export type ArchitectureName = keyof typeof ARCHITECTURE_ROWS;
