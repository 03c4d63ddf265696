// How long builds take, against `node -e 0` and against an image that mmdebstrap makes of the same packages. The tools of both
// are installed, the packages of leanos are downloaded.
// npm run bench -- build [--rounds 3]
import {execFileSync} from 'node:child_process';
import {appendFileSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {BenchClone} from './clone.ts';
import {median, numberArgument, printTable, seconds} from './lab.ts';
import {peerTool, writePeer} from './peer.ts';

const SCRIPT = 'init-scripts/rootfs/usr/sbin/leanos-status';

/** How long the peer takes, on a compressed disk. */
async function mmdebstrapSeconds(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'leanos-peer-'));
  try {
    return await seconds(async () => {
      const {disk} = await writePeer(folder);
      peerTool('qemu-img', 'convert', '-c', '-O', 'qcow2', disk, join(folder, 'disk.qcow2'));
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
