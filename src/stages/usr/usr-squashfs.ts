import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import {usrContent} from './usr-content.ts';

export type UsrSquashfsOptions = {
  /** As `sqfstar -comp` takes it: `zstd`, `xz`, `lz4`. */
  readonly compression: string;
  /** Bytes that are compressed together (`-b`). */
  readonly blockBytes: number;
};

/** /usr as a read-only squashfs, `usr.img`. */
export const usrSquashfs = defineStage<UsrSquashfsOptions, 'rootfs'>({
  name: 'usr-squashfs',
  revision: 1,
  tools: ['sqfstar'],
  inputs: ['rootfs'],
  async build({options, inputs, out, run, epoch}) {
    const tar = join(out, '.usr.tar');
    await writeFile(tar, await usrContent(inputs.rootfs, epoch));
    await run(['sqfstar', ...usrSquashfsArgs(options, epoch), join(out, 'usr.img')], {inputFile: tar});
    await rm(tar);
  },
});

/** The options of sqfstar(1), without the image. */
export function usrSquashfsArgs({compression, blockBytes}: UsrSquashfsOptions, epoch: number): string[] {
  const level = compression === 'zstd' ? ['-Xcompression-level', '22'] : [];
  return ['-quiet', '-no-progress', '-comp', compression, ...level, '-b', String(blockBytes), '-mkfs-time', String(epoch)];
}
