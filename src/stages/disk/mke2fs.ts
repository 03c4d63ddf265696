import {readSync} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';
import {SUPERBLOCK_BYTES, superblockPlaces, withSignedHashes} from '../../formats/ext4-superblock.ts';
import type {Run} from '../../system/run.ts';

/**
 * Makes an ext2, ext3 or ext4 in a file, with mke2fs(8). That notes in the superblocks whether names are hashed as signed
 * characters, and takes what its own compiler does: x86's are signed, ARM's are not. Here they are, whatever the host.
 */
export async function mke2fs(image: string, args: readonly string[], run: Run): Promise<void> {
  await run(['mke2fs', ...args, image]);
  await using disk = await open(image, 'r+');
  const read = (at: number, bytes: number) => readAt(disk, at, bytes);
  for (const at of superblockPlaces(read))
    await disk.write(withSignedHashes(read(at, SUPERBLOCK_BYTES)), 0, SUPERBLOCK_BYTES, at);
}

/** Bytes of an open file; zeros where it has ended. */
export function readAt({fd}: FileHandle, at: number, bytes: number): Buffer {
  const data = Buffer.alloc(bytes);
  readSync(fd, data, 0, bytes, at);
  return data;
}
