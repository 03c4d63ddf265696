import {open} from 'node:fs/promises';
import {sha256} from '../../core/canonical.ts';
import type {Run} from '../../system/run.ts';
import {imageFormat} from './image-format.ts';
import {FROM_ITS_DISK, IN_A_CLOUD, OWN_HOST} from './tried-format.ts';
import {raw} from './raw.ts';

const SECTOR_BYTES = 512;
/** Where the descriptor is, and how long, in sectors: fields of the header (VMware, Virtual Disk Format 5.0, "Hosted Sparse Extent Header"). */
const DESCRIPTOR_OFFSET_AT = 28;
const DESCRIPTOR_SIZE_AT = 36;

/** A disk of VMware in the form that travels: one file, compressed (streamOptimized). */
export const vmdk = imageFormat('vmdk', {
  kind: 'disk',
  files: {disk: 'disk.vmdk'},
  streams: {disk: {ftypes: ['vmdk']}},
  parts: {raw},
  hardware: ['vmware'],
  tried: {
    opened: ['qemu-img'],
    started: [FROM_ITS_DISK],
    notRun: {'vSphere, ESXi': OWN_HOST, 'Amazon EC2': IN_A_CLOUD},
  },
  takenBy: 'VMware vSphere and ESXi, OpenStack on them, Amazon EC2 (import)',
  magic: {at: 0, text: 'KDMV'},
  driver: 'vmdk',
  arches: ['x86_64', 'i386', 'aarch64'],
  revision: 1,
  tools: ['qemu-img'],
  async write({files, parts, options, run}) {
    await writeVmdk(files.disk, {raw: parts.raw, seed: options.seed, run});
  },
});

/** Writes a raw disk as one of VMware; what identifies its content follows from `seed`. `run` knows qemu-img. */
export async function writeVmdk(
  path: string,
  {raw: disk, seed, run}: {readonly raw: string; readonly seed: string; readonly run: Run},
): Promise<void> {
  const how = 'subformat=streamOptimized,adapter_type=lsilogic,compat6';
  await run(['qemu-img', 'convert', '-f', 'raw', '-O', 'vmdk', '-o', how, disk, path]);
  await setContentId(path, contentId(seed));
}

/** 32 bits in hexadecimal; all ones and all but one mean something else. */
function contentId(seed: string): string {
  return sha256(`${seed} vmdk`).slice(0, 7).padStart(8, '0');
}

/** Writes the identifier of the content, where qemu-img has put a random one. */
async function setContentId(path: string, id: string): Promise<void> {
  await using disk = await open(path, 'r+');
  const {buffer: header} = await disk.read(Buffer.alloc(SECTOR_BYTES), 0, SECTOR_BYTES, 0);
  const at = Number(header.readBigUInt64LE(DESCRIPTOR_OFFSET_AT)) * SECTOR_BYTES;
  const size = Number(header.readBigUInt64LE(DESCRIPTOR_SIZE_AT)) * SECTOR_BYTES;
  const {buffer} = await disk.read(Buffer.alloc(size), 0, size, at);
  const text = buffer.toString('latin1').replace(/\0+$/, '');
  const changed = Buffer.alloc(size);
  changed.write(text.replace(/^CID=[0-9a-f]+$/m, `CID=${id}`), 'latin1');
  await disk.write(changed, 0, size, at);
}
