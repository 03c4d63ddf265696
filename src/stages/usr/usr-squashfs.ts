import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import {usrContent, type UsrContentOptions} from './usr-content.ts';

export type UsrSquashfsOptions = {
  /** As `sqfstar -comp` takes it: `zstd`, `xz`, `lz4`. */
  readonly compression: string;
  /** Of zstd, from 1 to 22. */
  readonly level?: number;
  /** Bytes that are compressed together (`-b`). */
  readonly blockBytes: number;
};

/** /usr as a read-only squashfs, `usr.img`. */
export const usrSquashfs = defineStage<UsrSquashfsOptions & UsrContentOptions, 'rootfs'>({
  name: 'usr-squashfs',
  revision: 5,
  tools: ['sqfstar'],
  inputs: ['rootfs'],
  async build({options, inputs, out, run, epoch}) {
    const tar = join(out, '.usr.tar');
    await writeFile(tar, await usrContent(inputs.rootfs, options, epoch));
    await run(['sqfstar', ...usrSquashfsArgs(options), join(out, 'usr.img')], {inputFile: tar});
    await rm(tar);
  },
});

/** sqfstar passes over the tar's entry for the root folder, which would be its user's, and open to everybody. */
const ROOT_FOLDER = ['-root-uid', '0', '-root-gid', '0', '-root-mode', '755'];

/** The options of sqfstar(1), without the image. Its time comes from SOURCE_DATE_EPOCH. */
export function usrSquashfsArgs({compression, level, blockBytes}: UsrSquashfsOptions): string[] {
  const levels = level === undefined ? [] : ['-Xcompression-level', String(level)];
  return [
    '-quiet',
    '-no-progress',
    '-comp',
    compression,
    ...levels,
    '-b',
    String(blockBytes),
    ...ROOT_FOLDER,
  ];
}
