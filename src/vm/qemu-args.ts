import {ARCHITECTURES, type ArchitectureName} from '../core/architecture.ts';
import type {ArchitectureRow} from '../core/architecture-row.ts';
import {quote} from '../system/run.ts';
import type {DiskDriver} from '../stages/format/image-formats.ts';

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

/** The controllers of a bus, and the disk on it. VIRTIO is what virtio devices hang on. */
const DISKS: Readonly<Record<DiskBus, readonly string[]>> = {
  virtio: ['virtio-blk-VIRTIO'],
  nvme: ['nvme,serial=root'],
  scsi: ['virtio-scsi-VIRTIO,id=scsi', 'scsi-hd,bus=scsi.0'],
  sata: ['ich9-ahci,id=sata', 'ide-hd,bus=sata.0'],
  ide: ['piix3-ide,id=ide', 'ide-hd,bus=ide.0'],
  pvscsi: ['pvscsi,id=scsi', 'scsi-hd,bus=scsi.0'],
  lsi: ['lsi53c895a,id=scsi', 'scsi-hd,bus=scsi.0'],
  mptsas: ['mptsas1068,id=scsi', 'scsi-hd,bus=scsi.0,wwn=0x5000c50015ea71ad'], // a SAS disk without a name is none
  megasas: ['megasas,id=scsi', 'scsi-hd,bus=scsi.0'],
  usb: ['qemu-xhci,id=usb', 'usb-storage,bus=usb.0'],
  uas: ['qemu-xhci,id=usb', 'usb-uas,bus=usb.0,id=uas', 'scsi-hd,bus=uas.0'],
  ehci: ['usb-ehci,id=usb', 'usb-storage,bus=usb.0'],
};

export type Accelerator = 'kvm' | 'tcg';

/** QEMU's smallest machine, which has no PCI. */
const MICROVM = {machine: 'microvm,acpi=on', virtio: 'device'} as const;

/** What virtio devices hang on. */
type VirtioBus = (typeof MICROVM)['virtio'] | ArchitectureRow['qemu']['virtio'];

/** The QEMU program for an architecture. */
export function qemuProgram(arch: ArchitectureName): string {
  return ARCHITECTURES[arch].qemu.program;
}

/** The processor to ask QEMU for. */
export function qemuCpu(arch: ArchitectureName, accelerator: Accelerator): string {
  return ARCHITECTURES[arch].qemu.cpu[accelerator];
}

/** The whole command line that starts a machine: see qemu(1). */
export function qemuCommand(spec: MachineSpec): [string, ...string[]] {
  const {control, log} = spec;
  const multiplexed = spec.console === 'attached' ? ',mux=on' : '';
  return [
    ...machineCommand(spec),
    ...[
      '-chardev',
      `stdio,id=console,signal=off,logappend=on,logfile=${comma(log)}${multiplexed}`,
      '-serial',
      'chardev:console',
    ],
    ...(spec.secondSerial === undefined ? [] : ['-serial', spec.secondSerial]),
    ...(spec.console === 'attached' ? ['-mon', 'chardev=console'] : []),
    ...(spec.restoredFrom === undefined ? [] : ['-incoming', `exec:cat ${quote([spec.restoredFrom])}`]),
    ...['-qmp', `unix:${comma(control)},server=on,wait=off`],
  ];
}

/** What starts the same by hand, with the console in the terminal: it needs none of what leanos made, and keeps nothing. */
export function repeatCommand(spec: MachineSpec): [string, ...string[]] {
  const {disk, boot} = spec;
  const again = {
    ...spec,
    disk: disk === undefined ? undefined : {...disk, ...disk.base, discarded: true, writeLog: undefined},
    boot: 'variables' in boot && boot.template !== undefined ? {...boot, variables: boot.template} : boot,
  };
  return [...machineCommand(again), '-serial', 'mon:stdio'];
}

