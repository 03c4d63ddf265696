import {ARCHITECTURES, type ArchitectureName} from '../core/architecture.ts';
import {quote} from '../system/run.ts';
import type {BootPath, DiskBus, MachineSpec, SeedFolder} from './machine-spec.ts';
import {networkArgs} from './qemu-network.ts';
import {comma, MICROVM, type VirtioBus} from './qemu-words.ts';

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

/** The QEMU program for an architecture. */
export function qemuProgram(arch: ArchitectureName): string {
  return ARCHITECTURES[arch].qemu.program;
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
      spec.cpu ?? ARCHITECTURES[arch].qemu.cpu[accelerator],
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
    ...networkArgs(spec, virtio),
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
