import {open, truncate, writeFile} from 'node:fs/promises';
import type {Run} from './run.ts';

/** Of a piece: as much as a cluster of a qcow2. */
export const PIECE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/** A part of a file that is not all zeros: 64 KiB, at a multiple of that, or what is left at the end. */
export interface Piece {
  readonly at: number;
  /** Holds until the next piece is asked for. */
  readonly data: Buffer;
}

/** Makes a file of that size that takes no room yet. */
export async function createSparse(path: string, bytes: number): Promise<void> {
  await writeFile(path, '');
  await truncate(path, bytes);
}

/** What of a file is not zero, from its start to its end. `run` has qemu-img(1), which finds holes without reading them. */
export async function* piecesOf(path: string, run: Run): AsyncGenerator<Piece> {
  const map = await run(['qemu-img', 'map', '--output=json', '-f', 'raw', path]);
  await using file = await open(path, 'r');
  const buffer = Buffer.alloc(PIECE_BYTES);
  let next = 0;
  for (const {start, length, zero} of JSON.parse(map) as {start: number; length: number; zero: boolean}[]) {
    if (zero) continue;
    next = Math.max(next, start - (start % PIECE_BYTES));
    for (; next < start + length; next += PIECE_BYTES) {
      const {bytesRead} = await file.read(buffer, 0, PIECE_BYTES, next);
      const data = buffer.subarray(0, bytesRead);
      if (!data.equals(ZEROS.subarray(0, bytesRead))) yield {at: next, data};
    }
  }
}
