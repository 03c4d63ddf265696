// How long from QEMU's start to a completed ssh login with a key, against CirrOS around the same kernel.
// npm run bench -- cirros --rootfs cirros-0.5.3-x86_64-lxc.tar.xz [--rounds 3]
import {copyFile, mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../src/core/error.ts';
import type {BootableImage, BootOptions, Firmware} from '../src/vm/boot-image.ts';
import {generateSshKey} from '../src/vm/ssh.ts';
import {writeCirros, writeCirrosSeed} from './cirros.ts';
import {loginSeconds, median, numberArgument, printTable, testGuest, textArgument} from './lab.ts';

const rounds = numberArgument('--rounds', 3);
const rootfs = textArgument('--rootfs', '');
if (rootfs === '')
  throw new LeanosError('USAGE', '--rootfs: a file is needed', {
    hint: 'https://github.com/cirros-dev/cirros/releases     has it: cirros-0.5.3-x86_64-lxc.tar.xz',
  });
await using guest = await testGuest();
const {image, built} = guest;
const options = {memoryMib: 256, accelerator: guest.accelerator, run: guest.run};
const {initramfs, disk} = await writeCirros(guest, rootfs);
const cirros: BootableImage = {...image, initramfs, disk: {path: disk, format: 'raw'}};
const key = generateSshKey('bench');
const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};
const login = {user: built.prepared.request.image.login.user, privateKey: key.privateKey};

/** The ways to boot CirrOS: in RAM, which is its shortest, and with its root on a disk, which its images have. */
const WAYS: readonly [
  name: string,
  firmware: Firmware,
  more: (folder: string) => Promise<Partial<BootOptions>>,
][] = [
  ['direct, CirrOS in RAM', 'direct', () => Promise.resolve({kernelWords: 'rdroot'})],
  ['direct, CirrOS on its disk', 'direct', rootDisk],
  ['BIOS', 'bios', () => Promise.resolve({})],
];

async function rootDisk(folder: string): Promise<Partial<BootOptions>> {
  const path = join(folder, 'cirros.raw');
  await copyFile(disk, path);
  return {extraDisks: [{path, serial: 'cirros'}]};
}

/** Each boot in a folder of its own, so that each is a first boot. */
async function inFolder(work: (folder: string) => Promise<number>): Promise<number> {
  const folder = join(guest.folder, 'machine');
  await mkdir(folder);
  try {
    return await work(folder);
  } finally {
    await rm(folder, {recursive: true});
  }
}

const rows: string[][] = [];
for (const [name, firmware, more] of WAYS) {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await inFolder((folder) => loginSeconds(image, {...options, firmware, folder, seed}, login)));
    const {seed: drive, ...credential} = await writeCirrosSeed(guest);
    theirs.push(
      await inFolder(async (folder) =>
        loginSeconds(
          cirros,
          {...options, firmware, folder, seed: drive, ...(await more(folder))},
          credential,
        ),
      ),
    );
  }
  const [own, other] = [median(ours), median(theirs)];
  rows.push([name, `${other.toFixed(2)} s`, `${own.toFixed(2)} s`, (own / other).toFixed(2), '≤ 0.33']);
}
printTable(
  [
    `ssh login (${guest.accelerator}, ${rounds} rounds, medians)`,
    'CirrOS',
    `\`${built.prepared.request.image.name}\``,
    'ratio',
    'goal',
  ],
  rows,
);
