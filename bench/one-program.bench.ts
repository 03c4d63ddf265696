// Why not Linux and one program (the question of nanovms/ops#1348)? One program that says hello and serves a page, in the forms that
// leanos carries: from QEMU's start, the disk under BIOS, to its first line and to the first answered request; the bytes of the disk;
// the smallest memory in which it answers.
// npm run bench -- one-program --solo5 FOLDER [--rounds 3]     FOLDER: sources of Solo5 where ./configure.sh and make were run
import {mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {mkdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readyImage, type ReadyImage} from '../src/build/ready-image.ts';
import {workspace} from '../src/build/workspace.ts';
import {prepareMachine} from '../src/vm/boot-image.ts';
import {withHostPorts} from '../src/vm/free-port.ts';
import {Machine} from '../src/vm/machine.ts';
import {makePvPayload} from '../test/support/pv-payload.ts';
import {answers} from './answers.ts';
import {makeProgram, makeUnikernels} from './one-program/make.ts';
import {context, median, numberArgument, printTable, textArgument, warmMemory} from './lab.ts';
import {smallest} from './smallest.ts';

const MIB = 2 ** 20;
const MEMORY_MIB = 256;
/** Enough for Xen, and of a size that QEMU emulates well: in machines of some others it is far slower. */
const XEN_MIB = 640;
const STEP_MIB = 8;
/** Many times what the slowest takes with enough memory. */
const LONGEST_MS = 90_000;

/** A form of the program. */
interface Form {
  readonly name: string;
  /** Its definition, beside which are the files that `make` makes. */
  readonly definition: string;
  readonly memoryMib?: number;
  /** What it says first. */
  readonly line: RegExp;
  /** Whether it serves the page. */
  readonly serves: boolean;
  /** Whether it is looked for how little memory does. */
  readonly isShrunk: boolean;
}

const HELLO = /one-program: hello/;
const common = {line: HELLO, serves: true, isShrunk: true};
const program = (base: string): string =>
  `extends: ${base}\npayload: {file: program, mode: guest, args: web}\n`;
const FORMS: readonly Form[] = [
  {...common, name: 'a static program on `minimal`', definition: program('leanos/minimal')},
  {...common, name: 'the same on `test`', definition: program('leanos/test')},
  {
    ...common,
    name: 'Solo5 spt on `minimal`',
    definition: `extends: leanos/minimal
payload: {file: unikernel.spt, mode: guest, args: 10.0.0.2, memory: 16MiB, files: [{file: solo5-spt}, {file: program}]}
services: {forward: {run: /usr/lib/payload/program forward 10.0.0.2}}
`,
  },
  {
    ...common,
    name: 'Solo5 virtio',
    definition: `extends: leanos/test\npayload: {file: unikernel.virtio, mode: boot, args: 10.0.2.15}\n`,
  },
  {
    ...common,
    name: 'Xen PV, dom0 of `test`',
    definition: `extends: leanos/test\npayload: {file: pv, mode: xen, args: waits}\n`,
    memoryMib: XEN_MIB,
    line: /payload: PV: waits/,
    serves: false,
    isShrunk: false,
  },
];

const rounds = numberArgument('--rounds', 3);
const solo5 = textArgument('--solo5', '');
if (solo5 === '') throw new Error('--solo5 FOLDER is needed: sources of Solo5 that were built');
const folder = mkdtempSync(join(tmpdir(), 'leanos-bench-'));
process.once('exit', () => rmSync(folder, {recursive: true, force: true}));
const project = join(folder, 'project');
mkdirSync(join(project, 'images'), {recursive: true});
makeProgram(project);
makeUnikernels(project, solo5);
makePvPayload(join(project, 'pv'));

function build({definition}: Form, index: number): Promise<ReadyImage> {
  const image = `form-${index}`;
  writeFileSync(join(project, `images/${image}.yaml`), definition);
  const buildroot = process.env['LEANOS_BUILDROOT'];
  return readyImage(
    {channel: 'alpha', image, arch: 'x86_64', out: join(folder, 'out'), buildroot, locked: false},
    {...context, workspace: workspace(process.env, project)},
  );
}

interface Times {
  readonly helloSeconds: number;
  readonly answerSeconds: number;
}

/** How long it takes until it has said hello and answered; nothing where it did not. */
async function times(
  {image, accelerator, run}: ReadyImage,
  {line, serves}: Form,
  memoryMib: number,
): Promise<Times | undefined> {
  const place = join(folder, 'machine');
  await mkdir(place);
  try {
    await warmMemory(run);
    const ports = await withHostPorts([{guest: 80}]);
    const options = {
      folder: place,
      firmware: 'bios',
      memoryMib,
      accelerator,
      run,
      ports,
      discarded: true,
    } as const;
    const spec = await prepareMachine(image, options);
    const started = performance.now();
    const since = (): number => (performance.now() - started) / 1000;
    await using machine = await Machine.start(spec);
    const [helloSeconds, answerSeconds] = await Promise.all([
      machine.waitForConsole(line, LONGEST_MS).then(since),
      serves
        ? answers(machine, ports[0]?.host ?? 0, started + LONGEST_MS).then((did) => (did ? since() : NaN))
        : NaN,
    ]);
    return serves && Number.isNaN(answerSeconds) ? undefined : {helloSeconds, answerSeconds};
  } catch {
    return undefined;
  } finally {
    await rm(place, {recursive: true});
  }
}

const rows: string[][] = [];
for (const [index, form] of FORMS.entries()) {
  await using ready = await build(form, index);
  const {memoryMib = MEMORY_MIB} = form;
  const taken: Times[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const took = await times(ready, form, memoryMib);
    if (took === undefined) throw new Error(`${form.name} did not answer with ${memoryMib} MiB`);
    context.say(`${form.name}: ${took.helloSeconds.toFixed(1)} s, ${took.answerSeconds.toFixed(1)} s`);
    taken.push(took);
  }
  const inSeconds = (values: readonly number[]): string =>
    values.some(Number.isNaN) ? 'no driver of its own for a card' : `${median(values).toFixed(1)} s`;
  const least = form.isShrunk
    ? `${await smallest(STEP_MIB, async (mib) => (await times(ready, form, mib)) !== undefined)} MiB`
    : '';
  rows.push([
    form.name,
    `${(statSync(ready.image.disk.path).size / MIB).toFixed(1)} MiB`,
    inSeconds(taken.map(({helloSeconds}) => helloSeconds)),
    inSeconds(taken.map(({answerSeconds}) => answerSeconds)),
    least,
  ]);
}
printTable(
  [
    `one program (tcg, BIOS, ${rounds} rounds, medians)`,
    'disk, qcow2',
    'hello',
    'first answer',
    'smallest memory',
  ],
  rows,
);
