import {mkdir, open, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {encodeCpio} from '../../formats/cpio.ts';
import {decodeExt4} from '../../formats/ext4.ts';
import {
  directory,
  file,
  mergeTrees,
  sortedEntries,
  treeDifferences,
  type Entry,
  type FileTree,
} from '../../formats/file-tree.ts';
import {formatGrubEnvironment} from '../../formats/grub-environment.ts';
import {parsePublicKey} from '../../formats/signify.ts';
import {defineStage} from '../../pipeline/stage.ts';
import type {Run} from '../../system/run.ts';
import {createSparse} from '../../system/sparse.ts';
import {FILLED_MARK, rootSkeleton} from '../root-skeleton.ts';
import {mke2fs, readAt} from './mke2fs.ts';

export type StateExt4Options = {
  readonly bytes: number;
  readonly uuid: string;
  /** The name of the login user, who has a home. */
  readonly user: string;
  /** What the guest is told of updates. */
  readonly update: {readonly channel: string; readonly url: string | null; readonly keys: readonly string[]};
};

/** With the 116 bytes before it they are less than a sector. GRUB takes no capital letters for hexadecimal digits, so it has none. */
const STAMP_BYTES = 0x178;
const STAMP_MODE = 0o600; // 0x8180 with the bits of its type
/** Where leanos-update of the guest looks. */
const UPDATE_FOLDER = 'var/lib/leanos/update';

/**
 * The STATE filesystem, `state.img`: the root around /usr, and the channel. The guest grows it to the disk. In the KiB that
 * ext4 leaves to bootloaders is what GRUB stamps at each boot.
 */
export const stateExt4 = defineStage<StateExt4Options, never>({
  name: 'state-ext4',
  revision: 7,
  tools: ['mke2fs', 'debugfs'],
  inputs: [],
  async build({options, out, run}) {
    const image = join(out, 'state.img');
    await createSparse(image, options.bytes);
    await mke2fs(image, stateExt4Args(options), run);
    const tree = mergeTrees(
      rootSkeleton(options.user),
      new Map([[FILLED_MARK, file('')]]),
      updateFiles(options.update),
    );
    await fillExt4(image, tree, {content: join(out, '.content'), run});
    await using disk = await open(image, 'r+');
    await disk.write(stampBlock(), 0);
  },
});

/**
 * An environment block as the one file of a cpio archive, which is a filesystem to GRUB: it writes into files alone. All of
 * the block lies in the first sector, so that each write is a single one.
 */
function stampBlock(): Buffer {
  return encodeCpio(new Map([['stamp', file(formatGrubEnvironment({}, STAMP_BYTES), STAMP_MODE)]]), 0);
}

function updateFiles({channel, url, keys}: StateExt4Options['update']): FileTree {
  const named = keys.map((key): [string, Entry] => {
    const text = `untrusted comment: leanos public key\n${key}\n`;
    return [`${UPDATE_FOLDER}/keys/${parsePublicKey(text).id}.pub`, file(text)];
  });
  return new Map([
    [`${UPDATE_FOLDER}/channel`, file(`${channel}\n`)],
    ...(url === null ? [] : ([[`${UPDATE_FOLDER}/url`, file(`${url.replace(/\/$/, '')}\n`)]] as const)),
    ...named,
  ]);
}

/**
 * Puts a tree into an empty ext4, so that files are root's without anybody being root. debugfs ends well whatever it could
 * not do: so what it made is read back. `content` is a folder to gather the files in.
 * @throws LeanosError COMMAND_FAILED where the filesystem does not hold the tree
 */
export async function fillExt4(
  image: string,
  tree: FileTree,
  {content, run}: {readonly content: string; readonly run: Run},
): Promise<void> {
  await mkdir(content);
  const {script, files} = debugfsScript(tree);
  for (const [name, data] of files) await writeFile(join(content, name), data);
  const said = await run(['debugfs', '-w', '-f', '-', image], {input: script, cwd: content});
  await rm(content, {recursive: true});
  await using disk = await open(image, 'r');
  const wrong = treeDifferences(
    withRoot(tree),
    decodeExt4((at, bytes) => readAt(disk, at, bytes)),
  );
  if (wrong.length === 0) return;
  throw new LeanosError(
    'COMMAND_FAILED',
    ['debugfs ended well, but did not write', ...wrong, said].join('\n  '),
  );
}

function withRoot(tree: FileTree): FileTree {
  return new Map([['', directory()], ...tree]);
}

/** What debugfs(8) is told, and the files that it copies, by their names in the folder where it runs: it splits at spaces. */
export function debugfsScript(tree: FileTree): {
  readonly script: string;
  readonly files: ReadonlyMap<string, Buffer>;
} {
  const files = new Map<string, Buffer>();
  const lines = sortedEntries(tree).flatMap(([path, entry]) => {
    switch (entry.type) {
      case 'directory':
        return [`mkdir ${path}`, ...attributes(path, entry)];
      case 'symlink':
        return [`symlink ${path} ${entry.target}`];
      case 'file': {
        const name = String(files.size);
        files.set(name, entry.data);
        return [`write ${name} ${path}`, ...attributes(path, entry)];
      }
    }
  });
  return {script: [...lines, ''].join('\n'), files};
}

/** The type in a file's mode, which is set together with the permissions. */
const TYPE_BITS = {directory: 0o040000, file: 0o100000, symlink: 0o120000} as const;

/** debugfs makes folders that everybody may enter, and files with the mode that their source has. */
function attributes(path: string, {type, mode, uid, gid}: Entry): string[] {
  const set = (field: string, value: string) => `set_inode_field ${path} ${field} ${value}`;
  return [
    set('mode', `0${(TYPE_BITS[type] | mode).toString(8)}`),
    ...(uid === 0 ? [] : [set('uid', String(uid))]),
    ...(gid === 0 ? [] : [set('gid', String(gid))]),
  ];
}

/**
 * The options of mke2fs(8). mke2fs would take a small disk's defaults (1 KiB blocks, 128-byte inodes), which a guest that
 * grows to any size is stuck with: so they are given. The inode ratio counts per block group, and groups are copied when
 * the filesystem grows.
 */
export function stateExt4Args({uuid}: Pick<StateExt4Options, 'uuid'>): string[] {
  const extended = `hash_seed=${uuid},lazy_itable_init=0,lazy_journal_init=1,root_owner=0:0,nodiscard`;
  return [
    '-q',
    '-t',
    'ext4',
    '-L',
    'STATE',
    '-U',
    uuid,
    '-b',
    '4096',
    '-I',
    '256',
    '-i',
    '8192',
    '-J',
    'size=4',
    '-m',
    '1',
    '-E',
    extended,
  ];
}
