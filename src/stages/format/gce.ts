import {open, rm, truncate} from 'node:fs/promises';
import {join} from 'node:path';
import {stat} from 'node:fs/promises';
import {gnuSparseHeader, type StoredRegion} from '../../formats/gnu-sparse-tar.ts';
import type {Run} from '../../system/run.ts';
import {copySparse, piecesOf} from '../../system/sparse.ts';
import {imageFormat} from './image-format.ts';
import {FROM_ITS_DISK, IN_A_CLOUD} from './tried-format.ts';
import {raw} from './raw.ts';

const GIB = 2 ** 30;
/** Two blocks of zeros end a tar. */
const TAR_END = Buffer.alloc(1024);

/** What Google Compute Engine takes: a `disk.raw` of whole GiB, sparse, in a tar of GNU's format, compressed by gzip. */
export const gce = imageFormat('gce', {
  kind: 'disk',
  files: {archive: 'gce.tar.gz'},
  parts: {raw},
  hardware: ['cloud'],
  tried: {
    opened: ['tar', 'gzip', 'sgdisk', 'sfdisk'],
    started: [FROM_ITS_DISK],
    notRun: {'Google Compute Engine': IN_A_CLOUD},
  },
  takenBy: 'Google Compute Engine',
  arches: ['x86_64', 'aarch64'],
  revision: 1,
  tools: ['gzip', 'sfdisk', 'qemu-img'],
  async write({files, parts, out, epoch, run}) {
    const [disk, tar] = [join(out, '.disk.raw'), join(out, '.disk.tar')];
    await copySparse(parts.raw, disk);
    await truncate(disk, Math.ceil((await stat(disk)).size / GIB) * GIB);
    // The copy of the partition table belongs to the end of the disk.
    await run(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '--relocate', 'gpt-bak-std', disk]);
    await writeSparseTar(tar, {disk, epoch, run});
    await run(['gzip', '-6', '--no-name', '--stdout'], {inputFile: tar, outputFile: files.archive});
    await Promise.all([rm(disk), rm(tar)]);
  },
});

async function writeSparseTar(
  path: string,
  {disk, epoch, run}: {readonly disk: string; readonly epoch: number; readonly run: Run},
): Promise<void> {
  const regions: StoredRegion[] = [];
  for await (const {at, data} of piecesOf(disk, run)) {
    const last = regions.at(-1);
    if (last !== undefined && last.at + last.bytes === at)
      regions.splice(-1, 1, {at: last.at, bytes: last.bytes + data.length});
    else regions.push({at, bytes: data.length});
  }
  const {size} = await stat(disk);
  await using tar = await open(path, 'w');
  await tar.write(gnuSparseHeader({name: 'disk.raw', bytes: size, epoch, regions}));
  for await (const {data} of piecesOf(disk, run)) await tar.write(data);
  await tar.write(TAR_END);
}
