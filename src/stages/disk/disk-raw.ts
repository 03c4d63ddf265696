import {open} from 'node:fs/promises';
import {createSparse} from '../../system/sparse.ts';
import {SECTOR_BYTES} from '../../formats/disk-layout.ts';
import {diskFormat} from './disk-format.ts';

/** The whole disk as it lies on a device, `disk.raw`; what is zero takes no room. */
export const raw = diskFormat('raw', {
  revision: 1,
  driver: 'raw',
  magic: {at: SECTOR_BYTES, text: 'EFI PART'}, // UEFI 2.10, 5.3.2
  takenBy: 'dd, libvirt, Google Compute Engine in a tar archive',
  async write(path, pieces, {bytes}) {
    await createSparse(path, bytes);
    await using disk = await open(path, 'r+');
    for await (const {at, data} of pieces) await disk.write(data, 0, data.length, at);
  },
});
