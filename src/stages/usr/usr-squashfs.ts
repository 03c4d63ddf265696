import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import {usrContent, type UsrContentOptions} from './usr-content.ts';

export type UsrSquashfsOptions = {
  /** As `sqfstar -comp` takes it: `zstd`, `xz`, `lz4`. */
  readonly compression: string;
  /** Bytes that are compressed together (`-b`). */
  readonly blockBytes: number;
};

/** /usr as a read-only squashfs, `usr.img`. */
export const usrSquashfs = defineStage<UsrSquashfsOptions & UsrContentOptions, 'rootfs'>({
  name: 'usr-squashfs',
  revision: 4,
  tools: ['sqfstar'],
  inputs: ['rootfs'],
  async build({options, inputs, out, run, epoch}) {
    const tar = join(out, '.usr.tar');
    await writeFile(tar, await usrContent(inputs.rootfs, options, epoch));
    await run(['sqfstar', ...usrSquashfsArgs(options), join(out, 'usr.img')], {inputFile: tar});
    await rm(tar);
  },
});

/**
 * The options of sqfstar(1), without the image. Its time comes from SOURCE_DATE_EPOCH. The level of zstd weighs the image
 * (`bench -- size`) against the time of a build (`bench -- build`).
 */
export function usrSquashfsArgs({compression, blockBytes}: UsrSquashfsOptions): string[] {
  const level = compression === 'zstd' ? ['-Xcompression-level', '14'] : [];
  return ['-quiet', '-no-progress', '-comp', compression, ...level, '-b', String(blockBytes)];
}
