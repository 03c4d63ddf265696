import {copyFileSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {sha256} from '../../src/core/canonical.ts';
import {ARCHITECTURES} from '../../src/core/architecture.ts';
import {
  partition,
  diskLayout,
  SECTOR_BYTES,
  type DiskLayout,
  type PartitionLabel,
} from '../../src/formats/disk-layout.ts';
import {bootImage, prepareMachine, type BootableImage} from '../../src/vm/boot-image.ts';
import {Machine} from '../../src/vm/machine.ts';
import {logIn} from '../../src/vm/login.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {randomFrom} from '../support/random.ts';
import {ready, seeded} from '../support/ready-guest.ts';
import {ReleasePlace, ReleaseServer} from '../support/release-place.ts';
import {temporary} from '../support/temporary.ts';
import {readWriteLog, replayed, ReplayedDisk, type LoggedWrite} from '../support/write-log.ts';

const TIMEOUT_MS = 120_000;
/**
 * How many states are booted; `LEANOS_POWER=all`: every one that differs in what the bootloader reads, and a hundred
 * others.
 */
const BOOTED = process.env['LEANOS_POWER'] === 'all' ? Number.POSITIVE_INFINITY : 8;
const OTHERS = 100;
/** Each boot takes some ten seconds. */
const TEST_MS = BOOTED === Number.POSITIVE_INFINITY ? 7_200_000 : 600_000;
const key = generateSshKey('power');
let guest: ReadyImage;
let server: ReleaseServer;
let place: ReleasePlace;

interface Artifact {
  readonly kind: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}
interface Built {
  readonly version: string;
  readonly artifacts: readonly Artifact[];
}
const artifact = (built: Built, kind: string): Artifact => {
  const found = built.artifacts.find((item) => item.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
};

beforeAll(async () => {
  guest = await ready('test');
  server = await ReleaseServer.start();
  place = new ReleasePlace(server);
  await place.setUp('first');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await guest[Symbol.asyncDispose]();
});

async function release(daysAgo: number): Promise<Built> {
  await place.release(daysAgo);
  return JSON.parse(await place.leanos(0, 'build', '--channel', 'stable', '--json', '--locked')) as Built;
}

/** Boots a disk with everything that it writes in a log: updates it, until the new version is healthy. */
async function recordUpdate(image: BootableImage, disk: string, log: string, folder: string): Promise<void> {
  const spec = await prepareMachine(image, {...seeded(guest, 'power', key), folder});
  writeFileSync(log, '');
  await using machine = await Machine.start({...spec, disk: {path: disk, format: 'raw', writeLog: log}});
  const session = await logIn(machine, {
    user: 'leanos',
    privateKey: key.privateKey,
    timeoutMs: TIMEOUT_MS,
  });
  await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
  const {stdout, stderr} = await session.exec('sudo leanos-update apply', {timeoutMs: TIMEOUT_MS});
  expect(`${stdout}${stderr}`).toContain('starts with the next boot');
  await session.exec('sudo reboot');
  await session[Symbol.asyncDispose]();
  await machine.waitForConsole(/info: update: [0-9.]+ is healthy and stays/, TIMEOUT_MS);
  await machine.powerOff(TIMEOUT_MS);
}

interface Slot {
  readonly slot: 'A' | 'B';
  /** What is wrong with what would start; empty: nothing. */
  readonly wrong: string;
}

/** What GRUB would start from a disk, and whether it is one whole version: the reading of grub.cfg, in TypeScript. */
class Judge {
  readonly #layout: DiskLayout;
  readonly #versions: readonly Built[];
  readonly #folder = temporary();

  constructor(layout: DiskLayout, versions: readonly Built[]) {
    this.#layout = layout;
    this.#versions = versions;
  }

  offset(label: PartitionLabel): number {
    return partition(this.#layout, label).startLba * SECTOR_BYTES;
  }

  touches(label: PartitionLabel, {offset, data}: LoggedWrite): boolean {
    const start = this.offset(label);
    return (
      offset < start + partition(this.#layout, label).sectors * SECTOR_BYTES && offset + data.length > start
    );
  }

  async judge(disk: ReplayedDisk): Promise<Slot> {
    const states = await Promise.all(['state-1', 'state-2'].map((name) => this.#file(disk, `grub/${name}`)));
    const state = states.map(parseState).find((found) => found !== undefined) ?? {first: 'A', a: 3, b: 3};
    const order: readonly ('A' | 'B')[] = state.first === 'B' ? ['B', 'A'] : ['A', 'B'];
    const slot = order.find((name) => (name === 'A' ? state.a : state.b) > 0) ?? order[0] ?? 'A';
    return {slot, wrong: await this.#wrong(disk, slot)};
  }

  async #wrong(disk: ReplayedDisk, slot: 'A' | 'B'): Promise<string> {
    const config = (await this.#file(disk, `${slot}/slot.cfg`)).toString();
    const [kernel, initramfs] = await Promise.all(
      ['kernel', 'initramfs'].map(async (name) => sha256(await this.#file(disk, `${slot}/${name}`))),
    );
    if (!config.includes(`leanos.slot=${slot} usr=PARTLABEL=USR-${slot} `))
      return `${slot}/slot.cfg is for another slot`;
    const version = this.#versions.find(
      (built) =>
        artifact(built, 'kernel').sha256 === kernel &&
        artifact(built, 'slot-initramfs').sha256 === initramfs &&
        config.includes(rootHash(built)),
    );
    if (version === undefined) return `${slot} is not one version`;
    const {bytes, sha256: digest} = artifact(version, 'usr');
    return sha256(disk.read(this.offset(`USR-${slot}`), bytes)) === digest
      ? ''
      : `USR-${slot} is not ${version.version}'s`;
  }

  async #file(disk: ReplayedDisk, path: string): Promise<Buffer> {
    const copy = join(this.#folder, path.replace('/', '-'));
    writeFileSync(copy, '');
    await guest
      .run(['mcopy', '-n', '-o', '-i', `${disk.path}@@${this.offset('ESP')}`, `::${path}`, copy])
      .catch(() => undefined);
    return readFileSync(copy);
  }
}

function rootHash(built: Built): string {
  const manifest = JSON.parse(readFileSync(place.path(artifact(built, 'manifest').path), 'utf8')) as {
    verity: {rootHash: string};
  };
  return manifest.verity.rootHash;
}

function parseState(bytes: Buffer): {first: string; a: number; b: number} | undefined {
  const found =
    /^# GRUB Environment Block\nfirst=([AB])\na=(\d)\nb=(\d)\n(?:id=[0-9a-f-]{36}\n)?end=1\n#/.exec(
      bytes.toString('latin1'),
    );
  return found === null ? undefined : {first: found[1] ?? '', a: Number(found[2]), b: Number(found[3])};
}

test(
  'an update that loses power at any moment leaves a disk that boots one whole version',
  {timeout: TEST_MS},
  async () => {
    const [old, fresh] = [
      await release(20),
      await (async () => {
        writeFileSync(place.path('buildroot-overlays/rootfs/etc/second'), 'x'.repeat(100));
        place.commit();
        return release(10);
      })(),
    ];
    const folder = temporary();
    const [start, log] = [join(folder, 'start.raw'), join(folder, 'writes.log')];
    await guest.run(['qemu-img', 'convert', '-O', 'raw', place.path(artifact(old, 'disk').path), start]);
    const image: BootableImage = {
      arch: ARCHITECTURES.x86_64,
      disk: {path: start, format: 'raw'},
      kernel: '',
      initramfs: '',
      commandLine: '',
    };
    const recorded = join(folder, 'recorded.raw');
    copyFileSync(start, recorded);
    await recordUpdate(image, recorded, log, join(folder, 'machine'));

    const writes = readWriteLog(log);
    const layout = diskLayout(guest.built.prepared.request.image.disk, {arch: 'x86_64', seed: ''});
    const judge = new Judge(layout, [old, fresh]);
    const state = join(folder, 'state.raw');
    copyFileSync(start, state);
    const disk = new ReplayedDisk(state);
    const random = randomFrom(13);
    const wrong: string[] = [];
    const slots = {A: 0, B: 0};
    const toBoot: {readonly upTo: number; readonly lost: ReadonlySet<number>; readonly differs: boolean}[] =
      [];
    let judged = 0;
    let flushed = 0;
    for (const [index, write] of writes.entries()) {
      disk.apply(write);
      if (write.flush) flushed = index;
      const differs =
        judge.touches('ESP', write) || judge.touches('USR-A', write) || judge.touches('USR-B', write);
      toBoot.push({upTo: index, lost: new Set(), differs: judge.touches('ESP', write)});
      if (!differs) continue;
      // As it stood, and with some of what was not flushed lost: taken back in the opposite order.
      for (const lose of [false, true, true, true]) {
        const pending = Array.from({length: index - flushed}, (_, n) => flushed + 1 + n);
        const lost = new Set(lose ? pending.filter(() => random.below(2) === 0) : []);
        if (lose && lost.size === 0) continue;
        const copy = lose ? replayed(start, join(folder, 'lost.raw'), writes, {upTo: index, lost}) : disk;
        const found = await judge.judge(copy);
        if (copy !== disk) {
          copy.close();
          toBoot.push({upTo: index, lost, differs: judge.touches('ESP', write)});
        }
        judged += 1;
        slots[found.slot] += 1;
        if (found.wrong !== '')
          wrong.push(`after write ${index}${lose ? `, without ${[...lost].join(' ')}` : ''}: ${found.wrong}`);
      }
    }
    disk.close();
    process.stdout.write(
      `${writes.length} writes; ${judged} states judged: ${slots.A} start A, ${slots.B} start B\n`,
    );
    expect(wrong).toEqual([]);
    expect(slots.A).toBeGreaterThan(10);
    expect(slots.B).toBeGreaterThan(0);

    const chosen = choose(toBoot, random);
    const versions = {[old.version]: 0, [fresh.version]: 0};
    for (const moment of chosen) {
      const path = join(folder, 'boot.raw');
      replayed(start, path, writes, moment).close();
      const {accelerator, run} = guest;
      const machineFolder = temporary();
      await using machine = await bootImage(
        {...image, disk: {path, format: 'raw'}},
        {folder: machineFolder, firmware: 'bios', memoryMib: 256, accelerator, run},
      );
      const [, root = '', version = ''] = await machine.waitForConsole(
        /loading root from (\S+),[^]*=== leanos: current=(\S+) uptime/,
        TIMEOUT_MS,
      );
      expect(root).toBe('/dev/vda5');
      versions[version] = (versions[version] ?? 0) + 1;
    }
    process.stdout.write(`${chosen.length} states booted: ${JSON.stringify(versions)}\n`);
    expect(Object.keys(versions).sort()).toEqual([old.version, fresh.version].sort());
  },
);

/** All that differ in what the bootloader reads and a hundred of the others; or as many of the first as there is time for. */
function choose<T extends {readonly differs: boolean}>(
  states: readonly T[],
  random: ReturnType<typeof randomFrom>,
): T[] {
  const differing = states.filter(({differs}) => differs);
  if (BOOTED < differing.length)
    return Array.from(
      {length: BOOTED},
      (_, n) => differing[Math.floor(((n + 0.5) * differing.length) / BOOTED)],
    ).flatMap((item) => (item === undefined ? [] : [item]));
  const others = states.filter(({differs}) => !differs);
  return [...differing, ...Array.from({length: Math.min(OTHERS, others.length)}, () => random.of(others))];
}
