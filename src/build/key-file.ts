import {readFile} from 'node:fs/promises';
import {LeanosError} from '../core/error.ts';
import {whyUnread} from '../core/why-unread.ts';

/** Reads a key file of signify. @throws LeanosError USAGE that names the file */
export async function readKeyFile<T>(path: string, parse: (text: string) => T): Promise<T> {
  try {
    const text = await readFile(path, 'latin1').catch((error: unknown) => {
      throw new Error(whyUnread(error), {cause: error});
    });
    return parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new LeanosError('USAGE', `${path}: ${message}`, {cause: error});
  }
}
