import {architectureNames} from '../core/architecture.ts';
import {parseSize} from '../core/size.ts';
import type {ImageDefinition, ImageFile, PackageChoice} from './image.ts';

/** What reaches a disk on the hypervisors there are. What the kernel has built in needs no name here. */
const BOOT_MODULES = [
  'virtio_blk',
  'virtio_scsi',
  'sd_mod',
  'ahci',
  'ata_piix',
  'xen_blkfront',
  'hv_storvsc',
  'overlay',
  'virtio_net', // needs no disk, but waits in memory where /usr would have to be unpacked for it
  'loop',
];

/** What a cloud guest meets after that: network cards, seeds on disks, the power button, entropy, VLANs. */
const USR_MODULES = [
  'virtio_rng',
  'virtio_balloon',
  'ena',
  'gve',
  'hv_netvsc',
  'hv_utils',
  'xen_netfront',
  'vmxnet3',
  'sr_mod',
  'isofs',
  'vfat',
  'nls_cp437',
  'nls_ascii',
  'nls_iso8859_1',
  'nls_utf8',
  '8021q',
  'button',
  'evdev',
];

/** Fills a definition up with what leanos takes where the file is silent. */
export function withDefaults(name: string, file: ImageFile): ImageDefinition {
  return {
    name,
    description: file.description ?? '',
    base: file.base ?? 'debian',
    arches: file.arches ?? architectureNames(),
    suite: file.suite ?? 'trixie',
    packages: packageChoices(file.packages ?? []),
    busybox: file.busybox ?? 'static',
    kernel: {package: file.kernel?.package, commandLine: file.kernel?.commandLine ?? ''},
    modules: {
      boot: unique([...BOOT_MODULES, ...(file.modules?.boot ?? [])]),
      usr: unique([...USR_MODULES, ...(file.modules?.usr ?? [])]),
    },
    initramfs: {compression: file.initramfs?.compression ?? 'zstd'},
    usr: {
      format: file.usr?.format ?? 'squashfs',
      compression: file.usr?.compression ?? 'zstd',
      blockBytes: bytes(file.usr?.blockSize ?? '256KiB'),
    },
    disk: {
      espBytes: bytes(file.disk?.esp ?? '40MiB'),
      usrBytes: bytes(file.disk?.usr ?? '24MiB'),
      stateBytes: bytes(file.disk?.state ?? '32MiB'),
    },
    hostname: file.hostname ?? 'leanos',
    login: {
      user: file.login?.user ?? 'leanos',
      shell: file.login?.shell ?? '/bin/sh',
      passwordHash: file.login?.passwordHash ?? null,
      sudo: file.login?.sudo ?? true,
    },
    datasources: {
      list: file.datasources?.list ?? ['nocloud', 'configdrive', 'openstack', 'ec2'],
      deadlineSeconds: file.datasources?.deadlineSeconds ?? 10,
    },
    updates: file.updates ?? 'stage',
    formats: file.formats ?? ['qcow2'],
    systemUsers: file.systemUsers ?? [],
    contracts: file.contracts ?? [],
    overlays: file.overlays ?? [],
  };
}

/** One choice for each package, in the order of first mention; what is said last of a package counts. */
function packageChoices(choices: NonNullable<ImageFile['packages']>): PackageChoice[] {
  const named = choices.map((choice) => (typeof choice === 'string' ? {name: choice} : choice));
  return [...new Map(named.map((choice) => [choice.name, choice])).values()];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function bytes(size: string): number {
  const value = parseSize(size);
  if (value === undefined) throw new Error(`${size} is no size`);
  return value;
}
