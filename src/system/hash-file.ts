import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';

/** Lower-case hex sha256 of a file's bytes, or of those of several one after another. */
export async function hashFile(...paths: readonly [string, ...string[]]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths)
    for await (const chunk of createReadStream(path, {highWaterMark: 1 << 20})) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
