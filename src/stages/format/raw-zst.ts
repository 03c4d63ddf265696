import {stat} from 'node:fs/promises';
import {imageFormat} from './image-format.ts';
import {IN_A_CLOUD} from './tried-format.ts';
import {raw} from './raw.ts';

/** The whole disk, compressed by zstd. */
export const rawZst = imageFormat('raw.zst', {
  kind: 'disk',
  files: {disk: 'disk.raw.zst'},
  parts: {raw},
  tried: {opened: ['zstd'], notRun: {Hetzner: IN_A_CLOUD}},
  takenBy: 'Hetzner Cloud (hcloud-upload-image), `zstdcat … > /dev/sdX`',
  revision: 1,
  tools: ['zstd'],
  async write({files, parts, run}) {
    const {size} = await stat(parts.raw);
    // One thread, because several give other bytes; the size goes into the header, for whoever makes room before unpacking.
    const zstd = ['zstd', '--quiet', '--single-thread', '-12', `--stream-size=${size}`, '--stdout'] as const;
    await run(zstd, {inputFile: parts.raw, outputFile: files.disk});
  },
});
