// What dm-verity costs at boot: QEMU's start to a completed ssh login from the disk, with the root hash on the kernel
// command line and without it. The kernel is started directly, so that firmware and bootloader are not in the measure.
// npm run bench -- verity [--rounds 7]
import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {generateSshKey} from '../src/vm/ssh.ts';
import {diskStart, type DirectStart} from './disk-start.ts';
import {loginSeconds, median, numberArgument, printTable, testGuest} from './lab.ts';

const GOAL = 1.05;
const rounds = numberArgument('--rounds', 7);
await using guest = await testGuest();
const {accelerator, run, image, built} = guest;
const starts = await diskStart((kind) => built.artifacts.find((item) => item.kind === kind)?.path ?? '');
const key = generateSshKey('bench');
const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};
const {user} = built.prepared.request.image.login;

async function measure(start: DirectStart): Promise<number> {
  const folder = join(guest.folder, 'machine');
  await mkdir(folder, {recursive: true});
  const boot = {folder, firmware: 'bios' as const, memoryMib: 256, accelerator, run, seed};
  const took = await loginSeconds(image, boot, {user, privateKey: key.privateKey}, (spec) => ({
    ...spec,
    boot: start,
  }));
  await rm(folder, {recursive: true});
  return took;
}

const [plain, checked]: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round += 1) {
  plain.push(await measure(starts.unchecked));
  checked.push(await measure(starts.checked));
}
const [without, withHash] = [median(plain), median(checked)];
printTable(
  [`/usr from the disk (${accelerator}, ${rounds} rounds, medians)`, 'ssh login', 'ratio', 'goal'],
  [
    ['not checked', `${without.toFixed(2)} s`, '1.00', ''],
    ['under dm-verity', `${withHash.toFixed(2)} s`, (withHash / without).toFixed(3), `≤ ${GOAL}`],
  ],
);
