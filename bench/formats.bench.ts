// What each format of a disk weighs and takes, beside the tools that write its like from the same disk.
// npm run bench -- formats
import {execFile} from 'node:child_process';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {FormatName} from '../src/stages/format/image-formats.ts';
import {BenchClone} from './clone.ts';
import {printTable, seconds} from './lab.ts';

const QCOW2 = 'qemu-img convert -f raw -c -O qcow2 "$1" "$2"';
const VMDK = 'qemu-img convert -f raw -O vmdk -o subformat=streamOptimized "$1" "$2"';
const GZIP = 'gzip -6 -n <"$1" >"$2"';
const COPY = 'cp --sparse=always "$1" "$2"';
const BOX = 'tar -c "$2" | gzip -1 >"$2.box"';

/** Shell text that writes $2 from the raw disk $1 with qemu-img, a compressor, tar or cp. */
const ALONE = {
  qcow2: QCOW2,
  raw: COPY,
  ec2: COPY,
  'raw.gz': GZIP,
  'raw.zst': 'zstd -q -12 --single-thread <"$1" >"$2"',
  'raw.xz': 'xz -0 -T1 <"$1" >"$2"',
  vmdk: VMDK,
  ova: `${VMDK} && tar -cf "$2.ova" "$2"`,
  vhd: 'qemu-img convert -f raw -O vpc -o subformat=fixed,force_size "$1" "$2"',
  vhdx: 'qemu-img convert -f raw -O vhdx -o block_size=1M "$1" "$2"',
  gce: 'tar --format=oldgnu -Sczf "$2" "$1"',
  wic: GZIP,
  'vagrant-libvirt': `${QCOW2} && ${BOX}`,
  'vagrant-virtualbox': `${VMDK} && ${BOX}`,
} as const satisfies Partial<Readonly<Record<FormatName, string>>>;

interface Built {
  readonly artifacts: readonly {readonly format: string; readonly path: string; readonly bytes: number}[];
  readonly stages: readonly {readonly name: string; readonly seconds: number}[];
}

const execute = promisify(execFile);
using clone = new BenchClone();
const formats = Object.entries(ALONE);
const build = (...words: readonly string[]): Built =>
  JSON.parse(clone.leanos('build', '--json', '--format', ...words)) as Built;
const find = ({artifacts}: Built, name: string) => artifacts.find(({format}) => format === name);

const raw = join(clone.folder, find(build('raw'), 'raw')?.path ?? '');
const startedMs = performance.now();
const built = build(formats.map(([name]) => name).join(','));
const together = (performance.now() - startedMs) / 1000;
const rows: string[][] = [];
for (const [name, script] of formats) {
  rows.push([
    name,
    ((find(built, name)?.bytes ?? 0) / 2 ** 20).toFixed(2),
    `${(built.stages.find((stage) => stage.name === `format-${name}`)?.seconds ?? 0).toFixed(1)} s`,
    `${(await alone([[name, script]])).toFixed(1)} s`,
  ]);
}
const tools = await alone(formats);
printTable(
  ['format of `test`', 'MiB', 'made in', 'its tools alone'],
  [
    ...rows,
    [
      'all of them from one built disk, as many at once as there are processors',
      '',
      `${together.toFixed(1)} s: ${(together / tools).toFixed(2)} times (goal: ≤ 2)`,
      `${tools.toFixed(1)} s`,
    ],
  ],
);

/** The seconds that the tools take for some formats, as many at once as there are processors. */
async function alone(some: readonly (readonly [string, string])[]): Promise<number> {
  const waiting = [...some];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, script] = next;
      await execute('sh', ['-ec', script, 'sh', raw, join(clone.folder, `alone-${name}`)]);
    }
  };
  return seconds(async () => Promise.all(Array.from({length: availableParallelism()}, work)));
}
