/**
 * UEFI for QEMU as distributions package it: the code, and a template of its variables, for the machine's flash; or a `loader` that
 * QEMU starts as it starts a kernel, which has no flash.
 */
export type UefiFiles = {readonly code: string; readonly variables: string} | {readonly loader: string};

/**
 * All that leanos has to know of an architecture. A new one is a row of architecture-rows.ts and nothing else; what does not exist for it is said
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
  /** How its programs begin: gABI, "ELF Header" (e_ident, EM_*). */
  readonly elf: {readonly bits: 32 | 64; readonly order: 'little' | 'big'; readonly machine: number};
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
  /** The package that depends on Xen and its tools; undefined where Xen has no domains that need no hardware virtualisation. */
  readonly hypervisorPackage: string | undefined;
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
    /** What GCC is told of every program, however it is linked. */
    readonly optimization: readonly string[];
  };
  readonly qemu: {
    readonly program: string;
    /** The Debian and Ubuntu package with the program. */
    readonly package: string;
    readonly machine: string;
    /** What of it has the firmware, and a bootloader that knows no serial port, speak on the console; '' where they do. */
    readonly firmwareTalks: '' | ',graphics=off';
    /** Whether its machine has ports of a PC, by one of which a payload can end it. */
    readonly isPc: boolean;
    /** libvirt's name of it. */
    readonly libvirt: string;
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
