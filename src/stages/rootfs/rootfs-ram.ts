import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {file} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';

/** The program that the initramfs hands over (make_root in init-scripts/initramfs/lib/boot.sh). */
const HANDED_OVER = 'usr/bin/busybox';

/**
 * The root filesystem for a boot from RAM, `usr.tar`: with an empty file where the initramfs, which is in the same archive,
 * puts its own BusyBox, so that it is not there twice.
 */
export const rootfsRam = defineStage<Record<string, never>, 'rootfs'>({
  name: 'rootfs-ram',
  revision: 1,
  tools: [],
  inputs: ['rootfs'],
  async build({inputs, out, epoch}) {
    const tree = new Map(await readTree(inputs.rootfs, 'usr.tar'));
    if (tree.has(HANDED_OVER)) tree.set(HANDED_OVER, file('', 0o755));
    await writeFile(join(out, 'usr.tar'), await encodeTar(tree, epoch));
  },
});
