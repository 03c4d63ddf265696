import {createHash} from 'node:crypto';
import {constants, copyFile, open, truncate, writeFile, type FileHandle} from 'node:fs/promises';
import {hashFile} from './hash-file.ts';
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

const COPY_BYTES = 1024 * 1024;
const COPY_ZEROS = Buffer.alloc(COPY_BYTES);

/** Copies a file; what is zero takes no room in the copy, and nothing does where the filesystem lets files share bytes. */
export async function copySparse(from: string, to: string): Promise<void> {
  if (!(await sharesBytes(from, to))) await copyData(from, to, () => undefined);
}

/** Copies a file as `copySparse` does, and gives the sha256 of what it read, which need not be read again for that. */
export async function copyDigested(from: string, to: string): Promise<string> {
  if (await sharesBytes(from, to)) return hashFile(to);
  const hash = createHash('sha256');
  await copyData(from, to, (data) => hash.update(data));
  return hash.digest('hex');
}

/** Makes a copy that shares its bytes with the file until one of them is written to; `false` where the filesystem cannot. */
async function sharesBytes(from: string, to: string): Promise<boolean> {
  return copyFile(from, to, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

async function copyData(from: string, to: string, onData: (data: Buffer) => void): Promise<void> {
  await using source = await open(from, 'r');
  await createSparse(to, (await source.stat()).size);
  await using target = await open(to, 'r+');
  const buffer = Buffer.alloc(COPY_BYTES);
  for (let at = 0; ; at += COPY_BYTES) {
    const {bytesRead} = await source.read(buffer, 0, COPY_BYTES, at);
    if (bytesRead === 0) return;
    const data = buffer.subarray(0, bytesRead);
    onData(data);
    await writeData(target, data, at);
  }
}

/** Writes the clusters of it that are not zero, those that follow each other at once. */
async function writeData(target: FileHandle, data: Buffer, at: number): Promise<void> {
  if (data.equals(COPY_ZEROS.subarray(0, data.length))) return;
  const isZero = (from: number) => {
    const cluster = data.subarray(from, from + PIECE_BYTES);
    return cluster.equals(ZEROS.subarray(0, cluster.length));
  };
  for (let from = 0; from < data.length;) {
    if (isZero(from)) {
      from += PIECE_BYTES;
      continue;
    }
    let to = from + PIECE_BYTES;
    while (to < data.length && !isZero(to)) to += PIECE_BYTES;
    const length = Math.min(to, data.length) - from;
    await target.write(data, from, length, at + from);
    from = to;
  }
}
