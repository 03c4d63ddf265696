import {createHash} from 'node:crypto';
import {open} from 'node:fs/promises';

const PIECE_BYTES = 1024 * 1024;

/** Lower-case hex sha256 of a file's bytes, or of those of several one after another. */
export async function hashFile(...paths: readonly [string, ...string[]]): Promise<string> {
  const hash = createHash('sha256');
  // One buffer for all of it: a new one for each piece costs as much again as a fifth of the digest.
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  for (const path of paths) {
    await using file = await open(path, 'r');
    for (;;) {
      const {bytesRead} = await file.read(buffer, 0, PIECE_BYTES);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
    }
  }
  return hash.digest('hex');
}
