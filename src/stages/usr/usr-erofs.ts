import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import {usrContent, type UsrContentOptions} from './usr-content.ts';

export type UsrErofsOptions = {
  /** As `mkfs.erofs -z` takes it: `zstd,19`, `lz4hc,12`, `lzma,9`. */
  readonly compression: string;
  /** Bytes that are compressed together (`-C`): larger is smaller and slower to read. */
  readonly clusterBytes: number;
};

/** /usr as a read-only erofs, `usr.img`. The filesystem has no UUID of its own: its digest names it. */
export const usrErofs = defineStage<UsrErofsOptions & UsrContentOptions, 'rootfs'>({
  name: 'usr-erofs',
  revision: 3,
  tools: ['mkfs.erofs'],
  inputs: ['rootfs'],
  async build({options, inputs, out, run, epoch}) {
    const tar = join(out, '.usr.tar');
    await writeFile(tar, await usrContent(inputs.rootfs, options, epoch));
    await run(['mkfs.erofs', ...usrErofsArgs(options, epoch), join(out, 'usr.img'), tar]);
    await rm(tar);
  },
});

/** The options of mkfs.erofs(1), without the image and its source. */
export function usrErofsArgs({compression, clusterBytes}: UsrErofsOptions, epoch: number): string[] {
  return [
    '--quiet',
    `-z${compression}`,
    `-C${clusterBytes}`,
    '-Eztailpacking,fragments', // never all-fragments: with --tar, erofs-utils 1.8.6 then loses data
    `-T${epoch}`,
    '-Uclear',
    '--tar=f',
  ];
}
