import {constants, open, type FileHandle} from 'node:fs/promises';
import type {Stats} from 'node:fs';
import {createHash} from 'node:crypto';
import {LeanosError} from '../core/error.ts';

/** What stands at a path in place of a regular file, for people. */
export function kindOf(
  found: Pick<Stats, 'isSymbolicLink' | 'isDirectory' | 'isFIFO' | 'isSocket' | 'isFile'>,
): string {
  if (found.isFile()) return 'a file';
  if (found.isSymbolicLink()) return 'a link';
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}

/**
 * Opens a regular file and nothing else: no pipe that a reader waits for, no device. With `follow` a link to a regular file
 * is one.
 * @throws LeanosError FILE that says what is there instead, or the error of the system
 */
export async function openRegular(path: string, {follow = false} = {}): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW);
  const file = await open(path, flags).catch((error: unknown) => {
    throw explained(path, error);
  });
  const found = await file.stat();
  if (found.isFile()) return file;
  await file.close();
  throw new LeanosError('FILE', `${path} is ${kindOf(found)}, and a file is needed`);
}

/** The bytes of a file of at most `most` bytes; `undefined` where there is none. @throws LeanosError FILE */
export async function readRegular(
  path: string,
  {most, follow = true}: {most: number; follow?: boolean},
): Promise<Buffer | undefined> {
  try {
    await using file = await openRegular(path, {follow});
    const {size} = await file.stat();
    if (size > most) throw new LeanosError('FILE', `${path} has ${size} bytes; at most ${most} are read`);
    return await file.readFile();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** At most `most` bytes from the start of a file, or of what a link leads to. @throws LeanosError FILE, or the error of the system */
export async function readStart(path: string, most: number): Promise<Buffer> {
  await using file = await openRegular(path, {follow: true});
  const {size} = await file.stat();
  const {buffer, bytesRead} = await file.read(Buffer.alloc(Math.min(size, most)), 0, Math.min(size, most), 0);
  return buffer.subarray(0, bytesRead);
}

/** Lower-case hex sha256 and the size of a regular file that is no link. @throws LeanosError FILE */
export async function digestOf(path: string): Promise<{sha256: string; bytes: number}> {
  await using file = await openRegular(path);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of file.createReadStream({highWaterMark: 1 << 20, autoClose: false})) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return {sha256: hash.digest('hex'), bytes};
}

/** Whether an error of the system says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  const {code} = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** What open(2) says of a link (ELOOP) and of a socket or a device without a driver (ENXIO), in words. */
function explained(path: string, error: unknown): unknown {
  const {code} = error as NodeJS.ErrnoException;
  const kind = code === 'ELOOP' ? 'a link' : code === 'ENXIO' ? 'a socket or a device' : undefined;
  return kind === undefined
    ? error
    : new LeanosError('FILE', `${path} is ${kind}, and a file is needed`, {cause: error});
}
