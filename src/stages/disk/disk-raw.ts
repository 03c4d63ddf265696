import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import {createSparse} from '../../system/sparse.ts';
import {
  DISK_INPUTS,
  DISK_TOOLS,
  diskBytes,
  diskPieces,
  type DiskInput,
  type DiskOptions,
} from './disk-pieces.ts';

/** The whole disk as it lies on a device, `disk.raw`; what is zero takes no room. */
export const diskRaw = defineStage<DiskOptions, DiskInput>({
  name: 'disk-raw',
  revision: 1,
  tools: DISK_TOOLS,
  inputs: DISK_INPUTS,
  async build(context) {
    const path = join(context.out, 'disk.raw');
    await createSparse(path, diskBytes(context.options));
    await using disk = await open(path, 'r+');
    for await (const {at, data} of diskPieces(context)) await disk.write(data, 0, data.length, at);
  },
});
