import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import {createSparse} from '../../system/sparse.ts';

export type StateExt4Options = {readonly bytes: number; readonly uuid: string};

/** The empty STATE filesystem, `state.img`. The guest fills it and grows it to the disk. */
export const stateExt4 = defineStage<StateExt4Options, never>({
  name: 'state-ext4',
  revision: 1,
  tools: ['mke2fs'],
  inputs: [],
  async build({options, out, run}) {
    const image = join(out, 'state.img');
    await createSparse(image, options.bytes);
    await run(['mke2fs', ...stateExt4Args(options), image]);
  },
});

/**
 * The options of mke2fs(8). mke2fs would take a small disk's defaults (1 KiB blocks, 128-byte inodes), which a guest that
 * grows to any size is stuck with: so they are given. The inode ratio counts per block group, and groups are copied when
 * the filesystem grows.
 */
export function stateExt4Args({uuid}: StateExt4Options): string[] {
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
