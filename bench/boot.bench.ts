// How long from QEMU's start to a completed ssh login with a key, against the floor of the same path.
// npm run bench -- boot [--rounds 5] [--path direct|bios|uefi] [--image test]
import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
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

const GOALS: readonly [Firmware, number][] = [
  ['direct', 1.5],
  ['bios', 1.35],
  ['uefi', 1.35],
];
const rounds = numberArgument('--rounds', 5);
const path = textArgument('--path', 'all');
await using guest = await testGuest();
const {image, built} = guest;
const {request} = built.prepared;
const floor = await writeFloor(guest);
const floorImage: BootableImage = {
  ...image,
  initramfs: floor.initramfs,
  disk: {path: floor.disk, format: 'qcow2'},
};
const key = generateSshKey('bench');
const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};
const options = {memoryMib: 256, accelerator: guest.accelerator, run: guest.run};

async function floorSeconds(firmware: Firmware, folder: string): Promise<number> {
  const spec = await prepareMachine(floorImage, {...options, firmware, folder});
  return seconds(async () => {
    await using machine = await Machine.start(spec);
    await machine.finished();
  });
}

async function keySeconds(firmware: Firmware, folder: string): Promise<number> {
  const {user} = request.image.login;
  return loginSeconds(image, {...options, firmware, folder, seed}, {user, privateKey: key.privateKey});
}

/** Each round in a folder of its own, so that each boot is a first boot; what QEMU needs is made before the clock starts. */
async function measure(work: typeof floorSeconds, firmware: Firmware, name: string): Promise<number> {
  const folder = join(guest.folder, name);
  await mkdir(folder, {recursive: true});
  await warmMemory(guest.run);
  try {
    return await work(firmware, folder);
  } finally {
    await rm(folder, {recursive: true});
  }
}

const rows: string[][] = [];
for (const [firmware, goal] of GOALS.filter(([name]) => path === 'all' || name === path)) {
  const floors: number[] = [];
  const logins: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    floors.push(await measure(floorSeconds, firmware, `floor-${firmware}-${round}`));
    logins.push(await measure(keySeconds, firmware, `login-${firmware}-${round}`));
  }
  const [low, login] = [median(floors), median(logins)];
  rows.push([
    firmware,
    `${low.toFixed(2)} s`,
    `${login.toFixed(2)} s`,
    (login / low).toFixed(2),
    `≤ ${goal}`,
  ]);
}
printTable(
  [`path (${guest.accelerator}, ${rounds} rounds, medians)`, 'floor', 'ssh login', 'ratio', 'goal'],
  rows,
);
