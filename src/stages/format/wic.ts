import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {stat, writeFile} from 'node:fs/promises';
import {BMAP_BLOCK_BYTES, formatBmap, type BmapRange} from '../../formats/bmap.ts';
import {diskLayout, partition, SECTOR_BYTES} from '../../formats/disk-layout.ts';
import {copySparse} from '../../system/sparse.ts';
import {imageFormat} from './image-format.ts';
import {rawGz} from './raw-gz.ts';
import {raw} from './raw.ts';

/** The whole disk, compressed, and the map of what must be written of it, which bmaptool(1) finds beside it. */
export const wic = imageFormat('wic', {
  kind: 'disk',
  files: {disk: 'disk.wic.gz', bmap: 'disk.wic.bmap'},
  parts: {raw, rawGz, usr: 'usr'},
  tried: {opened: ['bmaptool', 'sfdisk']},
  takenBy: '`bmaptool copy`, for cards and sticks',
  revision: 1,
  tools: [],
  async write({files, parts, options}) {
    await copySparse(parts.rawGz, files.disk);
    const layout = diskLayout(options.sizes, options);
    const {size: usrBytes} = await stat(parts.usr);
    // What is zero in a filesystem has to be zero on a card too, whatever was there. Nobody reads the end of slot A, or slot B.
    const read = [
      [0, partition(layout, 'USR-A').startLba * SECTOR_BYTES + usrBytes],
      [partition(layout, 'STATE').startLba * SECTOR_BYTES, layout.bytes],
    ] as const;
    const ranges = await Promise.all(read.map(([from, to]) => rangeOf(parts.raw, from, to)));
    await writeFile(files.bmap, formatBmap(layout.bytes, ranges));
  },
});

/** The blocks from one byte up to another. */
async function rangeOf(path: string, from: number, to: number): Promise<BmapRange> {
  const [first, end] = [Math.floor(from / BMAP_BLOCK_BYTES), Math.ceil(to / BMAP_BLOCK_BYTES)];
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, {
    start: first * BMAP_BLOCK_BYTES,
    end: end * BMAP_BLOCK_BYTES - 1,
  }))
    hash.update(chunk as Buffer);
  return {first, last: end - 1, sha256: hash.digest('hex')};
}
