import {sha256} from '../core/canonical.ts';

/**
 * The root filesystem on its way through the pipeline: owners, modes and links as values, so that nothing needs root.
 * Times are not kept: everything that is written gets the epoch of the build.
 */

interface Common {
  /** Permission bits with setuid, setgid and sticky, as in chmod(2). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export type Entry =
  | (Common & {
      readonly type: 'file';
      readonly data: Buffer;
      /** The value of security.capability: see fileCapabilities. */
      readonly capabilities?: Buffer;
    })
  | (Common & {readonly type: 'directory'})
  | (Common & {readonly type: 'symlink'; readonly target: string});

/** Entries by path; paths are relative, without `./` at the start and `/` at the end. */
export type FileTree = ReadonlyMap<string, Entry>;

const ROOT_OWNED = {uid: 0, gid: 0} as const;

export function file(data: Buffer | string, mode = 0o644): Entry {
  return {type: 'file', data: Buffer.from(data), mode, ...ROOT_OWNED};
}

export function directory(mode = 0o755): Entry {
  return {type: 'directory', mode, ...ROOT_OWNED};
}

export function symlink(target: string): Entry {
  return {type: 'symlink', target, mode: 0o777, ...ROOT_OWNED};
}

/** A path in its one form: `./usr//bin/` is `usr/bin`; the root itself is the empty string. */
export function normalPath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/**
 * Lays trees over one another: a later entry replaces an earlier one at the same path, except that a directory over a
 * symbolic link keeps the link (a package's `bin/` must not undo a merged /usr).
 */
export function mergeTrees(...trees: readonly FileTree[]): FileTree {
  const merged = new Map<string, Entry>();
  for (const tree of trees) {
    for (const [path, entry] of tree) {
      const under = merged.get(path);
      if (under?.type === 'symlink' && entry.type === 'directory') continue;
      merged.set(path, entry);
    }
  }
  return merged;
}

/** The tree with each path put through `move`; `undefined` drops the entry. */
export function movePaths(tree: FileTree, move: (path: string) => string | undefined): FileTree {
  const moved = new Map<string, Entry>();
  for (const [path, entry] of tree) {
    const target = move(path);
    if (target !== undefined && target !== '') moved.set(target, entry);
  }
  return moved;
}

/** The tree in path order, with every parent directory that it does not name made (0755, root). */
export function sortedEntries(tree: FileTree): [string, Entry][] {
  const complete = new Map(tree);
  for (const path of tree.keys()) {
    for (const parent of parents(path)) if (!complete.has(parent)) complete.set(parent, directory());
  }
  return [...complete].sort(([a], [b]) => compareBytes(a, b));
}

/** The paths at which two trees differ, in content, mode or owner, each with what it is in the one and in the other. */
export function treeDifferences(wanted: FileTree, found: FileTree): string[] {
  const [a, b] = [new Map(sortedEntries(wanted)), new Map(sortedEntries(found))];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((path) => {
    const [before, after] = [describeEntry(a.get(path)), describeEntry(b.get(path))];
    return before === after ? [] : [`/${path}: ${after} in place of ${before}`];
  });
}

/**
 * The paths that every account may write to, apart from folders in which nobody can touch what is another's, as in /tmp.
 * Links have no modes of their own.
 */
export function openToAll(tree: FileTree): string[] {
  return [...tree]
    .filter(
      ([, {type, mode}]) =>
        type !== 'symlink' && (mode & 0o002) !== 0 && !(type === 'directory' && (mode & 0o1000) !== 0),
    )
    .map(([path]) => path);
}

function describeEntry(entry: Entry | undefined): string {
  if (entry === undefined) return 'nothing';
  if (entry.type === 'symlink') return `a link to ${entry.target}`;
  const what =
    entry.type === 'file' ? `a file of ${entry.data.length} bytes (${sha256(entry.data)})` : 'a folder';
  return `${what}, ${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`;
}

function parents(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

// Byte order, not locale order: the same on every machine. A parent sorts before its children, as '/' follows its name.
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
