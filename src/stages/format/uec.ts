import {readFile, rm} from 'node:fs/promises';
import {derivedUuid} from '../../formats/disk-layout.ts';
import {file} from '../../formats/file-tree.ts';
import {createSparse} from '../../system/sparse.ts';
import {mke2fs} from '../disk/mke2fs.ts';
import {imageFormat} from './image-format.ts';
import {OPENSTACK} from './tried-format.ts';
import {writePackedTar} from './pack.ts';

const BLANK_BYTES = 8 * 2 ** 20;

/**
 * Kernel, initramfs and an empty disk in one archive: what EC2-like clouds and devstack call an image of three parts. Devstack finds
 * them by `*-vmlinuz*`, `*-initrd*` and `*.img` (functions, upload_image). The initramfs has the whole image; the disk stays as it is.
 */
export const uec = imageFormat('uec', {
  kind: 'boot',
  files: {archive: 'uec.tar.gz'},
  parts: {kernel: 'kernel', initramfs: 'initramfs'},
  tried: {opened: ['tar', 'file'], notRun: {devstack: OPENSTACK}},
  takenBy: 'devstack (IMAGE_URLS), OpenStack with kernel_id and ramdisk_id',
  revision: 1,
  tools: ['mke2fs', 'gzip'],
  async write({files, parts, options, epoch, run}) {
    const {image, version, arch, seed} = options;
    const name = `leanos-${version}-${image}-${arch}`;
    const blank = `${files.archive}.blank`;
    await createSparse(blank, BLANK_BYTES);
    const uuid = derivedUuid(`${seed} blank`);
    const identity = ['-U', uuid, '-E', `hash_seed=${uuid},root_owner=0:0`, '-L', 'blank'];
    await mke2fs(blank, ['-q', '-t', 'ext3', '-O', '^resize_inode', ...identity], run);
    const tree = new Map([
      [`${name}-blank.img`, file(await readFile(blank))],
      [`${name}-initrd`, file(await readFile(parts.initramfs))],
      [`${name}-vmlinuz`, file(await readFile(parts.kernel))],
    ]);
    await rm(blank);
    await writePackedTar(files.archive, tree, {packer: 'gzip', epoch, run});
  },
});
