import type {Entry, FileTree} from './file-tree.ts';

/** Reads bytes of an image, as many as are asked for. */
export type ReadAt = (at: number, bytes: number) => Buffer;

const SUPERBLOCK_AT = 1024;
const MAGIC = 0xef53;
const ROOT_INODE = 2;
const EXTENTS_FLAG = 0x80000;
const WIDE_GROUPS = 0x80;
const EXTENT_MAGIC = 0xf30a;
/** Of a tree of extents: EXT4_MAX_EXTENT_DEPTH in fs/ext4/ext4_extents.h. */
const MOST_DEPTH = 5;
/** Blocks of 64 KiB. */
const MOST_BLOCK_BITS = 6;
/** An extent of more blocks than that is not written yet, and reads as zeros. */
const MOST_WRITTEN = 32768;
const FAST_SYMLINK_BYTES = 60;
const TYPES: Readonly<Record<number, Entry['type']>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o120000: 'symlink',
};

/**
 * The tree in an ext4 filesystem (Documentation/filesystems/ext4 in Linux) whose files have extents; the root is the entry
 * with the empty path, and lost+found is left out. It shares nothing with the tools that write such filesystems.
 */
export function decodeExt4(read: ReadAt): FileTree {
  const volume = new Volume(read);
  const tree = new Map<string, Entry>();
  const visit = (path: string, inode: Buffer): void => {
    const entry = entryOf(inode, path, () => volume.content(inode));
    tree.set(path, entry);
    if (entry.type !== 'directory') return;
    for (const [name, number] of namesIn(volume.content(inode))) {
      if (path !== '' || name !== 'lost+found')
        visit(path === '' ? name : `${path}/${name}`, volume.inode(number));
    }
  };
  visit('', volume.inode(ROOT_INODE));
  return tree;
}

/**
 * A file of such a filesystem, whoever made it; `undefined` where it is not there, or is a link.
 * @throws Error where the filesystem is damaged, or a folder or file is larger than `mostBytes`
 */
export function readExt4File(read: ReadAt, path: string, mostBytes: number): Buffer | undefined {
  const volume = new Volume(read, mostBytes);
  let inode = volume.inode(ROOT_INODE);
  for (const name of path.split('/')) {
    if (typeOf(inode) !== 'directory') return undefined;
    const number = new Map(namesIn(volume.content(inode))).get(name);
    if (number === undefined) return undefined;
    inode = volume.inode(number);
  }
  return typeOf(inode) === 'file' ? volume.content(inode) : undefined;
}

class Volume {
  readonly #read: ReadAt;
  readonly #mostBytes: number;
  readonly #blockBytes: number;
  readonly #inodesPerGroup: number;
  readonly #inodeBytes: number;
  readonly #groupBytes: number;
  readonly #groupsAt: number;

  constructor(read: ReadAt, mostBytes = Infinity) {
    const start = read(SUPERBLOCK_AT, 1024);
    if (start.readUInt16LE(0x38) !== MAGIC || start.readUInt32LE(0x18) > MOST_BLOCK_BITS)
      throw new Error('no ext4 filesystem');
    this.#read = read;
    this.#mostBytes = mostBytes;
    this.#blockBytes = 1024 << start.readUInt32LE(0x18);
    this.#inodesPerGroup = start.readUInt32LE(0x28);
    this.#inodeBytes = start.readUInt16LE(0x58);
    this.#groupBytes = (start.readUInt32LE(0x60) & WIDE_GROUPS) === 0 ? 32 : start.readUInt16LE(0xfe);
    this.#groupsAt = (start.readUInt32LE(0x14) + 1) * this.#blockBytes;
  }

  inode(number: number): Buffer {
    const group = Math.floor((number - 1) / this.#inodesPerGroup);
    const descriptor = this.#read(this.#groupsAt + group * this.#groupBytes, this.#groupBytes);
    const high = this.#groupBytes >= 64 ? descriptor.readUInt32LE(0x28) : 0;
    const table = (high * 2 ** 32 + descriptor.readUInt32LE(0x8)) * this.#blockBytes;
    return this.#read(table + ((number - 1) % this.#inodesPerGroup) * this.#inodeBytes, this.#inodeBytes);
  }

  /** What a file, a folder or a long link holds. */
  content(inode: Buffer): Buffer {
    if (sizeOf(inode) > this.#mostBytes) throw new Error('a file of ext4 that is larger than it may be');
    const data = Buffer.alloc(sizeOf(inode));
    if (data.length === 0) return data;
    if ((inode.readUInt32LE(0x20) & EXTENTS_FLAG) === 0) throw new Error('a file of ext4 without extents');
    this.#copyExtents(inode.subarray(0x28, 0x28 + 60), data, MOST_DEPTH);
    return data;
  }

  #copyExtents(node: Buffer, data: Buffer, mostDepth: number): void {
    const [entries, depth] = [node.readUInt16LE(2), node.readUInt16LE(6)];
    if (node.readUInt16LE(0) !== EXTENT_MAGIC || depth > mostDepth)
      throw new Error('damaged extents of ext4');
    for (let at = 12; at < 12 + entries * 12; at += 12) {
      if (depth > 0) {
        const block = node.readUInt16LE(at + 8) * 2 ** 32 + node.readUInt32LE(at + 4);
        this.#copyExtents(this.#read(block * this.#blockBytes, this.#blockBytes), data, depth - 1);
        continue;
      }
      const blocks = node.readUInt16LE(at + 4);
      const start = node.readUInt16LE(at + 6) * 2 ** 32 + node.readUInt32LE(at + 8);
      const place = node.readUInt32LE(at) * this.#blockBytes;
      const bytes = Math.min(blocks * this.#blockBytes, data.length - place);
      if (blocks <= MOST_WRITTEN && bytes > 0) this.#read(start * this.#blockBytes, bytes).copy(data, place);
    }
  }
}

function sizeOf(inode: Buffer): number {
  return inode.readUInt32LE(0x6c) * 2 ** 32 + inode.readUInt32LE(0x4);
}

function typeOf(inode: Buffer): Entry['type'] | undefined {
  return TYPES[inode.readUInt16LE(0) & 0o170000];
}

function entryOf(inode: Buffer, path: string, content: () => Buffer): Entry {
  const bits = inode.readUInt16LE(0);
  const type = typeOf(inode);
  const common = {
    mode: bits & 0o7777,
    uid: inode.readUInt16LE(0x78) * 2 ** 16 + inode.readUInt16LE(0x2),
    gid: inode.readUInt16LE(0x7a) * 2 ** 16 + inode.readUInt16LE(0x18),
  };
  if (type === undefined) throw new Error(`${path} is neither file, folder nor link`);
  if (type === 'directory') return {...common, type};
  if (type === 'file') return {...common, type, data: content()};
  const size = sizeOf(inode);
  const target = size < FAST_SYMLINK_BYTES ? inode.subarray(0x28, 0x28 + size) : content();
  return {...common, type, target: target.toString()};
}

/** The names in a folder and their inodes. A hashed folder's index looks like names that are not used. */
function namesIn(folder: Buffer): [string, number][] {
  const found: [string, number][] = [];
  for (let at = 0; at + 8 <= folder.length;) {
    const [number, step, length] = [
      folder.readUInt32LE(at),
      folder.readUInt16LE(at + 4),
      folder.readUInt8(at + 6),
    ];
    const name = folder.toString('utf8', at + 8, at + 8 + length);
    if (number !== 0 && name !== '.' && name !== '..') found.push([name, number]);
    if (step < 8) throw new Error('a damaged folder of ext4');
    at += step;
  }
  return found;
}
