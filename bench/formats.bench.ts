// What each format weighs and takes, beside the tools that write its like from the same built image.
// npm run bench -- formats [--rounds 3] [--format raw,NAME]: with a format, what it is made of has to be named as well
import {execFile} from 'node:child_process';
import {mkdirSync, rmSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {hostArchitecture} from '../src/core/architecture.ts';
import {formatFiles, formatsFor, type FormatName} from '../src/stages/format/image-formats.ts';
import {BenchClone} from './clone.ts';
import {median, numberArgument, printTable, spent, textArgument, type Spent} from './lab.ts';

/** Shell text that writes $2, and the format whose file it is given as $1: `raw` is there, of others that of the tools. */
interface Alone {
  readonly of?: FormatName;
  readonly script: string;
}

const COPY = 'cp --sparse=always "$1" "$2"';
const BOX = 'tar -c "$1" | gzip -1 >"$2"';
const BLANK = 'truncate -s 8M "$2.img" && mke2fs -q -t ext3 "$2.img"';
const TREE = 'mkdir "$2.tree" && tar -xf "$rootfs" -C "$2.tree" && cp "$kernel" "$initramfs" "$2.tree"';

/** What qemu-img, compressors, archivers and makers of filesystems do alone, the longest first. What has no row needs none of them. */
const ALONE: Partial<Readonly<Record<FormatName, Alone>>> = {
  'raw.xz': {of: 'raw', script: 'xz -0 -T1 <"$1" >"$2"'},
  incus: {
    script:
      'gzip -dc "$rootfs" >"$2.tar" && xz -6 -T1 <"$2.tar" >"$2" && sqfstar -quiet -no-progress -comp xz "$2.squashfs" <"$2.tar"',
  },
  lxc: {script: 'gzip -dc "$rootfs" | xz -6 -T1 >"$2"'},
  'raw.gz': {of: 'raw', script: 'gzip -6 -n <"$1" >"$2"'},
  vmdk: {of: 'raw', script: 'qemu-img convert -f raw -O vmdk -o subformat=streamOptimized "$1" "$2"'},
  qcow2: {of: 'raw', script: 'qemu-img convert -f raw -c -O qcow2 "$1" "$2"'},
  'raw.zst': {of: 'raw', script: 'zstd -q -12 --single-thread <"$1" >"$2"'},
  gce: {of: 'raw', script: 'tar --format=oldgnu -Sczf "$2" "$1"'},
  raw: {of: 'raw', script: COPY},
  ec2: {of: 'raw', script: COPY},
  firecracker: {of: 'raw', script: COPY},
  vhd: {of: 'raw', script: 'qemu-img convert -f raw -O vpc -o subformat=fixed,force_size "$1" "$2"'},
  vhdx: {of: 'raw', script: 'qemu-img convert -f raw -O vhdx -o block_size=1M "$1" "$2"'},
  ova: {of: 'vmdk', script: 'tar -cf "$2" "$1"'},
  wic: {of: 'raw.gz', script: COPY},
  'vagrant-libvirt': {of: 'qcow2', script: BOX},
  'vagrant-virtualbox': {of: 'vmdk', script: BOX},
  oci: {script: 'tar -cf "$2" "$rootfs"'},
  containerdisk: {of: 'qcow2', script: 'tar -cf "$2.layer" "$1" && tar -cf "$2" "$2.layer"'},
  uec: {script: `${BLANK} && tar -c "$2.img" "$kernel" "$initramfs" | gzip -1 >"$2"`},
  ironic: {script: `${TREE} && mke2fs -q -t ext4 -d "$2.tree" "$2" 64M`},
  iso: {script: 'xorriso -as mkisofs -quiet -r -o "$2" "$kernel" "$initramfs"'},
};

interface Built {
  readonly artifacts: readonly {
    readonly kind: string;
    readonly format: string;
    readonly path: string;
    readonly bytes: number;
  }[];
  readonly stages: readonly {readonly name: string; readonly seconds: number}[];
}

const rounds = numberArgument('--rounds', 3);
const asked = textArgument('--format', 'all');
const formats = formatsFor(hostArchitecture().name).filter(
  (name) => asked === 'all' || asked.split(',').includes(name),
);
const execute = promisify(execFile);
using clone = new BenchClone();
const build = (out: string): Built =>
  JSON.parse(clone.leanos('build', '--json', '--format', asked, '--out', out)) as Built;

/** The image is built, and its formats once: what is measured is to make them again. */
const first = build('first');
const pathOf = (key: 'kind' | 'format', wanted: string): string =>
  join(clone.folder, first.artifacts.find((artifact) => artifact[key] === wanted)?.path ?? '');
const raw = pathOf('format', 'raw');
const parts = Object.fromEntries(
  ['rootfs', 'kernel', 'initramfs'].map((kind) => [kind, pathOf('kind', kind)]),
);

const made: Spent[] = [];
const alone: Spent[] = [];
const stageSeconds = new Map<string, number[]>();
const toolSeconds = new Map<string, number[]>();
for (let round = 0; round < rounds; round += 1) {
  clone.forgetBuilt('test', ['--format', asked], (stage) => /^(format-|release-files)/.test(stage));
  const [out, tools] = [`out-${round}`, join(clone.folder, `tools-${round}`)];
  let built = first;
  made.push(await spent(() => Promise.resolve((built = build(out)))));
  for (const {name, seconds} of built.stages) note(stageSeconds, name, seconds);
  mkdirSync(tools);
  alone.push(await spent(() => allAlone(tools)));
  for (const folder of [join(clone.folder, out), tools]) rmSync(folder, {recursive: true});
}

const medianOf = (of: ReadonlyMap<string, readonly number[]>, name: string): string =>
  of.has(name) ? `${median(of.get(name) ?? []).toFixed(1)} s` : '';
const total = (what: string, key: keyof Spent, goal: string): string[] => {
  const [own, floor] = [made, alone].map((taken) => median(taken.map((each) => each[key])));
  const ratio = (own ?? 0) / (floor ?? 1);
  return [what, '', `${own?.toFixed(1)} s: ${ratio.toFixed(2)} times${goal}`, `${floor?.toFixed(1)} s`];
};
printTable(
  [`format of \`test\` (${rounds} rounds, medians)`, 'MiB', 'made in', 'its tools alone'],
  [
    ...formats.map((name) => [
      name,
      (bytesOf(name) / 2 ** 20).toFixed(2),
      medianOf(stageSeconds, `format-${name}`),
      medianOf(toolSeconds, name) || 'needs none',
    ]),
    total('all of them, as many at once as there are processors', 'seconds', ' (goal: ≤ 2)'),
    total('the time of all processors for that', 'processorSeconds', ''),
  ],
);

function bytesOf(name: FormatName): number {
  const files = formatFiles(name).map(({format}) => format);
  return first.artifacts.reduce((sum, {format, bytes}) => sum + (files.includes(format) ? bytes : 0), 0);
}

function note(seconds: Map<string, number[]>, name: string, value: number): void {
  seconds.set(name, [...(seconds.get(name) ?? []), value]);
}

/** What the tools do for all formats, as many at once as there are processors; those that take another one's file come after the others. */
async function allAlone(folder: string): Promise<void> {
  const rows = (Object.entries(ALONE) as [FormatName, Alone][]).filter(([name]) => formats.includes(name));
  const isLater = ({of}: Alone): boolean => of !== undefined && of !== 'raw';
  for (const later of [false, true]) {
    const waiting = rows.filter(([, row]) => isLater(row) === later);
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [name, {of, script}] = next;
        const source = of === undefined || of === 'raw' ? raw : join(folder, of);
        const words = ['-ec', script, 'sh', source, join(folder, name)];
        const {seconds} = await spent(() => execute('sh', words, {env: {...process.env, ...parts}}));
        note(toolSeconds, name, seconds);
      }
    };
    await Promise.all(Array.from({length: availableParallelism()}, work));
  }
}
