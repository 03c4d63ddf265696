import type {FormatName} from '../stages/format/image-formats.ts';

/** What the tests do with a format that this machine, or any, can do. They compare themselves with it. */
export interface TriedFormat {
  /** Programs that open its files (test/tools/formats.test.ts, tree-formats.test.ts). */
  readonly opened: readonly string[];
  /** What QEMU does with it (test/boot/formats.test.ts, formats-from-ram.test.ts). */
  readonly started?: readonly string[];
  /** Takers that no test runs, and why. */
  readonly notRun?: Readonly<Record<string, string>>;
}

/** What QEMU does with a disk. */
export const FROM_ITS_DISK = 'starts from it';

const CLOUD = 'a cloud, where no test has an account';
const HOST = 'the system of a host of its own';
const NOT_PACKAGED = "not in Debian's main archive";
const QEMU_INSIDE = 'starts QEMU, which is run';
const OPENSTACK = 'wants an installation of OpenStack';
const RUNTIME = 'take the cgroups of a host; crun is what runs the containers of podman';

/** How each format is tried. */
export const TRIED_FORMATS: Readonly<Record<FormatName, TriedFormat>> = {
  qcow2: {
    opened: ['qemu-img'],
    started: [FROM_ITS_DISK],
    notRun: {'libvirt, Proxmox': QEMU_INSIDE, OpenStack: OPENSTACK},
  },
  raw: {
    opened: ['sgdisk'],
    started: [FROM_ITS_DISK],
    notRun: {Vultr: CLOUD, libvirt: QEMU_INSIDE, Xen: HOST},
  },
  'raw.gz': {opened: ['gzip'], notRun: {'DigitalOcean, UpCloud': CLOUD, SmartOS: HOST}},
  'raw.zst': {opened: ['zstd'], notRun: {Hetzner: CLOUD}},
  'raw.xz': {opened: ['xz'], notRun: {'Hetzner, UpCloud': CLOUD}},
  vmdk: {
    opened: ['qemu-img'],
    started: [FROM_ITS_DISK],
    notRun: {'vSphere, ESXi': HOST, 'Amazon EC2': CLOUD},
  },
  ova: {
    opened: ['tar', 'sha256sum', 'xmllint', 'python3', 'qemu-img'],
    notRun: {vSphere: HOST, 'Workstation, Fusion, VirtualBox': NOT_PACKAGED},
  },
  vhd: {
    opened: ['qemu-img'],
    started: [FROM_ITS_DISK],
    notRun: {'Azure, Amazon EC2': CLOUD, 'XCP-ng, Hyper-V': HOST},
  },
  vhdx: {opened: ['qemu-img'], started: [FROM_ITS_DISK], notRun: {'Hyper-V': HOST}},
  gce: {
    opened: ['tar', 'gzip', 'sgdisk', 'sfdisk'],
    started: [FROM_ITS_DISK],
    notRun: {'Google Compute Engine': CLOUD},
  },
  ec2: {opened: ['qemu-img'], notRun: {'Amazon EC2': CLOUD}},
  ironic: {
    opened: ['e2fsck', 'debugfs', 'chroot'],
    started: ['UEFI starts it from a disk as its agent makes one'],
    notRun: {Ironic: `${OPENSTACK}, and servers`},
  },
  wic: {opened: ['bmaptool', 'sfdisk']},
  'vagrant-libvirt': {
    opened: ['vagrant', 'tar', 'ruby', 'qemu-img', 'mdir'],
    notRun: {'vagrant up': 'wants the daemon of libvirt, and KVM'},
  },
  'vagrant-virtualbox': {
    opened: ['vagrant', 'tar', 'ruby', 'xmllint', 'python3', 'qemu-img'],
    notRun: {VirtualBox: NOT_PACKAGED},
  },
  oci: {
    opened: ['skopeo', 'tar', 'umoci', 'crun'],
    notRun: {'podman, Docker, Kubernetes': RUNTIME},
  },
  containerdisk: {
    opened: ['skopeo', 'tar', 'umoci', 'qemu-img'],
    notRun: {'KubeVirt, Harvester': 'want a cluster of Kubernetes'},
  },
  lxc: {opened: ['lxc-create', 'lxc-start', 'lxc-attach']},
  incus: {
    opened: ['tar', 'python3', 'unsquashfs'],
    notRun: {
      'the daemons of Incus and LXD':
        'they take the cgroups and mounts of a host; their clients list it and fetch its files (test/tools/streams.test.ts)',
    },
  },
  uec: {opened: ['tar', 'file'], notRun: {devstack: OPENSTACK}},
  pxe: {opened: [], started: ['iPXE loads the script, and kernel and initramfs beside it, over HTTP']},
  firecracker: {
    opened: ['python3', 'readelf', 'qemu-img'],
    started: ["QEMU's microvm starts the same files"],
    notRun: {firecracker: `needs /dev/kvm, and is ${NOT_PACKAGED}`},
  },
  unified: {opened: ['objdump'], started: ['UEFI starts the one file from a folder']},
  iso: {
    opened: ['xorriso'],
    started: ['a BIOS starts it from a CD, and a seed beside it is read', 'UEFI starts it from a USB disk'],
  },
};
