import {imageFormat} from './image-format.ts';
import {IN_A_CLOUD, OWN_HOST} from './tried-format.ts';
import {raw} from './raw.ts';

/** The whole disk, compressed by gzip. */
export const rawGz = imageFormat('raw.gz', {
  kind: 'disk',
  files: {disk: 'disk.raw.gz'},
  parts: {raw},
  tried: {opened: ['gzip'], notRun: {'DigitalOcean, UpCloud': IN_A_CLOUD, SmartOS: OWN_HOST}},
  takenBy: 'DigitalOcean, UpCloud, SmartOS, `zcat … > /dev/sdX`',
  revision: 1,
  tools: ['gzip'],
  async write({files, parts, run}) {
    await run(['gzip', '-6', '--no-name', '--stdout'], {inputFile: parts.raw, outputFile: files.disk});
  },
});