/** All of a machine but where its console leads. */
function machineCommand(spec: MachineSpec): [string, ...string[]] {
  const {arch, accelerator, memoryMib, boot, disk, seed} = spec;
  const {program, ...qemu} = ARCHITECTURES[arch].qemu;
  const {machine, virtio} = boot.firmware === 'microvm' ? MICROVM : qemu;
  // SeaBIOS takes the wrapping of long lines away from a terminal, and does not give it back.
  const talks = spec.console === 'piped' && machine === qemu.machine ? qemu.firmwareTalks : '';
  const root = disk === undefined ? [] : diskArgs(disk, boot, virtio);
  return [
    program,
    ...[
      '-machine',
      `${machine}${talks},accel=${accelerator}${spec.share === undefined ? '' : ',memory-backend=memory'}`,
      '-cpu',
      qemuCpu(arch, accelerator),
      '-m',
      String(memoryMib),
    ],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...bootArgs(boot),
    ...(disk?.last === true ? [] : root),
    ...(seed === undefined ? [] : seedArgs(seed, virtio)),
    ...(spec.disc === undefined ? [] : discArgs(spec.disc, virtio)),
    ...(spec.share === undefined ? [] : shareArgs(spec.share, memoryMib, virtio)),
    ...(spec.extraDisks ?? []).flatMap((extra, index) => extraDiskArgs(extra, index, virtio)),
    ...(disk?.last === true ? root : []),
    ...smbiosArgs(spec.smbios ?? {}),
    ...['-netdev', `user,id=net${forwards(spec)}${metadataNetwork(spec.metadata)}`],
    ...(spec.capture === undefined
      ? []
      : ['-object', `filter-dump,id=capture,netdev=net,file=${comma(spec.capture)}`]),
    ...cardArgs(virtio, {model: spec.card, netdev: 'net', mac: spec.sharedNetwork?.ownMac}),
    ...(spec.extraCards ?? []).flatMap((card, index) => extraCardArgs(card, index, virtio)),
    ...(spec.sharedNetwork === undefined ? [] : sharedNetworkArgs(spec.sharedNetwork, virtio)),
    ...['-device', `virtio-rng-${virtio}`],
    ...(spec.exitPort === true ? ['-device', 'isa-debug-exit'] : []),
    ...(spec.generationId === true ? ['-device', 'vmgenid,guid=auto'] : []),
  ];
}

