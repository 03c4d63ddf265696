import {stat, truncate, writeFile} from 'node:fs/promises';
import {sha256} from '../../core/canonical.ts';
import {encodeVhdFooter} from '../../formats/vhd-footer.ts';
import {copySparse} from '../../system/sparse.ts';
import {imageFormat} from './image-format.ts';
import {FROM_ITS_DISK, IN_A_CLOUD, OWN_HOST} from './tried-format.ts';
import {raw} from './raw.ts';

const MIB = 1024 * 1024;

/** A fixed disk of Virtual PC, as Azure takes it: all of the disk, whole MiB, and a footer. */
export const vhd = imageFormat('vhd', {
  kind: 'disk',
  files: {disk: 'disk.vhd'},
  parts: {raw},
  hardware: ['cloud'],
  tried: {
    opened: ['qemu-img'],
    started: [FROM_ITS_DISK],
    notRun: {'Azure, Amazon EC2': IN_A_CLOUD, 'XCP-ng, Hyper-V': OWN_HOST},
  },
  takenBy: 'Azure, Amazon EC2 (import-snapshot), Xen (XCP-ng), Hyper-V (generation 1)',
  magic: {at: -512, text: 'conectix'},
  driver: 'vpc',
  arches: ['x86_64', 'i386', 'aarch64'],
  revision: 1,
  tools: [],
  async write({files, parts, options, epoch}) {
    await copySparse(parts.raw, files.disk);
    const bytes = Math.ceil((await stat(parts.raw)).size / MIB) * MIB;
    await truncate(files.disk, bytes);
    const uuid = Buffer.from(sha256(`${options.seed} vhd`).slice(0, 32), 'hex');
    await writeFile(files.disk, encodeVhdFooter({bytes, epoch, uuid}), {flag: 'a'});
  },
});
