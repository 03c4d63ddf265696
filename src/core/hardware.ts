import {ARCHITECTURE_ROWS, type ArchitectureName} from './architecture-rows.ts';

/** What leanos has to know of a driver of the kernel. */
export interface Driver {
  /** disk: the initramfs has it, for /usr may be behind it. card: of a network. bus: what disks hang on. */
  readonly kind: 'disk' | 'card' | 'bus' | 'other';
  /** What it drives, by the identifiers that a machine tells: VENDOR:DEVICE of PCI, else how its modalias begins. */
  readonly devices?: Readonly<Record<string, string>>;
  /** Whether Debian's cloud kernel has it, or only the generic one. */
  readonly kernel: 'cloud' | 'generic';
  /** The architectures whose kernels have it; absent: all. */
  readonly arches?: readonly ArchitectureName[];
  /** Whether the initramfs has it although no disk needs it. */
  readonly early?: true;
  /** What turns it on in a kernel of the Buildroot base, beside what its kind of machine needs in any kernel. */
  readonly options: readonly string[];
}

/** Which machines show something, and what drives it. */
export interface HardwareRow {
  /** For people, in Markdown. */
  readonly shownBy: string;
  readonly drivers: readonly DriverName[];
}

const X86 = ['x86_64', 'i386'] as const;
/** Who runs below Hyper-V, below Xen, and on Amazon's and Google's machines. */
const HYPERV = [...X86, 'aarch64'] as const;
const XEN = [...X86, 'aarch64', 'arm'] as const;
const AMAZON = [...X86, 'aarch64'] as const;
const GOOGLE = ['x86_64', 'aarch64'] as const;
/** What VMware's virtual machines are. */
const VMWARE = [...X86, 'aarch64'] as const;
/** Virtio on PCI, old PCI cards and USB 2: the kernel of s390x, whose machines have channels, lacks them. */
const OLD_PCI = (Object.keys(ARCHITECTURE_ROWS) as ArchitectureName[]).filter((name) => name !== 's390x');
const XEN_GUEST = ['XEN'] as const;
const HYPERV_GUEST = ['HYPERV'] as const;
const SATA = ['ATA'] as const;
const INTEL_CARD = ['NET_VENDOR_INTEL'] as const;
const FUSION = ['FUSION'] as const;
const USB = ['USB_SUPPORT', 'USB', 'USB_PCI'] as const;

