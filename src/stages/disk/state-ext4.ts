import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {file, mergeTrees, sortedEntries, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {parsePublicKey} from '../../formats/signify.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {createSparse} from '../../system/sparse.ts';
import {FILLED_MARK, rootSkeleton} from '../root-skeleton.ts';

export type StateExt4Options = {
  readonly bytes: number;
  readonly uuid: string;
  /** The name of the login user, who has a home. */
  readonly user: string;
  /** What the guest is told of updates. */
  readonly update: {readonly channel: string; readonly url: string | null; readonly keys: readonly string[]};
};

/** Where leanos-update of the guest looks. */
const UPDATE_FOLDER = 'var/lib/leanos/update';

/** The STATE filesystem, `state.img`: the root around /usr, and the channel. The guest grows it to the disk. */
export const stateExt4 = defineStage<StateExt4Options, never>({
  name: 'state-ext4',
  revision: 4,
  tools: ['mke2fs', 'debugfs'],
  inputs: [],
  async build({options, out, run}) {
    const image = join(out, 'state.img');
    await createSparse(image, options.bytes);
    await run(['mke2fs', ...stateExt4Args(options), image]);
    const tree = mergeTrees(
      rootSkeleton(options.user),
      new Map([[FILLED_MARK, file('')]]),
      updateFiles(options.update),
    );
    const content = join(out, '.content');
    await mkdir(content);
    const {script, files} = debugfsScript(tree, content);
    for (const [path, data] of files) await writeFile(path, data);
    await run(['debugfs', '-w', '-f', '-', image], {input: script});
    await rm(content, {recursive: true});
  },
});

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
 * What debugfs(8) is told, so that files are root's without anybody being root, and the files that it copies: their data by
 * the paths that they need, in the folder `content`.
 */
export function debugfsScript(
  tree: FileTree,
  content: string,
): {readonly script: string; readonly files: ReadonlyMap<string, Buffer>} {
  const files = new Map<string, Buffer>();
  const lines = sortedEntries(tree).flatMap(([path, entry]) => {
    switch (entry.type) {
      case 'directory':
        return [`mkdir ${path}`, ...ownership(path, entry)];
      case 'symlink':
        return [`symlink ${path} ${entry.target}`];
      case 'file': {
        const source = join(content, String(files.size));
        files.set(source, entry.data);
        return [`write ${source} ${path}`];
      }
    }
  });
  return {script: [...lines, ''].join('\n'), files};
}

/** debugfs makes folders of root's that everybody may enter. */
function ownership(path: string, {mode, uid, gid}: Entry): string[] {
  const set = (field: string, value: string) => `set_inode_field ${path} ${field} ${value}`;
  return [
    ...(mode === 0o755 ? [] : [set('mode', `04${mode.toString(8).padStart(4, '0')}`)]),
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