function bootArgs(boot: BootPath): string[] {
  switch (boot.firmware) {
    case 'direct':
    case 'microvm':
      return [
        ...['-kernel', boot.kernel],
        ...(boot.initramfs === '' ? [] : ['-initrd', boot.initramfs]),
        ...['-append', boot.commandLine],
      ];
    case 'bios':
    case 'openfirmware':
      return [];
    case 'uefi':
      if ('loader' in boot) return ['-kernel', boot.loader];
      return [
        ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${comma(boot.code)}`],
        ...[
          '-drive',
          `if=pflash,format=raw,unit=1,${boot.variables === boot.template ? 'snapshot=on,' : ''}file=${comma(boot.variables)}`,
        ],
      ];
  }
}

/** The root disk comes first, also for a firmware that sees a seed beside it. (-kernel takes index 0 for itself.) */
function diskArgs(
  {path, format, readOnly, discarded, writeLog, bus = 'virtio'}: NonNullable<MachineSpec['disk']>,
  boot: BootPath,
  virtio: VirtioBus,
): string[] {
  const first = boot.firmware === 'direct' || 'loader' in boot ? '' : ',bootindex=0';
  const chain = DISKS[bus].map((device) => device.replace('VIRTIO', virtio));
  const controllers = chain.slice(0, -1).flatMap((device) => ['-device', device]);
  const devices = [...controllers, '-device', `${chain.at(-1) ?? ''},drive=root${first}`];
  if (writeLog !== undefined) {
    const file = (role: string, name: string): string =>
      `${role}.driver=file,${role}.filename=${comma(name)}`;
    const image = `file.driver=${format},${file('file.file', path)}`;
    return [
      ...['-blockdev', `driver=blklogwrites,node-name=root,${image},${file('log', writeLog)}`],
      ...devices,
    ];
  }
  return [
    ...[
      '-drive',
      `if=none,id=root,format=${format},discard=unmap,readonly=${readOnly === true ? 'on' : 'off'}${discarded === true ? ',snapshot=on' : ''},file=${comma(path)}`,
    ],
    ...devices,
  ];
}

function seedArgs(seed: string | SeedFolder, virtio: VirtioBus): string[] {
  const drive =
    typeof seed === 'string'
      ? ['-drive', `if=none,id=seed,format=raw,readonly=on,file=${comma(seed)}`]
      : [
          '-blockdev',
          `driver=vvfat,node-name=seed,read-only=on,floppy=on,label=${seed.label},dir=${comma(seed.folder)}`,
        ];
  return [...drive, '-device', `virtio-blk-${virtio},drive=seed`];
}

function discArgs(path: string, virtio: VirtioBus): string[] {
  return [
    ...['-drive', `if=none,id=disc,format=raw,media=cdrom,readonly=on,file=${comma(path)}`],
    ...['-device', `virtio-scsi-${virtio},id=discs`, '-device', 'scsi-cd,bus=discs.0,drive=disc'],
  ];
}

/** The daemon reads and writes the guest's memory: https://virtio-fs.gitlab.io/howto-qemu.html. */
function shareArgs(
  {socket, name}: NonNullable<MachineSpec['share']>,
  memoryMib: number,
  virtio: VirtioBus,
): string[] {
  return [
    ...['-object', `memory-backend-memfd,id=memory,size=${memoryMib}M,share=on`],
    ...['-chardev', `socket,id=share,path=${comma(socket)}`],
    ...['-device', `vhost-user-fs-${virtio},chardev=share,tag=${name}`],
  ];
}

function extraDiskArgs(
  {path, serial}: {path: string; serial: string},
  index: number,
  virtio: VirtioBus,
): string[] {
  return [
    ...['-drive', `if=none,id=extra${index},format=raw,file=${comma(path)}`],
    ...['-device', `virtio-blk-${virtio},drive=extra${index},serial=${serial}`],
  ];
}

function forwards({sshPort, guestSshPort = 22, ports = []}: MachineSpec): string {
  const all = [{host: sshPort, guest: guestSshPort}, ...ports];
  return all.map(({host, guest}) => `,hostfwd=tcp:127.0.0.1:${host}-:${guest}`).join('');
}

/** A network card. Nothing boots from the network, for which QEMU would bring a ROM to those on PCI. */
function cardArgs(
  virtio: VirtioBus,
  {model, netdev, mac}: {model?: CardModel | undefined; netdev: string; mac?: string | undefined},
): string[] {
  const device = model ?? `virtio-net-${virtio}`;
  const onPci = model !== undefined || virtio === 'pci';
  return [
    '-device',
    `${device},netdev=${netdev}${mac === undefined ? '' : `,mac=${mac}`}${onPci ? ',romfile=' : ''}`,
  ];
}

/** 230.0.0.1 is the group of QEMU's own examples; its packets stay on this host. */
function sharedNetworkArgs(
  {mac, port}: NonNullable<MachineSpec['sharedNetwork']>,
  virtio: VirtioBus,
): string[] {
  return [
    ...['-netdev', `socket,id=shared,mcast=230.0.0.1:${port},localaddr=127.0.0.1`],
    ...cardArgs(virtio, {netdev: 'shared', mac}),
  ];
}

function extraCardArgs(
  {mac, model, cable}: {mac: string; model?: CardModel; cable?: Cable},
  index: number,
  virtio: VirtioBus,
): string[] {
  const network =
    cable === undefined
      ? `user,id=net${index + 1},net=10.0.${3 + index}.0/24`
      : `socket,id=net${index + 1},udp=127.0.0.1:${cable.to},localaddr=127.0.0.1:${cable.from}`;
  return [...['-netdev', network], ...cardArgs(virtio, {model, netdev: `net${index + 1}`, mac})];
}

/** Fields of other tables than the system's: which table, and the field's name there. */
const OTHER_TABLES: Readonly<Record<string, string>> = {
  boardProduct: 'type=2,product',
  chassisAsset: 'type=3,asset',
};

function smbiosArgs(fields: Readonly<Record<string, string>>): string[] {
  const given = Object.entries(fields);
  const system = given.filter(([name]) => OTHER_TABLES[name] === undefined);
  const others = given.filter(([name]) => OTHER_TABLES[name] !== undefined);
  return [
    ...(system.length === 0
      ? []
      : ['-smbios', ['type=1', ...system.map(([name, value]) => `${name}=${comma(value)}`)].join(',')]),
    ...others.flatMap(([name, value]) => ['-smbios', `${OTHER_TABLES[name] ?? ''}=${comma(value)}`]),
  ];
}

/** QEMU answers for the addresses of its own network only, so that becomes one with those of the metadata service. */
function metadataNetwork(metadata: MachineSpec['metadata']): string {
  if (metadata === undefined) return '';
  if (metadata === 'swallowed') return ',restrict=on';
  const at = metadata.at ?? ['169.254.169.254:80'];
  const [first = 0, ...others] = at.map((place) => toNumber(place.replace(/:.*/, '')));
  // As many bits as all have in common, and no more than leave room for the machine's own address.
  let bits = 24;
  while (others.some((other) => first >>> (32 - bits) !== other >>> (32 - bits))) bits -= 1;
  const own = (last: number): string => toDotted(((first & ~255) | last) >>> 0);
  const net = toDotted((first & (-1 << (32 - bits))) >>> 0);
  const forwards = at.map((place) => `guestfwd=tcp:${place}-cmd:${comma(metadata.command)}`);
  const restriction = metadata.only === true ? ',restrict=on' : '';
  return `${restriction},net=${net}/${bits},host=${own(2)},dns=${own(3)},dhcpstart=${own(15)},${forwards.join(',')}`;
}

/** An IPv4 address as a number, and back. */
function toNumber(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function toDotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** A comma in a value of a QEMU option is written twice. */
function comma(value: string): string {
  return value.replaceAll(',', ',,');
}
