// A web server, nginx as Debian's package has it, against a disk that mmdebstrap makes of the same package with systemd: bytes, the
// build, from QEMU's start to the first answered request, and the smallest memory that answers. Both start their kernel directly, with
// everything else from their disk.
// npm run bench -- web [--rounds 3]
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {mkdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {BootError} from '../src/vm/boot-error.ts';
import {prepareMachine, type BootableImage, type BootOptions} from '../src/vm/boot-image.ts';
import {Machine} from '../src/vm/machine.ts';
import {withHostPorts} from '../src/vm/free-port.ts';
import {answers} from './answers.ts';
import {BenchClone} from './clone.ts';
import {context, median, numberArgument, printTable, seconds, testGuest, warmMemory} from './lab.ts';
import {diskStart, type DirectStart} from './disk-start.ts';
import {bootablePeer, peerTool, writeServingPeer} from './peer.ts';
import {smallest} from './smallest.ts';

const PACKAGE = 'nginx-light';
const IMAGE = 'bench-web';
const DEFINITION = `extends: test
packages: [${PACKAGE}]
services: {web: {unit: nginx.service}}
`;
const MIB = 2 ** 20;
const MEMORY_MIB = 256;
const LONG_S = 240;
/** A machine with too little memory never answers: it is given up after so many times what one with enough takes. */
const PATIENCE = 3;
const STEP_MIB = 8;

/** Something that serves a page when it is booted. */
interface Server {
  readonly name: string;
  readonly image: BootableImage;
  readonly boot: Partial<BootOptions>;
  /** How its kernel is started, with the disk of the image. */
  readonly start?: DirectStart;
  /** A disk that a boot changes, beside that of the image. */
  readonly rootDisk?: string;
}

const rounds = numberArgument('--rounds', 3);
const folder = mkdtempSync(join(tmpdir(), 'leanos-bench-'));
process.once('exit', () => rmSync(folder, {recursive: true, force: true}));
await using guest = await testGuest();
using clone = new BenchClone();
writeFileSync(join(clone.folder, `images/${IMAGE}.yaml`), DEFINITION);

interface Built {
  readonly artifacts: readonly {readonly kind: string; readonly path: string}[];
}

/** Builds the image anew from packages that are downloaded, and gives its files by their kinds. */
function buildOwn(): (kind: string) => string {
  const {artifacts} = JSON.parse(clone.leanos('build', '--json', '--image', IMAGE)) as Built;
  return (kind) => join(clone.folder, artifacts.find((each) => each.kind === kind)?.path ?? kind);
}

async function buildPeer(): Promise<{root: string; disk: string; packed: string}> {
  const place = mkdtempSync(join(folder, 'peer-'));
  const peer = await writeServingPeer(place, [PACKAGE]);
  const packed = join(place, 'disk.qcow2');
  peerTool('qemu-img', 'convert', '-c', '-O', 'qcow2', peer.disk, packed);
  return {...peer, packed};
}

buildOwn(); // so that packages are downloaded
const [ownBuilds, peerBuilds]: [number[], number[]] = [[], []];
let files = buildOwn();
let peer: Awaited<ReturnType<typeof buildPeer>> | undefined;
for (let round = 0; round < rounds; round += 1) {
  clone.forgetBuilt(IMAGE);
  context.say(`builds, round ${round + 1} of ${rounds}`);
  ownBuilds.push(await seconds(async () => Promise.resolve((files = buildOwn()))));
  if (peer !== undefined) rmSync(join(peer.root, '..'), {recursive: true, force: true});
  peerBuilds.push(await seconds(async () => (peer = await buildPeer())));
}
if (peer === undefined) throw new Error('--rounds: at least 1 is needed');

const own: Server = {
  name: IMAGE,
  image: {
    ...guest.image,
    disk: {path: files('disk'), format: 'qcow2'},
  },
  boot: {firmware: 'bios'},
  start: (await diskStart(files)).checked,
};
const other: Server = {
  name: 'mmdebstrap',
  ...bootablePeer(guest.image, peer.root, '/sbin/init'),
  rootDisk: peer.disk,
};

/** The seconds from QEMU's start to the first answer over HTTP. @throws BootError, how far the machine came, where none is in time */
async function answerSeconds(
  {name, image, boot, start, rootDisk}: Server,
  {memoryMib = MEMORY_MIB, mostSeconds = LONG_S} = {},
): Promise<number> {
  const place = join(folder, 'machine');
  await mkdir(place);
  try {
    const disk = join(place, 'root.raw');
    if (rootDisk !== undefined) execFileSync('cp', ['--sparse=always', rootDisk, disk]);
    await warmMemory(guest.run);
    const ports = await withHostPorts([{guest: 80}]);
    const spec = await prepareMachine(image, {
      firmware: 'direct',
      ...boot,
      folder: place,
      memoryMib,
      accelerator: guest.accelerator,
      run: guest.run,
      ports,
      extraDisks: rootDisk === undefined ? [] : [{path: disk, serial: 'root'}],
    });
    const started = performance.now();
    await using machine = await Machine.start(start === undefined ? spec : {...spec, boot: start});
    const answered = await answers(machine, ports[0]?.host ?? 0, started + mostSeconds * 1000);
    const took = (performance.now() - started) / 1000;
    const what = `${name} with ${memoryMib} MiB`;
    if (!answered) throw machine.failure(`${what} has answered no request within ${took.toFixed(0)} s`);
    context.say(`${what} has answered after ${took.toFixed(1)} s`);
    return took;
  } finally {
    await rm(place, {recursive: true});
  }
}

const [ownTimes, peerTimes]: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round += 1) {
  ownTimes.push(await answerSeconds(own));
  peerTimes.push(await answerSeconds(other));
}

/** The least memory with which a server still answers, where one with enough takes `usual` seconds. */
async function leastMemory(server: Server, usual: number): Promise<number> {
  return smallest(STEP_MIB, async (memoryMib) => {
    try {
      await answerSeconds(server, {memoryMib, mostSeconds: PATIENCE * usual});
      return true;
    } catch (error) {
      if (!(error instanceof BootError)) throw error;
      context.say(`${server.name} with ${memoryMib} MiB came as far as ${error.reached ?? 'nowhere'}`);
      return false;
    }
  });
}

const row = (what: string, ours: number, theirs: number, unit: string, goal: string): string[] => [
  what,
  `${theirs.toFixed(unit === 's' ? 1 : 0)} ${unit}`,
  `${ours.toFixed(unit === 's' ? 1 : 0)} ${unit}`,
  (ours / theirs).toFixed(2),
  goal,
];
printTable(
  [
    `nginx (${guest.accelerator}, ${rounds} rounds, medians)`,
    'mmdebstrap, systemd',
    '`test` and nginx',
    'ratio',
    'goal',
  ],
  [
    row('disk, qcow2', statSync(files('disk')).size / MIB, statSync(peer.packed).size / MIB, 'MiB', '≤ 0.5'),
    row('build, packages downloaded', median(ownBuilds), median(peerBuilds), 's', '≤ 0.33'),
    row('from QEMU’s start to the first answer', median(ownTimes), median(peerTimes), 's', '≤ 0.33'),
    row(
      `smallest memory, in steps of ${STEP_MIB} MiB`,
      await leastMemory(own, median(ownTimes)),
      await leastMemory(other, median(peerTimes)),
      'MiB',
      '≤ 0.5',
    ),
  ],
);
