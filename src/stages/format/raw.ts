import {open} from 'node:fs/promises';
import {diskLayout, SECTOR_BYTES} from '../../formats/disk-layout.ts';
import {createSparse} from '../../system/sparse.ts';
import {diskPieces} from '../disk/disk-pieces.ts';
import {imageFormat} from './image-format.ts';
import {FROM_ITS_DISK, IN_A_CLOUD, OWN_HOST, QEMU_INSIDE} from './tried-format.ts';

/** The whole disk as it lies on a device; what is zero takes no room. The other formats of disks are made of it. */
export const raw = imageFormat('raw', {
  kind: 'disk',
  files: {disk: 'disk.raw'},
  parts: {esp: 'esp', usr: 'usr', state: 'state', grub: 'grub'},
  optional: ['usr', 'state'],
  tried: {
    opened: ['sgdisk'],
    started: [FROM_ITS_DISK],
    notRun: {Vultr: IN_A_CLOUD, libvirt: QEMU_INSIDE, Xen: OWN_HOST},
  },
  takenBy: 'Vultr, libvirt, Xen, dd',
  magic: {at: SECTOR_BYTES, text: 'EFI PART'}, // UEFI 2.10, 5.3.2
  driver: 'raw',
  revision: 1,
  tools: ['sfdisk', 'qemu-img'],
  async write({files, parts, options, out, run}) {
    const layout = diskLayout(options.sizes, options);
    await createSparse(files.disk, layout.bytes);
    await using disk = await open(files.disk, 'r+');
    for await (const {at, data} of diskPieces({layout, parts, bios: options.bios, scratch: out, run}))
      await disk.write(data, 0, data.length, at);
  },
});
