// What the image weighs, and what /usr weighs in other formats.
// npm run bench -- size
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, relative} from 'node:path';
import {gzipSync} from 'node:zlib';
import {BenchClone} from './clone.ts';
import {printTable} from './lab.ts';

const MIB = 2 ** 20;
/** The guest alone had 0.07; all datasources of clouds may take 64 KiB more. */
const SCRIPTS_GOAL = '≤ 0.13';
const GOALS: Readonly<Record<string, string>> = {disk: '≤ 17.00'};
const OTHERS = [
  {format: 'squashfs', compression: 'zstd', blockSize: '128KiB'},
  {format: 'squashfs', compression: 'xz', blockSize: '256KiB'},
  {format: 'erofs', compression: 'zstd', blockSize: '64KiB'},
  {format: 'erofs', compression: 'lzma', blockSize: '64KiB'},
  {format: 'erofs', compression: 'lz4hc', blockSize: '64KiB'},
];

interface Built {
  readonly artifacts: readonly {
    readonly kind: string;
    readonly format: string;
    readonly path: string;
    readonly bytes: number;
  }[];
  readonly stages: readonly {readonly name: string; readonly seconds: number}[];
}

using clone = new BenchClone();
const build = (...args: readonly string[]): Built =>
  JSON.parse(clone.leanos('build', '--json', ...args)) as Built;
const shown = (bytes: number): string => (bytes / MIB).toFixed(2);

const {artifacts} = build();
const scriptBytes = gzipSync(guestScripts(), {level: 9}).length;
printTable(
  ['artifact of `test`', 'MiB', 'goal'],
  artifacts
    .filter(({bytes}) => bytes > MIB / 4)
    .map(({kind, format, bytes}) => [`${kind} (${format})`, shown(bytes), GOALS[kind] ?? ''])
    .concat([['all of the guest’s own scripts (tar.gz)', shown(scriptBytes), SCRIPTS_GOAL]]),
);

const rows = OTHERS.map((usr, index) => {
  const name = `other-${index}`;
  writeFileSync(join(clone.folder, 'images', `${name}.yaml`), `extends: test\nusr: ${JSON.stringify(usr)}\n`);
  const built = build('--image', name);
  const file = built.artifacts.find(({kind}) => kind === 'usr');
  const bytes = file === undefined ? 0 : statSync(join(clone.folder, file.path)).size;
  const took = built.stages.find((stage) => stage.name.startsWith('usr-'))?.seconds ?? 0;
  return [`${usr.format} ${usr.compression} ${usr.blockSize}`, shown(bytes), `${took.toFixed(1)} s`];
});
printTable(['/usr as', 'MiB', 'made in'], rows);

/** The guest's own scripts as the image has them, in one archive. */
function guestScripts(): Buffer {
  const own = join(clone.folder, 'init-scripts/rootfs');
  // An image has /usr/sbin as a link to /usr/bin.
  const names = readdirSync(own, {recursive: true, withFileTypes: true})
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(own, join(entry.parentPath, entry.name)).replace(/^usr\/sbin\//, 'usr/bin/'));
  const rootfs = artifacts.find(({kind}) => kind === 'rootfs')?.path ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'leanos-size-'));
  try {
    execFileSync('tar', [
      '--extract',
      '--gzip',
      `--file=${join(clone.folder, rootfs)}`,
      `--directory=${folder}`,
      ...names,
    ]);
    return execFileSync('tar', ['--create', '--sort=name', `--directory=${folder}`, 'usr']);
  } finally {
    rmSync(folder, {recursive: true});
  }
}
