import {sortedEntries, type Entry, type FileTree} from './file-tree.ts';

const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';
const TYPE_BITS = {file: 0o100000, directory: 0o040000, symlink: 0o120000} as const;

/**
 * A cpio archive in the "newc" form that the kernel unpacks as an initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Archives may follow one another, each padded to 4 bytes.
 * All times are `epoch`, inode numbers count from 1: equal trees give equal bytes.
 */
export function encodeCpio(tree: FileTree, epoch: number): Buffer {
  const records = sortedEntries(tree).map(([path, entry], index) =>
    record(path, contentOf(entry), {
      ino: index + 1,
      mode: TYPE_BITS[entry.type] | entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      nlink: entry.type === 'directory' ? 2 : 1,
      mtime: epoch,
    }),
  );
  const trailer = record(TRAILER, Buffer.alloc(0), {ino: 0, mode: 0, uid: 0, gid: 0, nlink: 1, mtime: 0});
  return Buffer.concat([...records, trailer]);
}

interface Fields {
  readonly ino: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly mtime: number;
}

function record(name: string, content: Buffer, {ino, mode, uid, gid, nlink, mtime}: Fields): Buffer {
  const nameBytes = Buffer.from(`${name}\0`);
  const numbers = [ino, mode, uid, gid, nlink, mtime, content.length, 0, 0, 0, 0, nameBytes.length, 0];
  const head = Buffer.from(
    MAGIC + numbers.map((number) => number.toString(16).padStart(8, '0').toUpperCase()).join(''),
  );
  return Buffer.concat([padded(Buffer.concat([head, nameBytes])), padded(content)]);
}

function contentOf(entry: Entry): Buffer {
  if (entry.type === 'file') return entry.data;
  return Buffer.from(entry.type === 'symlink' ? entry.target : '');
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
