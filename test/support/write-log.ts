import {closeSync, copyFileSync, fstatSync, openSync, readFileSync, readSync, writeSync} from 'node:fs';

/** A write, or a flush, of a disk: Documentation/admin-guide/device-mapper/log-writes.rst. */
export interface LoggedWrite {
  readonly offset: number;
  readonly data: Buffer;
  /** What came before is on the disk when this is done. */
  readonly flush: boolean;
}

const MAGIC = 0x6a736677736872n;
const [FLUSH, FUA, DISCARD] = [1n, 2n, 4n];

/** Everything that blklogwrites of QEMU has kept, in its order. */
export function readWriteLog(path: string): LoggedWrite[] {
  const log = readFileSync(path);
  if (log.readBigUInt64LE(0) !== MAGIC) throw new Error(`${path} is no log of writes`);
  const sector = log.readUInt32LE(24);
  const count = Number(log.readBigUInt64LE(16));
  const writes: LoggedWrite[] = [];
  let at = sector;
  for (let index = 0; index < count; index += 1) {
    const [start, sectors, flags] = [
      log.readBigUInt64LE(at),
      log.readBigUInt64LE(at + 8),
      log.readBigUInt64LE(at + 16),
    ];
    at += sector;
    const bytes = Number(sectors) * sector;
    const discarded = (flags & DISCARD) !== 0n;
    const data = discarded ? Buffer.alloc(bytes) : log.subarray(at, at + bytes);
    if (!discarded) at += bytes;
    writes.push({offset: Number(start) * sector, data, flush: (flags & (FLUSH | FUA)) !== 0n});
  }
  return writes;
}

/** A disk that is brought, write by write, to where it stood. */
export class ReplayedDisk {
  readonly path: string;
  readonly #file: number;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'r+');
  }

  apply({offset, data}: LoggedWrite): void {
    writeSync(this.#file, data, 0, data.length, offset);
  }

  /** The bytes that a write would replace: applying them takes it back. */
  before({offset, data}: LoggedWrite): LoggedWrite {
    const old = Buffer.alloc(data.length);
    readSync(this.#file, old, 0, old.length, offset);
    return {offset, data: old, flush: false};
  }

  read(offset: number, bytes: number): Buffer {
    const found = Buffer.alloc(Math.min(bytes, fstatSync(this.#file).size - offset));
    readSync(this.#file, found, 0, found.length, offset);
    return found;
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The disk after some of the writes. */
export function replayed(
  start: string,
  path: string,
  writes: readonly LoggedWrite[],
  {upTo, lost}: {upTo: number; lost: ReadonlySet<number>},
): ReplayedDisk {
  copyFileSync(start, path);
  const disk = new ReplayedDisk(path);
  for (const [index, write] of writes.slice(0, upTo + 1).entries()) if (!lost.has(index)) disk.apply(write);
  return disk;
}
