// The smallest memory with which the image still logs in over ssh, and with which its kernel alone still starts an init.
// npm run bench -- memory [--image minimal] [--arch NAME|all] [--path floor|disk|direct|microvm] [--step 2]
import {join} from 'node:path';
import type {ReadyImage} from '../src/build/ready-image.ts';
import {architectureNames, ARCHITECTURES, diskFirmwares, hostArchitecture} from '../src/core/architecture.ts';
import {prepareMachine, type BootableImage, type Firmware} from '../src/vm/boot-image.ts';
import {Machine} from '../src/vm/machine.ts';
import {logIn} from '../src/vm/login.ts';
import {generateSshKey} from '../src/vm/ssh.ts';
import {timeScale} from '../src/vm/time-scale.ts';
import {writeFloor} from './floor.ts';
import {numberArgument, printTable, testGuest, textArgument} from './lab.ts';
import {smallest} from './smallest.ts';

/** Several times what the slowest takes with enough memory. */
const TIMEOUT_MS = 40_000 * timeScale(process.env);
const key = generateSshKey('bench');
const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};

async function logsIn(
  {image, built, folder, accelerator, run}: ReadyImage,
  firmware: Firmware,
  memoryMib: number,
): Promise<boolean> {
  const place = join(folder, `${firmware}-${memoryMib}`);
  const spec = await prepareMachine(image, {folder: place, firmware, memoryMib, accelerator, run, seed});
  await using machine = await Machine.start(spec);
  try {
    const {user} = built.prepared.request.image.login;
    // A kernel that has no memory left panics, which ends the wait; that is an answer.
    await using session = await logIn(machine, {user, privateKey: key.privateKey, timeoutMs: TIMEOUT_MS});
    return (await session.exec('true')).status === 0;
  } catch {
    return false;
  }
}

async function kernelRuns(
  {image, folder, accelerator, run}: ReadyImage,
  initramfs: string,
  memoryMib: number,
): Promise<boolean> {
  const alone: BootableImage = {...image, initramfs};
  const place = join(folder, `floor-${memoryMib}`);
  const spec = await prepareMachine(alone, {folder: place, firmware: 'direct', memoryMib, accelerator, run});
  await using machine = await Machine.start(spec);
  await Promise.race([
    machine.finished(),
    new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS / 2).unref()),
  ]);
  return machine.ended;
}

interface Row {
  readonly path: 'floor' | 'disk' | 'direct' | 'microvm';
  readonly what: string;
  readonly works: (mib: number) => Promise<boolean>;
  readonly goal: string;
}

async function rowsOf(guest: ReadyImage): Promise<readonly Row[]> {
  const {arch, image} = guest.built.prepared.request;
  const lean = image.base.kernel === 'buildroot';
  const floor = await writeFloor(guest);
  const login = (path: Row['path'], firmware: Firmware, what: string, goal = ''): Row => ({
    path,
    what: `ssh login, ${what}`,
    works: (mib) => logsIn(guest, firmware, mib),
    goal,
  });
  return [
    {
      path: 'floor',
      what: 'the kernel alone, an init that switches off',
      works: (mib) => kernelRuns(guest, floor.initramfs, mib),
      goal: '',
    },
    ...diskFirmwares(arch).map((firmware) =>
      login(
        'disk',
        firmware,
        `from disk under ${firmware}`,
        firmware === 'bios' ? (lean ? '≤ 40' : '≤ 96') : '',
      ),
    ),
    login('direct', 'direct', 'from RAM'),
    ...(lean && arch.name === 'x86_64' ? [login('microvm', 'microvm', 'from RAM on a microvm', '≤ 32')] : []),
  ];
}

const step = numberArgument('--step', 2);
const [asked, path] = [textArgument('--arch', hostArchitecture().name), textArgument('--path', 'all')];
const rows: string[][] = [];
for (const arch of architectureNames().filter((name) => asked === 'all' || asked === name)) {
  await using guest = await testGuest('test', arch);
  for (const row of await rowsOf(guest))
    if (path === 'all' || path === row.path)
      rows.push([ARCHITECTURES[arch].name, row.what, String(await smallest(step, row.works)), row.goal]);
}
printTable(['architecture', `smallest memory (in steps of ${step} MiB) for`, 'MiB', 'goal'], rows);
