// How long from QEMU's start to a completed ssh login with a key, against other images: on the same kernel CirrOS, and the disk that
// mmdebstrap makes, without cloud-init and with it; and the disk that mkosi makes, which has its own kernel and bootloader.
// npm run bench -- others [--rootfs cirros-0.5.3-x86_64-lxc.tar.xz] [--rounds 3]
// https://github.com/cirros-dev/cirros/releases has the file; without it CirrOS is not measured.
import {statSync} from 'node:fs';
import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {BootableImage, BootOptions, Firmware} from '../src/vm/boot-image.ts';
import {generateSshKey} from '../src/vm/ssh.ts';
import type {Credential} from '../src/vm/ssh-login.ts';
import {writeCirros, writeCirrosSeed} from './cirros.ts';
import {
  context,
  loginSeconds,
  median,
  numberArgument,
  printTable,
  testGuest,
  textArgument,
  warmMemory,
} from './lab.ts';
import {writeMkosiDisk} from './mkosi.ts';
import {bootablePeer, peerTool, writePeer, writeServingPeer} from './peer.ts';

/** The memory of a machine whose initramfs is mkosi's own. */
const MKOSI_MIB = 1024;

const rounds = numberArgument('--rounds', 3);
const rootfs = textArgument('--rootfs', '');
await using guest = await testGuest();
const {image, built} = guest;
const options = {memoryMib: 256, accelerator: guest.accelerator, run: guest.run};
const key = generateSshKey('bench');
const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};
const own = {user: built.prepared.request.image.login.user, privateKey: key.privateKey};

/** An image to compare with, on a path. */
interface Other {
  readonly name: string;
  readonly firmware: Firmware;
  readonly image: BootableImage;
  readonly login: Credential & {readonly user: string};
  readonly boot: Partial<BootOptions>;
  /** A disk with its root, which a boot changes. */
  readonly rootDisk?: string;
  /** MiB of its disk as qcow2, compressed, where it is made here. */
  readonly diskMib?: number;
  readonly goal?: string;
}

/** CirrOS in RAM, which is its shortest, and with its root on a disk, which its images have. */
async function cirros(): Promise<Other[]> {
  const {initramfs, disk} = await writeCirros(guest, rootfs);
  const {seed: drive, ...login} = await writeCirrosSeed(guest);
  const common = {
    image: {...image, initramfs, disk: {path: disk, format: 'raw'}} as const,
    login,
    goal: '≤ 0.33',
  };
  return [
    {
      ...common,
      name: 'direct, CirrOS in RAM',
      firmware: 'direct',
      boot: {seed: drive, kernelWords: 'rdroot'},
    },
    {...common, name: 'direct, CirrOS on its disk', firmware: 'direct', boot: {seed: drive}, rootDisk: disk},
    {...common, name: 'BIOS, CirrOS', firmware: 'bios', boot: {seed: drive}},
  ];
}

/** What cloud images are made of: systemd, OpenSSH, and cloud-init that lets the key in; without ip(8) it brings up no network. */
async function cloudInit(): Promise<Other> {
  const folder = join(guest.folder, 'cloud-init');
  await mkdir(folder);
  const peer = await writeServingPeer(folder, ['cloud-init', 'iproute2', 'openssh-server']);
  const {boot, ...bootable} = bootablePeer(image, peer.root, '/sbin/init');
  return {
    name: 'direct, mmdebstrap disk with systemd, OpenSSH and cloud-init',
    firmware: 'direct',
    login: {user: 'debian', privateKey: key.privateKey},
    rootDisk: peer.disk,
    diskMib: packedMib(peer.disk),
    ...bootable,
    boot: {...boot, seed},
  };
}

async function mmdebstrap(): Promise<Other> {
  const folder = join(guest.folder, 'peer');
  await mkdir(folder);
  const peer = await writePeer(folder, key.publicKey);
  return {
    name: 'direct, mmdebstrap disk',
    firmware: 'direct',
    login: {user: 'root', privateKey: key.privateKey},
    rootDisk: peer.disk,
    diskMib: packedMib(peer.disk),
    ...bootablePeer(image, peer.root),
  };
}

async function mkosi(): Promise<Other> {
  const folder = join(guest.folder, 'mkosi');
  await mkdir(folder);
  const disk = await writeMkosiDisk(folder, key.publicKey);
  return {
    name: 'UEFI, mkosi disk with systemd and OpenSSH',
    firmware: 'uefi',
    login: {user: 'root', privateKey: key.privateKey},
    image: {...image, disk: {path: disk, format: 'raw'}},
    boot: {memoryMib: MKOSI_MIB},
    diskMib: packedMib(disk),
  };
}

/** The MiB of a raw disk as qcow2, compressed. */
function packedMib(disk: string): number {
  const packed = `${disk}.qcow2`;
  peerTool('qemu-img', 'convert', '-c', '-O', 'qcow2', disk, packed);
  return statSync(packed).size / 2 ** 20;
}

/** Each boot in a folder of its own, so that each is a first boot. */
async function inFolder(work: (folder: string) => Promise<number>): Promise<number> {
  const folder = join(guest.folder, 'machine');
  await mkdir(folder);
  await warmMemory(guest.run);
  try {
    return await work(folder);
  } finally {
    await rm(folder, {recursive: true});
  }
}

async function otherSeconds(other: Other, folder: string): Promise<number> {
  const path = join(folder, 'root.raw');
  if (other.rootDisk !== undefined) await guest.run(['cp', '--sparse=always', other.rootDisk, path]);
  const extraDisks = other.rootDisk === undefined ? [] : [{path, serial: 'root'}];
  const {firmware, boot} = other;
  return loginSeconds(other.image, {...options, firmware, folder, extraDisks, ...boot}, other.login);
}

const rows: string[][] = [];
const others = [
  ...(rootfs === '' ? [] : await cirros()),
  await mmdebstrap(),
  await cloudInit(),
  await mkosi(),
];
for (const other of others) {
  const {firmware, name, diskMib, goal = ''} = other;
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await inFolder((folder) => loginSeconds(image, {...options, firmware, folder, seed}, own)));
    theirs.push(await inFolder((folder) => otherSeconds(other, folder)));
    context.say(`${name}, round ${round + 1} of ${rounds}: ${theirs.at(-1)?.toFixed(1) ?? ''} s`);
  }
  const [login, peer] = [median(ours), median(theirs)];
  rows.push([
    name,
    `${peer.toFixed(2)} s`,
    `${login.toFixed(2)} s`,
    (login / peer).toFixed(2),
    goal,
    diskMib === undefined ? '' : `${diskMib.toFixed(0)} MiB`,
  ]);
}
printTable(
  [
    `ssh login (${guest.accelerator}, ${rounds} rounds, medians)`,
    'other image',
    `\`${built.prepared.request.image.name}\``,
    'ratio',
    'goal',
    'its disk (qcow2)',
  ],
  rows,
);
