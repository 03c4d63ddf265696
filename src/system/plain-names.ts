import {mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {LeanosError} from '../core/error.ts';

/** What no tool takes for several words, a list, an option, an offset or an escape, and what fits its buffers. */
const PLAIN = /^\/[\w+./-]{0,150}$/;
/** Where links may lie, the first that can be written to. */
const PLACES = [tmpdir(), '/tmp', '/var/tmp', '/dev/shm'];

/**
 * Names that every tool understands, for folders that users named: debugfs ends a word at a space, ld.so a path at a colon,
 * apt one at a comma, mtools at @@. A folder with such a name is called by a link in a folder that nobody else can enter,
 * until the scope ends. (Its name in /proc/PID/fd would not do: xz keeps itself from following it.)
 */
export class PlainNames implements Disposable {
  #links: string | undefined;
  #count = 0;

  /** The folder itself where its name is plain, else the other name that it has. */
  of(folder: string): string {
    if (PLAIN.test(folder)) return folder;
    this.#links ??= privateFolder();
    const link = join(this.#links, String(this.#count++));
    symlinkSync(folder, link);
    return link;
  }

  [Symbol.dispose](): void {
    if (this.#links !== undefined) rmSync(this.#links, {recursive: true, force: true});
  }
}

function privateFolder(): string {
  const places = PLACES.filter((place) => PLAIN.test(place));
  for (const place of places) {
    try {
      return mkdtempSync(join(place, 'leanos-'));
    } catch {
      // the next one may do
    }
  }
  throw new LeanosError('FILE', `cannot write to any of ${places.join(', ')}`);
}
