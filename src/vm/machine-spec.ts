import type {ArchitectureName} from '../core/architecture.ts';
import type {DiskDriver} from '../stages/format/image-formats.ts';

export type Accelerator = 'kvm' | 'tcg';

/** How a machine comes to its kernel. */
export type BootPath =
  | {
      /** `microvm`: QEMU's smallest machine, which has no PCI and starts an ELF kernel by PVH. */
      readonly firmware: 'direct' | 'microvm';
      readonly kernel: string;
      /** Empty where there is none; of multiboot its modules, as -initrd takes them. */
      readonly initramfs: string;
      readonly commandLine: string;
    }
  /** The machine's own firmware: SeaBIOS, or SLOF. */
  | {readonly firmware: 'bios' | 'openfirmware'}
  | {
      readonly firmware: 'uefi';
      /** A UEFI that QEMU starts as it starts a kernel. */
      readonly loader: string;
    }
  | {
      readonly firmware: 'uefi';
      readonly code: string;
      readonly variables: string;
      /** What the variables were at first. */
      readonly template?: string;
    };

/** A virtual machine, as QEMU is asked for it. Paths are absolute or as QEMU finds them. */
export interface MachineSpec {
  readonly arch: ArchitectureName;
  readonly accelerator: Accelerator;
  readonly memoryMib: number;
  /** What QEMU's `-cpu` takes; without it what the architecture has for the accelerator. */
  readonly cpu?: string | undefined;
  readonly boot: BootPath;
  readonly disk?:
    | {
        readonly path: string;
        readonly format: DiskDriver;
        readonly readOnly?: boolean | undefined;
        /** What it is an overlay over. */
        readonly base?: {readonly path: string; readonly format: DiskDriver} | undefined;
        /** Whether what is written to it goes with the machine. */
        readonly discarded?: boolean | undefined;
        /** A file that keeps every write and flush, in their order: blklogwrites of QEMU, the format of dm-log-writes. */
        readonly writeLog?: string | undefined;
        /** What it hangs on; without it virtio. */
        readonly bus?: DiskBus | undefined;
        /** Whether the further disks come before it, which it is booted before all the same. */
        readonly last?: boolean | undefined;
      }
    | undefined;
  /** A raw image with instance data, read-only; or a folder that QEMU shows as a FAT with this label. */
  readonly seed?: string | SeedFolder | undefined;
  /** A raw image in a CD drive. */
  readonly disc?: string | undefined;
  /** A folder of this host that the guest mounts by a name, over virtiofs: the socket that virtiofsd listens on. */
  readonly share?: {readonly socket: string; readonly name: string} | undefined;
  /** Further disks, raw and writable, with their serial numbers. */
  readonly extraDisks?: readonly {readonly path: string; readonly serial: string}[] | undefined;
  /**
   * What is at 169.254.169.254: nothing and no route to it; a command that is started for each connection, with the
   * connection as its stdin and stdout; or `swallowed`: packets get lost. `at` has other places, as ADDRESS:PORT; with `only` nothing
   * else of this host is in the guest's network.
   */
  readonly metadata?:
    | 'swallowed'
    | {readonly command: string; readonly at?: readonly string[] | undefined; readonly only?: boolean}
    | undefined;
  /** A file that gets every packet of the first card, as pcap(5). */
  readonly capture?: string | undefined;
  /** Further network cards, each on a network of its own: 10.0.3.0/24 and on, or a cable. */
  readonly extraCards?:
    readonly {readonly mac: string; readonly model?: CardModel; readonly cable?: Cable}[] | undefined;
  /** What the first network card is; without it virtio. */
  readonly card?: CardModel | undefined;
  /** Fields of SMBIOS' system table, such as product or serial: see -smbios in qemu(1); and `chassisAsset`, `boardProduct`. */
  readonly smbios?: Readonly<Record<string, string>> | undefined;
  /** The port of 127.0.0.1 that leads to the guest's ssh. */
  readonly sshPort: number;
  /** Where that listens; absent: at 22. */
  readonly guestSshPort?: number | undefined;
  /** Further ports of 127.0.0.1, and those of the guest that they lead to. */
  readonly ports?: readonly {readonly host: number; readonly guest: number}[] | undefined;
  /** A second card, on a network that machines of this host share: a port of a multicast group. `ownMac` is of the first card. */
  readonly sharedNetwork?: {readonly mac: string; readonly ownMac: string; readonly port: number} | undefined;
  /** Whether the guest hears that it was restored, and makes random numbers of its own: see vmgenid in QEMU's docs/specs. */
  readonly generationId?: boolean | undefined;
  /** Whether it has a port by which what runs there can end it: isa-debug-exit, of PCs alone. */
  readonly exitPort?: boolean | undefined;
  /** A file that holds a machine of the same kind as it was when it was kept. */
  readonly restoredFrom?: string | undefined;
  /** Where the guest's second serial port leads: see -serial in qemu(1). */
  readonly secondSerial?: string | undefined;
  /** The socket that QEMU's control protocol listens on. */
  readonly control: string;
  /** Everything that the serial console said. */
  readonly log: string;
  /** `attached`: the console is the terminal, ctrl-a x leaves. `piped`: it is read. */
  readonly console: 'attached' | 'piped';
  /** Whether a panic is nothing to worry about: the guest restarts, and something else is tried. */
  readonly survivesPanic?: boolean | undefined;
}

/** UDP ports of 127.0.0.1 that frames of Ethernet go to and come from, one a packet. */
export interface Cable {
  readonly to: number;
  readonly from: number;
}

/** Instance data as files. */
export interface SeedFolder {
  readonly folder: string;
  readonly label: string;
}

export type DiskBus =
  | 'virtio'
  | 'nvme'
  | 'scsi'
  | 'sata'
  | 'ide'
  | 'pvscsi'
  | 'lsi'
  | 'mptsas'
  | 'megasas'
  | 'usb'
  | 'uas'
  | 'ehci';

/** What a network card is modelled on, as QEMU calls it. */
export type CardModel = 'vmxnet3' | 'e1000' | 'e1000-82545em' | 'e1000e' | 'rtl8139' | 'pcnet' | 'ne2k_pci';
