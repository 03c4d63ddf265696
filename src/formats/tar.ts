import {isAscii} from 'node:buffer';
import {pack, extract, type Header} from 'tar-stream';
import {Readable} from 'node:stream';
import {LeanosError} from '../core/error.ts';
import {normalPath, sortedEntries, type Entry, type FileTree} from './file-tree.ts';

/**
 * A tar archive (ustar with pax records where a name needs them, by tar-stream) of a tree: sorted, all times `epoch`
 * seconds since 1970, numeric owners only. Equal trees give equal bytes.
 */
export async function encodeTar(tree: FileTree, epoch: number): Promise<Buffer> {
  const packer = pack();
  const chunks: Buffer[] = [];
  packer.on('data', (chunk) => chunks.push(chunk as Buffer));
  const done = new Promise<void>((resolve, reject) => packer.on('end', resolve).on('error', reject));
  for (const [path, entry] of sortedEntries(tree)) packer.entry(header(path, entry, epoch), dataOf(entry));
  packer.finalize();
  await done;
  return Buffer.concat(chunks);
}

/**
 * The tree in a tar archive. Hard links become files of their own; device nodes and fifos are refused, because nothing
 * that leanos takes in has any, and so are names that lead out of it.
 * @throws LeanosError FILE with the entry that is refused
 */
export async function decodeTar(archive: Buffer): Promise<FileTree> {
  const tree = new Map<string, Entry>();
  const reader = extract();
  // Slices: tar-stream reads a chunk whole, and one chunk of many megabytes makes it copy its queue again and again.
  Readable.from(slices(archive, 1 << 16)).pipe(reader);
  for await (const item of reader) {
    const path = normalPath(item.header.name);
    const data: Buffer[] = [];
    for await (const chunk of item) data.push(chunk as Buffer);
    if (path.split('/').includes('..')) throw refused(item.header, 'leads out of the archive');
    if (path !== '') tree.set(path, entryOf(item.header, Buffer.concat(data), tree));
  }
  return tree;
}

function header(path: string, entry: Entry, epoch: number): Partial<Header> & {name: string} {
  const common = {
    name: path,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtime: new Date(epoch * 1000),
  };
  switch (entry.type) {
    case 'file':
      return {...common, type: 'file', size: entry.data.length, ...attributes(entry.capabilities)};
    case 'directory':
      return {...common, name: path === '' ? './' : `${path}/`, type: 'directory'};
    case 'symlink':
      return {...common, type: 'symlink', linkname: entry.target};
  }
}

const GNU_RECORD = 'SCHILY.xattr.security.capability';
const LIBARCHIVE_RECORD = 'LIBARCHIVE.xattr.security.capability';

/**
 * The pax record of a program's capabilities: as GNU tar and containers have it, where UTF-8 leaves its bytes as they are, else in
 * base64, as libarchive has it. squashfs-tools read both.
 */
function attributes(capabilities: Buffer | undefined): {pax?: Record<string, string>} {
  if (capabilities === undefined) return {};
  const isPlain = isAscii(capabilities);
  return {
    pax: isPlain
      ? {[GNU_RECORD]: capabilities.toString('latin1')}
      : {[LIBARCHIVE_RECORD]: capabilities.toString('base64')},
  };
}

function capabilitiesOf({pax: records}: Header): {capabilities?: Buffer} {
  const pax = records as Readonly<Record<string, string>> | null | undefined;
  const [plain, encoded] = [pax?.[GNU_RECORD], pax?.[LIBARCHIVE_RECORD]];
  // tar-stream reads records as UTF-8, which spoils other bytes.
  if (plain !== undefined && isAscii(Buffer.from(plain))) return {capabilities: Buffer.from(plain, 'latin1')};
  return encoded === undefined ? {} : {capabilities: Buffer.from(encoded, 'base64')};
}

function dataOf(entry: Entry): Buffer {
  return entry.type === 'file' ? entry.data : Buffer.alloc(0);
}

function entryOf(found: Header, data: Buffer, tree: FileTree): Entry {
  const common = {mode: found.mode & 0o7777, uid: found.uid, gid: found.gid};
  switch (found.type) {
    case 'file':
    case 'contiguous-file':
      return {...common, type: 'file', data, ...capabilitiesOf(found)};
    case 'directory':
      return {...common, type: 'directory'};
    case 'symlink':
      return {...common, type: 'symlink', target: found.linkname};
    case 'link':
      return linked(found, tree);
    default:
      throw refused(found, `is a ${found.type}: only files, folders and links are known`);
  }
}

function linked(found: Header, tree: FileTree): Entry {
  const target = tree.get(normalPath(found.linkname));
  if (target === undefined) throw refused(found, `links to ${found.linkname}, which is not there`);
  return target;
}

function refused({name}: Header, why: string): LeanosError {
  return new LeanosError('FILE', `tar entry ${name} ${why}`);
}

function* slices(data: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < data.length; start += size) yield data.subarray(start, start + size);
}
