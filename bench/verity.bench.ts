// What dm-verity costs at boot: QEMU's start to a completed ssh login from the disk, with the root hash on the kernel command line
// and without it. The kernel is started directly, so that firmware and bootloader are not in the measure.
// npm run bench -- verity [--rounds 7]
import {mkdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {verityWord, type Verity} from '../src/stages/usr/usr-verity.ts';
import {prepareMachine} from '../src/vm/boot-image.ts';
import {Machine} from '../src/vm/machine.ts';
import {generateSshKey, waitForLogin} from '../src/vm/ssh.ts';
import {median, numberArgument, printTable, seconds, testGuest} from './lab.ts';

interface Manifest {
  readonly verity: Verity;
  readonly commandLine: {readonly disk: string};
}

const LOGIN_MS = 120_000;
const GOAL = 1.05;
const rounds = numberArgument('--rounds', 7);
await using guest = await testGuest();
const {accelerator, run, image, built} = guest;
const pathOf = (kind: string): string => built.artifacts.find((item) => item.kind === kind)?.path ?? '';
const {verity, commandLine} = JSON.parse(await readFile(pathOf('manifest'), 'utf8')) as Manifest;
const key = generateSshKey('bench');
const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};
const {user} = built.prepared.request.image.login;

async function loginSeconds(words: string): Promise<number> {
  const folder = join(guest.folder, 'machine');
  await mkdir(folder, {recursive: true});
  const fromDisk = await prepareMachine(image, {
    folder,
    firmware: 'bios',
    memoryMib: 256,
    accelerator,
    run,
    seed,
  });
  const kernel = {kernel: pathOf('kernel'), initramfs: pathOf('slot-initramfs'), commandLine: words};
  const spec = {...fromDisk, boot: {firmware: 'direct' as const, ...kernel}};
  const open: AsyncDisposable[] = [];
  const took = await seconds(async () => {
    open.unshift(await Machine.start(spec));
    open.unshift(
      await waitForLogin({port: spec.sshPort, user, privateKey: key.privateKey, timeoutMs: LOGIN_MS}),
    );
  });
  for (const resource of open) await resource[Symbol.asyncDispose]();
  await rm(folder, {recursive: true});
  return took;
}

const [plain, checked]: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round += 1) {
  plain.push(await loginSeconds(commandLine.disk));
  checked.push(await loginSeconds(`${commandLine.disk} ${verityWord(verity)}`));
}
const [without, withHash] = [median(plain), median(checked)];
printTable(
  [`/usr from the disk (${accelerator}, ${rounds} rounds, medians)`, 'ssh login', 'ratio', 'goal'],
  [
    ['not checked', `${without.toFixed(2)} s`, '1.00', ''],
    ['under dm-verity', `${withHash.toFixed(2)} s`, (withHash / without).toFixed(3), `≤ ${GOAL}`],
  ],
);
