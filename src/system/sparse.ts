import {open, truncate, writeFile, type FileHandle} from 'node:fs/promises';

const BLOCK = 64 * 1024;
const ZEROS = Buffer.alloc(BLOCK);

/** Makes a file of that size that takes no room yet. */
export async function createSparse(path: string, bytes: number): Promise<void> {
  await writeFile(path, '');
  await truncate(path, bytes);
}

/** Copies a file into another at an offset, leaving out what is zero. @throws Error when it is larger than `limitBytes` */
export async function copyInto(
  target: FileHandle,
  source: string,
  {offsetBytes, limitBytes}: {offsetBytes: number; limitBytes: number},
): Promise<void> {
  await using from = await open(source, 'r');
  const {size} = await from.stat();
  if (size > limitBytes) throw new Error(`${source} has ${size} bytes, ${limitBytes} fit`);
  const buffer = Buffer.alloc(BLOCK);
  for (let at = 0; at < size; at += BLOCK) {
    const {bytesRead} = await from.read(buffer, 0, BLOCK, at);
    const piece = buffer.subarray(0, bytesRead);
    if (!piece.equals(ZEROS.subarray(0, bytesRead)))
      await target.write(piece, 0, bytesRead, offsetBytes + at);
  }
}
