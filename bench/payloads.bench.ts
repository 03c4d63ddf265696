// How long a payload takes from QEMU's start to its first line: started by the bootloader, against `qemu -kernel PAYLOAD`; and as
// the domain of Xen, against a lean Linux on the same machine, and the bytes that Xen adds to its disk.
// LEANOS_BUILDROOT=FOLDER npm run bench -- payloads [--rounds 5]
import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {bareFirmwares} from '../src/build/bare-machine.ts';
import {readyImage, type ReadyImage} from '../src/build/ready-image.ts';
import {hostArchitecture} from '../src/core/architecture.ts';
import {startChild} from '../src/system/child.ts';
import {prepareMachine, type Firmware} from '../src/vm/boot-image.ts';
import {Machine} from '../src/vm/machine.ts';
import {makeBarePayload} from '../test/support/payloads.ts';
import {makePvPayload} from '../test/support/pv-payload.ts';
import {context, median, numberArgument, printTable, seconds} from './lab.ts';

const LONG_MS = 300_000;
/** Enough for Xen, and of a size that QEMU emulates well. */
const XEN_MIB = 640;
const SAYS = /payload: [^\n]*\n/;

const rounds = numberArgument('--rounds', 5);
const folder = mkdtempSync(join(tmpdir(), 'leanos-bench-'));
process.once('exit', () => rmSync(folder, {recursive: true, force: true}));

const build = (payload?: {file: string; args: string}, image = 'test'): Promise<ReadyImage> =>
  readyImage(
    {
      channel: 'alpha',
      image,
      arch: hostArchitecture().name,
      out: join(folder, payload === undefined ? 'plain' : 'carrying'),
      buildroot: process.env['LEANOS_BUILDROOT'],
      locked: false,
      payload,
    },
    context,
  );

/** The seconds from QEMU's start until the console has said something. */
async function untilSaid(
  {image, accelerator, run}: ReadyImage,
  {firmware, memoryMib, line}: {firmware: Firmware; memoryMib: number; line: RegExp},
): Promise<number> {
  const options = {folder, firmware, memoryMib, accelerator, run, discarded: true};
  const spec = await prepareMachine(image, options);
  let machine: Machine | undefined;
  const took = await seconds(async () => {
    machine = await Machine.start(spec);
    await machine.waitForConsole(line, LONG_MS);
  });
  await machine?.[Symbol.asyncDispose]();
  return took;
}

/** The same of a payload that QEMU loads itself, without anything of leanos. */
async function untilSaidAlone(file: string, accelerator: string): Promise<number> {
  const words = ['-machine', `q35,accel=${accelerator}`, '-m', '256', '-nodefaults', '-display', 'none'];
  const command = ['qemu-system-x86_64', ...words, '-serial', 'stdio', '-kernel', file] as const;
  return seconds(async () => {
    let said = '';
    await new Promise<void>((resolve) => {
      const child = startChild(command, {
        terminal: 'piped',
        onOutput: (text) => {
          said += text;
          if (!SAYS.test(said)) return;
          resolve();
          child.kill();
        },
      });
    });
  });
}

const bare = join(folder, 'multiboot1');
makeBarePayload('multiboot1', bare);
await using booted = await build({file: bare, args: 'ends'});
const firmwares = bareFirmwares(booted.built.prepared.request) ?? [];
const alone: number[] = [];
const taken = new Map<Firmware, number[]>(firmwares.map((firmware) => [firmware, []]));
for (let round = 0; round < rounds; round += 1) {
  alone.push(await untilSaidAlone(bare, booted.accelerator));
  for (const [firmware, times] of taken)
    times.push(await untilSaid(booted, {firmware, memoryMib: 256, line: SAYS}));
}
printTable(
  [
    `multiboot payload to its first line (${booted.accelerator}, ${rounds} rounds, medians)`,
    's',
    'ratio',
    'goal',
  ],
  [
    ['`qemu -kernel PAYLOAD`', median(alone).toFixed(2), '1.00', ''],
    ...[...taken].map(([firmware, times]) => [
      firmware,
      median(times).toFixed(2),
      (median(times) / median(alone)).toFixed(2),
      firmware === 'direct' ? '≤ 1.2' : '',
    ]),
  ],
);

const kernel = join(folder, 'unikernel');
makePvPayload(kernel);
await using xen = await build({file: kernel, args: 'ends'});
await using plain = await build();
const [xenTimes, plainTimes]: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round += 1) {
  const machine = {firmware: 'bios', memoryMib: XEN_MIB} as const;
  plainTimes.push(await untilSaid(plain, {...machine, line: /info: initramfs: up at/}));
  xenTimes.push(await untilSaid(xen, {...machine, line: SAYS}));
}
printTable(
  [`on one machine, BIOS, ${XEN_MIB} MiB`, 's', 'ratio', 'goal'],
  [
    ['the image `test` to its first process', median(plainTimes).toFixed(2), '1.00', ''],
    [
      'PV payload to its first line',
      median(xenTimes).toFixed(2),
      (median(xenTimes) / median(plainTimes)).toFixed(2),
      '≤ 2',
    ],
  ],
);

const mib = ({image}: ReadyImage): number => statSync(image.disk.path).size / 2 ** 20;
const sizes: string[][] = [];
for (const [image, goal] of [
  ['test', 4],
  ['minimal', 3],
] as const) {
  if (image === 'minimal' && process.env['LEANOS_BUILDROOT'] === undefined) continue;
  await using alone = await build(undefined, image);
  await using carrying = await build({file: kernel, args: 'ends'}, image);
  const [without, within] = [mib(alone), mib(carrying)];
  const cells = [without, within, within - without].map((value) => value.toFixed(2));
  sizes.push([`\`${image}\``, ...cells, `≤ ${goal}`]);
}
printTable(['disk (qcow2), MiB', 'alone', 'with Xen and a PV payload', 'added', 'goal'], sizes);
