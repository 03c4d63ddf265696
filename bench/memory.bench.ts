// The smallest memory with which the image still logs in over ssh, and with which its kernel alone still starts an init.
// npm run bench -- memory [--image minimal] [--arch NAME] [--path floor|bios|uefi|openfirmware|direct|microvm]
import {join} from 'node:path';
import {architectureNames, diskFirmwares, hostArchitecture} from '../src/core/architecture.ts';
import {prepareMachine, type BootableImage, type Firmware} from '../src/vm/boot-image.ts';
import {Machine} from '../src/vm/machine.ts';
import {logIn} from '../src/vm/login.ts';
import {generateSshKey} from '../src/vm/ssh.ts';
import {writeFloor} from './floor.ts';
import {printTable, testGuest, textArgument} from './lab.ts';
import {smallest} from './smallest.ts';

const STEP_MIB = 2;
const TIMEOUT_MS = 40_000;

const arch = architectureNames().find((name) => name === textArgument('--arch', hostArchitecture().name));
await using guest = await testGuest('test', arch);
const {image, built, accelerator, run} = guest;
const {request} = built.prepared;
const floor = await writeFloor(guest);
const key = generateSshKey('bench');
const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};

async function logsIn(firmware: Firmware, memoryMib: number): Promise<boolean> {
  const folder = join(guest.folder, `${firmware}-${memoryMib}`);
  const spec = await prepareMachine(image, {folder, firmware, memoryMib, accelerator, run, seed});
  await using machine = await Machine.start(spec);
  try {
    const {user} = request.image.login;
    // A kernel that has no memory left panics, which ends the wait; that is an answer.
    await using session = await logIn(machine, {user, privateKey: key.privateKey, timeoutMs: TIMEOUT_MS});
    return (await session.exec('true')).status === 0;
  } catch {
    return false;
  }
}

async function kernelRuns(memoryMib: number): Promise<boolean> {
  const alone: BootableImage = {...image, initramfs: floor.initramfs};
  const folder = join(guest.folder, `floor-${memoryMib}`);
  const spec = await prepareMachine(alone, {folder, firmware: 'direct', memoryMib, accelerator, run});
  await using machine = await Machine.start(spec);
  await Promise.race([
    machine.finished(),
    new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS / 2).unref()),
  ]);
  return machine.ended;
}

const lean = request.image.base.kernel === 'buildroot';
type Row = readonly [path: string, what: string, works: (mib: number) => Promise<boolean>, goal: string];
const microvm: Row = ['microvm', 'ssh login, from RAM on a microvm', (mib) => logsIn('microvm', mib), '≤ 32'];
const ROWS: readonly Row[] = [
  ['floor', 'the kernel alone, an init that switches off', kernelRuns, ''],
  ...diskFirmwares(request.arch).map((firmware): Row => [
    firmware,
    `ssh login, from disk under ${firmware}`,
    (mib) => logsIn(firmware, mib),
    firmware === 'bios' ? (lean ? '≤ 40' : '≤ 96') : '',
  ]),
  ['direct', 'ssh login, from RAM', (mib) => logsIn('direct', mib), ''],
  ...(lean && request.arch.name === 'x86_64' ? [microvm] : []),
];
const path = textArgument('--path', 'all');
const rows: string[][] = [];
for (const [name, what, works, goal] of ROWS)
  if (path === 'all' || path === name) rows.push([what, String(await smallest(STEP_MIB, works)), goal]);
printTable([`smallest memory (${accelerator}, in steps of ${STEP_MIB} MiB)`, 'MiB', 'goal'], rows);
