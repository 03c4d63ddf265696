// How long builds take, against `node -e 0` and against an image that mmdebstrap makes of the same packages. The tools of both
// are installed, the packages of leanos are downloaded.
// npm run bench -- build [--rounds 3]
import {execFileSync} from 'node:child_process';
import {appendFileSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {LeanosError} from '../src/core/error.ts';
import {BenchClone} from './clone.ts';
import {context, median, numberArgument, printTable, seconds} from './lab.ts';

const SCRIPT = 'init-scripts/rootfs/usr/sbin/leanos-status';
const PACKAGES = 'busybox-static,dropbear-bin,linux-image-cloud-amd64';

/** A minimal Debian with the same BusyBox, Dropbear and kernel, on a compressed disk: what one would do without leanos. */
async function mmdebstrapSeconds(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'leanos-peer-'));
  const keyring = join(context.workspace.checkout, 'keyrings/debian-archive-trixie.asc');
  const sources = `deb [signed-by=${keyring}] http://deb.debian.org/debian trixie main`;
  const steps = [
    [
      'mmdebstrap',
      '--quiet',
      '--variant=minbase',
      `--include=${PACKAGES}`,
      'trixie',
      join(folder, 'root'),
      sources,
    ],
    ['mke2fs', '-q', '-t', 'ext4', '-d', join(folder, 'root'), join(folder, 'disk.raw'), '1G'],
    ['qemu-img', 'convert', '-c', '-O', 'qcow2', join(folder, 'disk.raw'), join(folder, 'disk.qcow2')],
  ] as const;
  try {
    return await seconds(() => {
      const env = {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`};
      for (const [program, ...args] of steps)
        execFileSync(program, args, {stdio: ['ignore', 'ignore', 'inherit'], env});
      return Promise.resolve();
    });
  } catch (error) {
    throw new LeanosError('TOOL_MISSING', 'mmdebstrap did not run', {
      hint: 'apt-get install mmdebstrap e2fsprogs qemu-utils',
      cause: error,
    });
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

const rounds = numberArgument('--rounds', 3);
using clone = new BenchClone();
clone.leanos('build'); // so that packages are downloaded

const timed = (work: () => unknown): Promise<number> =>
  seconds(() => {
    work();
    return Promise.resolve();
  });

const node: number[] = [];
const full: number[] = [];
const again: number[] = [];
const edited: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  node.push(await timed(() => execFileSync(process.execPath, ['-e', '0'])));
  clone.forgetBuilt();
  full.push(await timed(() => clone.leanos('build')));
  again.push(await timed(() => clone.leanos('build')));
  appendFileSync(join(clone.folder, SCRIPT), `# round ${round}\n`);
  edited.push(await timed(() => clone.leanos('build')));
}
const peer = process.argv.includes('--no-peer') ? undefined : await mmdebstrapSeconds();

const show = (value: number): string => `${value.toFixed(2)} s`;
const all = median(full);
printTable(
  [`builds (${rounds} rounds, medians)`, 'time', 'against', 'result', 'goal'],
  [
    [
      'nothing changed',
      show(median(again)),
      `\`node -e 0\` ${show(median(node))}`,
      `+${show(median(again) - median(node))}`,
      '≤ +0.7 s',
    ],
    [
      'one init script edited',
      show(median(edited)),
      `full build ${show(all)}`,
      (median(edited) / all).toFixed(2),
      '≤ 0.33',
    ],
    ...(peer === undefined
      ? []
      : [
          [
            'full build, packages downloaded',
            show(all),
            `mmdebstrap disk ${show(peer)}`,
            (all / peer).toFixed(3),
            '≤ 0.125',
          ],
        ]),
  ],
);
