import {randomBytes} from 'node:crypto';
import {sha256} from '../core/canonical.ts';

/** A file on its way to a place, and what it must be when it has arrived. */
export interface NewFile {
  /** From the root of what is published. */
  readonly path: string;
  /** A file of this machine, or the content itself. */
  readonly source: string | Buffer;
  readonly bytes: number;
  readonly sha256: string;
}

/** A file that is made here. */
export function contentFile(path: string, content: string | Buffer): NewFile {
  const source = Buffer.from(content);
  return {path, source, bytes: source.length, sha256: sha256(source)};
}

/** A file that lies whole in the incoming folder of a place, both by their paths from the root. */
export interface StagedFile {
  readonly path: string;
  readonly temporary: string;
}

/** Where what is new waits for the rest: outside of the folders that readers look at, and on the same file system. */
export const INCOMING = '.incoming';

/** A path in the incoming folder that nobody has yet; its name begins with the channel. */
export function incomingPath(path: string): string {
  const [channel = ''] = path.split('/');
  return `${INCOMING}/${channel}.${randomBytes(8).toString('hex')}.${path.slice(path.lastIndexOf('/') + 1)}`;
}

/**
 * A place that guests download from. What is new is first brought into its incoming folder and checked there, all of it; then
 * all is put in place at once, in order. Nothing is read or written through a link, so nothing leaves the place.
 */
export interface PublishTarget {
  /** The sha256 of each file that is there, by its path. Whatever is no regular file is not there. */
  digests(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The content of a small file, or `undefined`. */
  read(path: string): Promise<Buffer | undefined>;
  /** The names in a folder; none where it is not there. */
  names(folder: string): Promise<string[]>;
  /** Brings a file into the incoming folder. @throws LeanosError FILE or COMMAND_FAILED when it is not whole there */
  stage(file: NewFile): Promise<StagedFile>;
  /** Puts staged files in place, in their order; none where one of them cannot be. */
  exchange(files: readonly StagedFile[]): Promise<void>;
  /** Removes files; those that are not there are removed already. */
  remove(paths: readonly string[]): Promise<void>;
}

/** What is read of a place at most: pointers, signatures, lists. */
export const MOST_READ_BYTES = 4 * 2 ** 20;