/** The drivers by the names of their modules. Identifiers are those of https://pci-ids.ucw.cz and of the drivers' own tables. */
export const DRIVERS = {
  // Built into most kernels; Debian 12 has it as a module.
  virtio_pci: {kind: 'bus', kernel: 'cloud', arches: OLD_PCI, options: []},
  virtio_blk: {
    kind: 'disk',
    kernel: 'cloud',
    devices: {'virtio:d00000002': 'virtio disk'},
    options: ['VIRTIO_BLK'],
  },
  virtio_scsi: {
    kind: 'disk',
    kernel: 'cloud',
    devices: {'virtio:d00000008': 'virtio SCSI'},
    options: ['SCSI_VIRTIO'],
  },
  nvme: {
    kind: 'disk',
    kernel: 'cloud',
    devices: {
      '1b36:0010': 'QEMU NVMe',
      '1d0f:8061': 'Amazon NVMe EBS',
      '15ad:07f0': 'VMware NVMe',
      '80ee:4e56': 'VirtualBox NVMe',
    },
    options: ['BLK_DEV_NVME'],
  },
  ahci: {
    kind: 'disk',
    kernel: 'cloud',
    devices: {
      '8086:2922': 'Intel ICH9 SATA (AHCI)',
      '8086:2829': 'Intel ICH8M SATA (AHCI)',
      '15ad:07e0': 'VMware SATA (AHCI)',
    },
    options: [...SATA, 'SATA_AHCI'],
  },
  ata_piix: {
    kind: 'disk',
    kernel: 'cloud',
    devices: {'8086:7010': 'Intel PIIX3 IDE', '8086:7111': 'Intel PIIX4 IDE'},
    options: [...SATA, 'ATA_SFF', 'ATA_BMDMA', 'ATA_PIIX'],
  },
  xen_blkfront: {
    kind: 'disk',
    kernel: 'cloud',
    arches: XEN,
    devices: {'xen:vbd': 'Xen disk'},
    options: [...XEN_GUEST, 'XEN_BLKDEV_FRONTEND'],
  },
  hv_storvsc: {
    kind: 'disk',
    kernel: 'cloud',
    arches: HYPERV,
    devices: {'vmbus:d96361baa104294db60572e2ffb1dc7f': 'Hyper-V SCSI'},
    options: [...HYPERV_GUEST, 'HYPERV_STORAGE'],
  },
  virtio_net: {
    kind: 'card',
    kernel: 'cloud',
    early: true, // it waits in memory where /usr would have to be unpacked for it
    devices: {'virtio:d00000001': 'virtio network card'},
    options: ['VIRTIO_NET'],
  },
  ena: {
    kind: 'card',
    kernel: 'cloud',
    arches: AMAZON,
    devices: {'1d0f:ec20': 'Amazon ENA'},
    options: ['NET_VENDOR_AMAZON', 'ENA_ETHERNET'],
  },
  gve: {
    kind: 'card',
    kernel: 'cloud',
    arches: GOOGLE,
    devices: {'1ae0:0042': 'Google gVNIC'},
    options: ['NET_VENDOR_GOOGLE', 'GVE'],
  },
  hv_netvsc: {
    kind: 'card',
    kernel: 'cloud',
    arches: HYPERV,
    devices: {'vmbus:635161f83edfc546913ff2d2f965ed0e': 'Hyper-V network card'},
    options: [...HYPERV_GUEST, 'HYPERV_NET'],
  },
  xen_netfront: {
    kind: 'card',
    kernel: 'cloud',
    arches: XEN,
    devices: {'xen:vif': 'Xen network card'},
    options: [...XEN_GUEST, 'XEN_NETDEV_FRONTEND'],
  },
  vmxnet3: {
    kind: 'card',
    kernel: 'cloud',
    arches: VMWARE,
    devices: {'15ad:07b0': 'VMware VMXNET3'},
    options: ['VMXNET3'],
  },
  hv_utils: {
    kind: 'other',
    kernel: 'cloud',
    arches: HYPERV,
    options: [...HYPERV_GUEST, 'CONNECTOR', 'PTP_1588_CLOCK', 'HYPERV_UTILS'],
  },
  virtio_rng: {kind: 'other', kernel: 'cloud', options: ['HW_RANDOM_VIRTIO']},
  virtio_balloon: {kind: 'other', kernel: 'cloud', options: ['VIRTIO_BALLOON']},

  vmw_pvscsi: {
    kind: 'disk',
    kernel: 'cloud',
    arches: X86,
    devices: {'15ad:07c0': 'VMware PVSCSI'},
    options: ['VMWARE_PVSCSI'],
  },
  mptspi: {
    kind: 'disk',
    kernel: 'generic',
    arches: OLD_PCI,
    devices: {'1000:0030': 'LSI Logic 53c1030'},
    options: [...FUSION, 'FUSION_SPI'],
  },
  mptsas: {
    kind: 'disk',
    kernel: 'generic',
    arches: OLD_PCI,
    devices: {'1000:0054': 'LSI Logic SAS1068'},
    options: [...FUSION, 'FUSION_SAS'],
  },
  sym53c8xx: {
    kind: 'disk',
    kernel: 'generic',
    devices: {'1000:0012': 'LSI Logic 53C895A'},
    options: ['SCSI_SYM53C8XX_2'],
  },
  megaraid_sas: {
    kind: 'disk',
    kernel: 'generic',
    devices: {'1000:0060': 'LSI MegaRAID SAS 1078', '1000:0079': 'LSI MegaRAID SAS 2108'},
    options: ['MEGARAID_SAS'],
  },
  BusLogic: {
    kind: 'disk',
    kernel: 'cloud',
    arches: X86,
    devices: {'104b:1040': 'BusLogic BT-946C'},
    options: ['SCSI_BUSLOGIC'],
  },

  e1000: {
    kind: 'card',
    kernel: 'generic',
    arches: OLD_PCI,
    devices: {
      '8086:100e': 'Intel 82540EM',
      '8086:100f': 'Intel 82545EM',
      '8086:1004': 'Intel 82543GC',
      '8086:1008': 'Intel 82544EI',
    },
    options: [...INTEL_CARD, 'E1000'],
  },
  e1000e: {
    kind: 'card',
    kernel: 'generic',
    devices: {'8086:10d3': 'Intel 82574L'},
    options: [...INTEL_CARD, 'E1000E'],
  },
  igb: {
    kind: 'card',
    kernel: 'generic',
    devices: {'8086:10c9': 'Intel 82576'},
    options: [...INTEL_CARD, 'IGB'],
  },
  igbvf: {
    kind: 'card',
    kernel: 'generic',
    devices: {'8086:10ca': 'Intel 82576 virtual function'},
    options: [...INTEL_CARD, 'IGBVF'],
  },
  '8139cp': {
    kind: 'card',
    kernel: 'generic',
    arches: OLD_PCI,
    devices: {'10ec:8139': 'Realtek RTL8139'},
    options: ['NET_VENDOR_REALTEK', '8139CP'],
  },
  '8139too': {
    kind: 'card',
    kernel: 'generic',
    arches: OLD_PCI,
    options: ['NET_VENDOR_REALTEK', '8139TOO'],
  },
  ne2k_pci: {
    kind: 'card',
    kernel: 'generic',
    arches: OLD_PCI,
    devices: {'10ec:8029': 'Realtek RTL8029 (NE2000)'},
    options: ['NET_VENDOR_NATSEMI', 'NET_VENDOR_8390', 'NE2K_PCI'],
  },
  pcnet32: {
    kind: 'card',
    kernel: 'generic',
    devices: {'1022:2000': 'AMD PCnet'},
    options: ['NET_VENDOR_AMD', 'PCNET32'],
  },

  xhci_pci: {
    kind: 'bus',
    kernel: 'generic',
    devices: {
      '1b36:000d': 'QEMU USB 3 (xHCI)',
      '1033:0194': 'NEC USB 3 (xHCI)',
      '8086:1e31': 'Intel 7 Series USB 3 (xHCI)',
      '15ad:0779': 'VMware USB 3 (xHCI)',
    },
    options: [...USB, 'USB_XHCI_HCD'],
  },
  ehci_pci: {
    kind: 'bus',
    kernel: 'generic',
    arches: OLD_PCI,
    devices: {
      '8086:24cd': 'Intel ICH4 USB 2 (EHCI)',
      '8086:265c': 'Intel ICH6 USB 2 (EHCI)',
      '8086:293a': 'Intel ICH9 USB 2 (EHCI)',
      '15ad:0770': 'VMware USB 2 (EHCI)',
    },
    options: [...USB, 'USB_EHCI_HCD'],
  },
  uhci_hcd: {
    kind: 'bus',
    kernel: 'generic',
    arches: X86,
    devices: {
      '8086:7020': 'Intel PIIX3 USB 1 (UHCI)',
      '8086:7112': 'Intel PIIX4 USB 1 (UHCI)',
      '8086:2934': 'Intel ICH9 USB 1 (UHCI)',
      '15ad:0774': 'VMware USB 1 (UHCI)',
    },
    options: [...USB, 'USB_UHCI_HCD'],
  },
  usb_storage: {kind: 'disk', kernel: 'generic', options: [...USB, 'USB_STORAGE']},
  uas: {kind: 'disk', kernel: 'generic', options: [...USB, 'USB_STORAGE', 'USB_UAS']},
  usbhid: {kind: 'other', kernel: 'generic', options: [...USB, 'HID_SUPPORT', 'HID', 'USB_HID']},
  hid_generic: {kind: 'other', kernel: 'generic', options: ['HID_SUPPORT', 'HID', 'HID_GENERIC']},
} as const satisfies Readonly<Record<string, Driver>>;

