import {open} from 'node:fs/promises';
import {createSparse} from '../../system/sparse.ts';
import {diskStage} from './disk-pieces.ts';

/** The whole disk as it lies on a device, `disk.raw`; what is zero takes no room. */
export const diskRaw = diskStage('raw', 1, async (path, pieces, {bytes}) => {
  await createSparse(path, bytes);
  await using disk = await open(path, 'r+');
  for await (const {at, data} of pieces) await disk.write(data, 0, data.length, at);
});
