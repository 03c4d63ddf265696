// What each architecture weighs, and how long it takes from QEMU's start to a completed ssh login with a key, against the floor of
// the same path: the same kernel, firmware and bootloader, and an init that switches off at once.
// npm run bench -- architectures [--rounds 3] [--arch NAME] [--image test]
import {mkdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {ReadyImage} from '../src/build/ready-image.ts';
import {
  architectureNames,
  ARCHITECTURES,
  diskFirmwares,
  type ArchitectureName,
} from '../src/core/architecture.ts';
import {prepareMachine, type BootableImage, type Firmware} from '../src/vm/boot-image.ts';
import {Machine} from '../src/vm/machine.ts';
import {generateSshKey} from '../src/vm/ssh.ts';
import {writeFloor} from './floor.ts';
import {
  loginSeconds,
  median,
  numberArgument,
  printTable,
  seconds,
  testGuest,
  textArgument,
  warmMemory,
} from './lab.ts';

const GOALS = {direct: 1.5, firmware: 1.35};
const MEMORY_MIB = 512;

const rounds = numberArgument('--rounds', 3);
const asked = textArgument('--arch', 'all');
const key = generateSshKey('bench');
const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};

/** One path of one architecture: floor and login, taken in turn. */
async function measure(guest: ReadyImage, floor: BootableImage, firmware: Firmware): Promise<string[]> {
  const {image, built, accelerator, run} = guest;
  const {user} = built.prepared.request.image.login;
  const folder = join(guest.folder, 'measured');
  const options = {memoryMib: MEMORY_MIB, accelerator, run, firmware, folder};
  const floors: number[] = [];
  const logins: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await fresh(folder);
    await warmMemory(run);
    const spec = await prepareMachine(floor, options);
    floors.push(
      await seconds(async () => {
        await using machine = await Machine.start(spec);
        await machine.finished();
      }),
    );
    await fresh(folder);
    await warmMemory(run);
    logins.push(await loginSeconds(image, {...options, seed}, {user, privateKey: key.privateKey}));
  }
  const [low, login] = [median(floors), median(logins)];
  const goal = firmware === 'direct' ? GOALS.direct : GOALS.firmware;
  return [firmware, `${low.toFixed(2)} s`, `${login.toFixed(2)} s`, (login / low).toFixed(2), `≤ ${goal}`];
}

/** Each boot is a first one. */
async function fresh(folder: string): Promise<void> {
  await rm(folder, {recursive: true, force: true});
  await mkdir(folder);
}

async function rowsOf(arch: ArchitectureName): Promise<string[][]> {
  await using guest = await testGuest('test', arch);
  const {initramfs, disk} = await writeFloor(guest);
  const floor: BootableImage = {...guest.image, initramfs, disk: {path: disk, format: 'qcow2'}};
  const {size} = await stat(guest.image.disk.path);
  const rows: string[][] = [];
  for (const firmware of ['direct', ...diskFirmwares(ARCHITECTURES[arch])] as const)
    rows.push([arch, (size / 2 ** 20).toFixed(2), ...(await measure(guest, floor, firmware))]);
  return rows;
}

const rows: string[][] = [];
for (const arch of architectureNames())
  if (asked === 'all' || asked === arch) rows.push(...(await rowsOf(arch)));
printTable(
  [`architecture (${rounds} rounds, medians)`, 'qcow2, MiB', 'path', 'floor', 'ssh login', 'ratio', 'goal'],
  rows,
);