export type DriverName = keyof typeof DRIVERS;

/** What `hardware:` of a definition names. A new kind of machine is a row here, and what drives it a row above. */
export const HARDWARE = {
  cloud: {
    shownBy:
      'KVM, Xen, Hyper-V and the clouds made of them: virtio, NVMe, SATA, IDE, and cards of Amazon, Google, VMware',
    drivers: [
      'virtio_pci',
      'virtio_blk',
      'virtio_scsi',
      'nvme',
      'ahci',
      'ata_piix',
      'xen_blkfront',
      'hv_storvsc',
      'virtio_net',
      'ena',
      'gve',
      'hv_netvsc',
      'xen_netfront',
      'vmxnet3',
      'hv_utils',
      'virtio_rng',
      'virtio_balloon',
    ],
  },
  vmware: {
    shownBy: 'VMware (ESXi, Workstation, Fusion)',
    drivers: ['nvme', 'ahci', 'ata_piix', 'vmw_pvscsi', 'mptspi', 'mptsas', 'vmxnet3', 'e1000', 'e1000e'],
  },
  virtualbox: {
    shownBy: 'VirtualBox',
    drivers: [
      'virtio_pci',
      'virtio_blk',
      'virtio_scsi',
      'nvme',
      'ahci',
      'ata_piix',
      'mptspi',
      'mptsas',
      'BusLogic',
      'virtio_net',
      'e1000',
      'pcnet32',
    ],
  },
  legacy: {
    shownBy:
      "QEMU's older models, which OpenStack (`hw_vif_model`, `hw_scsi_model`), libvirt and Proxmox may be asked for",
    drivers: [
      'ahci',
      'ata_piix',
      'vmw_pvscsi',
      'mptsas',
      'sym53c8xx',
      'megaraid_sas',
      'vmxnet3',
      'e1000',
      'e1000e',
      'igb',
      'igbvf',
      '8139cp',
      '8139too',
      'ne2k_pci',
      'pcnet32',
    ],
  },
  usb: {
    shownBy: 'any: disks on USB, root too, and keyboards',
    drivers: ['xhci_pci', 'ehci_pci', 'uhci_hcd', 'usb_storage', 'uas', 'usbhid', 'hid_generic'],
  },
} as const satisfies Readonly<Record<string, HardwareRow>>;

export type HardwareName = keyof typeof HARDWARE;

export const HARDWARE_NAMES = Object.keys(HARDWARE) as [HardwareName, ...HardwareName[]];

/** What an architecture needs for these rows, each driver once. */
export function driversOf(
  hardware: readonly HardwareName[],
  arch: ArchitectureName,
): readonly (Driver & {readonly name: DriverName})[] {
  const names = new Set(hardware.flatMap((row): readonly DriverName[] => HARDWARE[row].drivers));
  return [...names]
    .map((name) => ({name, ...(DRIVERS[name] as Driver)}))
    .filter(({arches}) => arches?.includes(arch) ?? true);
}

/** Whether the initramfs has a driver, rather than /usr. */
export function isInInitramfs({kind, early}: Driver): boolean {
  return kind === 'disk' || kind === 'bus' || early === true;
}

/** The rows that bring a driver. */
export function rowsWith(driver: DriverName): readonly HardwareName[] {
  return HARDWARE_NAMES.filter((row) => (HARDWARE[row].drivers as readonly DriverName[]).includes(driver));
}
