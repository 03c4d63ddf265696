import {imageFormat} from './image-format.ts';
import {IN_A_CLOUD} from './tried-format.ts';
import {raw} from './raw.ts';

/** The whole disk, compressed by xz. */
export const rawXz = imageFormat('raw.xz', {
  kind: 'disk',
  files: {disk: 'disk.raw.xz'},
  parts: {raw},
  tried: {opened: ['xz'], notRun: {'Hetzner, UpCloud': IN_A_CLOUD}},
  takenBy: 'Hetzner Cloud (hcloud-upload-image), UpCloud, `xzcat … > /dev/sdX`',
  revision: 1,
  tools: ['xz'],
  async write({files, parts, run}) {
    // One thread: how many there are decides the blocks of the file. What is on the disk is compressed already: level 6 takes
    // three times as long and saves 0.2 %.
    await run(['xz', '-0', '--threads=1', '--stdout'], {inputFile: parts.raw, outputFile: files.disk});
  },
});
