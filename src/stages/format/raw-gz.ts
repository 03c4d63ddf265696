import {imageFormat} from './image-format.ts';
import {raw} from './raw.ts';

/** The whole disk, compressed by gzip. */
export const rawGz = imageFormat('raw.gz', {
  kind: 'disk',
  files: {disk: 'disk.raw.gz'},
  parts: {raw},
  takenBy: 'DigitalOcean, UpCloud, SmartOS, `zcat … > /dev/sdX`',
  revision: 1,
  tools: ['gzip'],
  async write({files, parts, run}) {
    await run(['gzip', '-6', '--no-name', '--stdout'], {inputFile: parts.raw, outputFile: files.disk});
  },
});
