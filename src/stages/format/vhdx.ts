import {open, type FileHandle} from 'node:fs/promises';
import {sha256} from '../../core/canonical.ts';
import {
  HEADER_BYTES,
  HEADER_PLACES,
  METADATA_TABLE_BYTES,
  REGION_TABLE_BYTES,
  REGION_TABLE_PLACE,
  setVhdxHeader,
  vhdxItems,
  vhdxLog,
  vhdxMetadata,
} from '../../formats/vhdx.ts';
import {imageFormat} from './image-format.ts';
import {FROM_ITS_DISK, OWN_HOST} from './tried-format.ts';
import {raw} from './raw.ts';

/** A disk of Hyper-V that takes the room of what is on it. */
export const vhdx = imageFormat('vhdx', {
  kind: 'disk',
  files: {disk: 'disk.vhdx'},
  parts: {raw},
  hardware: ['cloud'],
  tried: {opened: ['qemu-img'], started: [FROM_ITS_DISK], notRun: {'Hyper-V': OWN_HOST}},
  takenBy: 'Hyper-V (generation 2)',
  magic: {at: 0, text: 'vhdxfile'}, // [MS-VHDX] 2.2.1
  driver: 'vhdx',
  arches: ['x86_64', 'i386', 'aarch64'],
  revision: 1,
  tools: ['qemu-img'],
  async write({files, parts, options, run}) {
    const how = 'subformat=dynamic,block_size=1M,log_size=1M';
    await run(['qemu-img', 'convert', '-f', 'raw', '-O', 'vhdx', '-o', how, parts.raw, files.disk]);
    await using disk = await open(files.disk, 'r+');
    await setIdentifiers(disk, options.seed);
  },
});

/** Writes what follows from the seed where qemu-img has put random numbers, and takes away the log of how it wrote. */
async function setIdentifiers(disk: FileHandle, seed: string): Promise<void> {
  const id = (what: string) => Buffer.from(sha256(`${seed} vhdx ${what}`).slice(0, 32), 'hex');
  for (const [index, at] of HEADER_PLACES.entries()) {
    const header = await read(disk, at, HEADER_BYTES);
    const log = vhdxLog(header);
    await disk.write(Buffer.alloc(log.bytes), 0, log.bytes, log.at);
    setVhdxHeader(header, {sequence: index + 1, file: id('file'), data: id('data')});
    await disk.write(header, 0, header.length, at);
  }
  const metadata = vhdxMetadata(await read(disk, REGION_TABLE_PLACE, REGION_TABLE_BYTES));
  const {diskId} = vhdxItems(await read(disk, metadata, METADATA_TABLE_BYTES));
  await disk.write(id('disk'), 0, 16, metadata + diskId);
}

async function read(disk: FileHandle, at: number, bytes: number): Promise<Buffer> {
  return (await disk.read(Buffer.alloc(bytes), 0, bytes, at)).buffer;
}
