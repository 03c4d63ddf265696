import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parsePublicKey} from '../../formats/signify.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {createSparse} from '../../system/sparse.ts';

export type StateExt4Options = {
  readonly bytes: number;
  readonly uuid: string;
  /** What the guest is told of updates. */
  readonly update: {readonly channel: string; readonly url: string | null; readonly keys: readonly string[]};
};

/** Where leanos-update of the guest looks. */
const UPDATE_FOLDER = 'var/lib/leanos/update';

/** The STATE filesystem, `state.img`: empty but for the channel. The guest fills it and grows it to the disk. */
export const stateExt4 = defineStage<StateExt4Options, never>({
  name: 'state-ext4',
  revision: 2,
  tools: ['mke2fs', 'debugfs'],
  inputs: [],
  async build({options, out, run}) {
    const image = join(out, 'state.img');
    await createSparse(image, options.bytes);
    await run(['mke2fs', ...stateExt4Args(options), image]);
    const content = join(out, '.content');
    await mkdir(content);
    const files = Object.entries(updateFiles(options.update));
    for (const [index, [, text]] of files.entries()) await writeFile(join(content, String(index)), text);
    await run(['debugfs', '-w', '-f', '-', image], {
      input: debugfsScript(files.map(([path], index) => [path, join(content, String(index))])),
    });
    await rm(content, {recursive: true});
  },
});

function updateFiles({channel, url, keys}: StateExt4Options['update']): Record<string, string> {
  const named = keys.map((key): [string, string] => {
    const text = `untrusted comment: leanos public key\n${key}\n`;
    return [`${UPDATE_FOLDER}/keys/${parsePublicKey(text).id}.pub`, text];
  });
  return {
    [`${UPDATE_FOLDER}/channel`]: `${channel}\n`,
    ...(url === null ? {} : {[`${UPDATE_FOLDER}/url`]: `${url.replace(/\/$/, '')}\n`}),
    ...Object.fromEntries(named),
  };
}

/** What debugfs(8) is told, so that files are root's without anybody being root: pairs of a path and the file to copy. */
export function debugfsScript(files: readonly (readonly [path: string, source: string])[]): string {
  const folders = new Set(
    files.flatMap(([path]) => {
      const parts = path.split('/').slice(0, -1);
      return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    }),
  );
  return [
    ...[...folders].map((folder) => `mkdir ${folder}`),
    ...files.map(([path, source]) => `write ${source} ${path}`),
    '',
  ].join('\n');
}

/**
 * The options of mke2fs(8). mke2fs would take a small disk's defaults (1 KiB blocks, 128-byte inodes), which a guest that
 * grows to any size is stuck with: so they are given. The inode ratio counts per block group, and groups are copied when
 * the filesystem grows.
 */
export function stateExt4Args({uuid}: Pick<StateExt4Options, 'uuid'>): string[] {
  const extended = `hash_seed=${uuid},lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0,nodiscard`;
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
