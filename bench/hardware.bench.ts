// What each row of hardware costs beside that of clouds: in bytes, and from QEMU's start to an ssh login.
// npm run bench -- hardware [--rounds 3]
import {mkdir, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {writeFileSync} from 'node:fs';
import {HARDWARE_NAMES} from '../src/core/hardware.ts';
import type {BootableImage, Firmware} from '../src/vm/boot-image.ts';
import {generateSshKey} from '../src/vm/ssh.ts';
import {BenchClone} from './clone.ts';
import {context, loginSeconds, median, numberArgument, printTable, testGuest, warmMemory} from './lab.ts';

const MIB = 2 ** 20;
const FIRMWARES: readonly Firmware[] = ['direct', 'bios'];
const rounds = numberArgument('--rounds', 3);
const more = HARDWARE_NAMES.filter((name) => name !== 'cloud');
const lists = [['cloud'], ...more.map((name) => ['cloud', name]), [...HARDWARE_NAMES]];

interface Built {
  readonly artifacts: readonly {readonly kind: string; readonly path: string; readonly bytes: number}[];
}

using clone = new BenchClone({cache: dirname(context.workspace.cache.store)});
await using guest = await testGuest();
const key = generateSshKey('bench');
const login = {user: guest.built.prepared.request.image.login.user, privateKey: key.privateKey};

const rows: string[][] = [];
for (const [index, hardware] of lists.entries()) {
  const name = `hardware-${index}`;
  writeFileSync(
    join(clone.folder, `images/${name}.yaml`),
    `extends: test\nhardware: ${JSON.stringify(hardware)}\n`,
  );
  const {artifacts} = JSON.parse(clone.leanos('build', '--json', '--image', name)) as Built;
  const find = (kind: string) => {
    const found = artifacts.find((artifact) => artifact.kind === kind);
    if (found === undefined) throw new Error(`${name} has no ${kind}`);
    return {bytes: found.bytes, path: join(clone.folder, found.path)};
  };
  const image: BootableImage = {
    ...guest.image,
    disk: {path: find('disk').path, format: 'qcow2'},
    kernel: find('kernel').path,
    initramfs: find('initramfs').path,
  };
  const sizes = ['kernel', 'slot-initramfs', 'usr', 'disk'].map((kind) =>
    (find(kind).bytes / MIB).toFixed(2),
  );
  const times: string[] = [];
  for (const firmware of FIRMWARES) times.push((await loginMedian(image, firmware, name)).toFixed(2));
  rows.push([hardware.join(', '), ...sizes, ...times]);
}
printTable(
  ['hardware', 'kernel, MiB', 'initramfs', '/usr', 'qcow2', ...FIRMWARES.map((name) => `login, ${name}, s`)],
  rows,
);

/** Each round in a folder of its own, so that each boot is a first boot. */
async function loginMedian(image: BootableImage, firmware: Firmware, name: string): Promise<number> {
  const {accelerator, run} = guest;
  const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const folder = join(guest.folder, `${name}-${firmware}-${round}`);
    await mkdir(folder, {recursive: true});
    await warmMemory(run);
    took.push(await loginSeconds(image, {memoryMib: 256, accelerator, run, firmware, folder, seed}, login));
    await rm(folder, {recursive: true});
  }
  return median(took);
}
