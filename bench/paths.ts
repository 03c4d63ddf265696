import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {ReadyImage} from '../src/build/ready-image.ts';
import {prepareMachine, type BootableImage, type Firmware} from '../src/vm/boot-image.ts';
import {Machine} from '../src/vm/machine.ts';
import {generateSshKey} from '../src/vm/ssh.ts';
import {writeFloor} from './floor.ts';
import {loginSeconds, median, seconds, warmMemory} from './lab.ts';

/** What a login may take, as a multiple of the floor. */
const GOALS = {direct: 1.5, firmware: 1.35};
const key = generateSshKey('bench');
const seed = {instanceId: 'i-bench', hostname: 'bench', publicKeys: [key.publicKey]};

export interface PathOptions {
  readonly firmwares: readonly Firmware[];
  readonly rounds: number;
  readonly memoryMib: number;
}

/**
 * For each path of an image the cells of a row: path, the seconds of the floor, those from QEMU's start to a completed ssh login with
 * a key, their ratio, the goal. Medians of rounds in which both take turns, each boot a first one.
 */
export async function pathRows(
  guest: ReadyImage,
  {firmwares, rounds, memoryMib}: PathOptions,
): Promise<string[][]> {
  const {image, built, accelerator, run} = guest;
  const {initramfs, disk} = await writeFloor(guest);
  const floor: BootableImage = {...image, initramfs, disk: {path: disk, format: 'qcow2'}};
  const {user} = built.prepared.request.image.login;
  const folder = join(guest.folder, 'measured');
  const rows: string[][] = [];
  for (const firmware of firmwares) {
    const options = {memoryMib, accelerator, run, firmware, folder};
    const floors: number[] = [];
    const logins: number[] = [];
    const fresh = async (): Promise<void> => {
      await rm(folder, {recursive: true, force: true});
      await mkdir(folder);
      await warmMemory(run);
    };
    for (let round = 0; round < rounds; round += 1) {
      await fresh();
      floors.push(await floorSeconds(floor, options));
      await fresh();
      logins.push(await loginSeconds(image, {...options, seed}, {user, privateKey: key.privateKey}));
    }
    const [low, login] = [median(floors), median(logins)];
    const goal = firmware === 'direct' ? GOALS.direct : GOALS.firmware;
    rows.push([
      firmware,
      `${low.toFixed(2)} s`,
      `${login.toFixed(2)} s`,
      (login / low).toFixed(2),
      `≤ ${goal}`,
    ]);
  }
  return rows;
}

/** What QEMU needs is made before the clock starts. */
async function floorSeconds(
  floor: BootableImage,
  options: Parameters<typeof prepareMachine>[1],
): Promise<number> {
  const spec = await prepareMachine(floor, options);
  return seconds(async () => {
    await using machine = await Machine.start(spec);
    await machine.finished();
  });
}
