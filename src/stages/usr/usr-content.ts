import {directory, file, mergeTrees, movePaths} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {readTree} from '../read-tree.ts';

/** The program that the initramfs hands over (make_root in init-scripts/initramfs/lib/boot.sh). */
const HANDED_OVER = 'usr/bin/busybox';

export type UsrContentOptions = {
  /** Whether the initramfs brings BusyBox: then an empty file stands where it is mounted, so that it is not there twice. */
  readonly handOver: boolean;
};

/**
 * What is mounted at /usr, as a tar archive: the rootfs artifact's tree seen from its `usr/`. It names the root folder, which
 * would else be whoever's who makes the filesystem, and open to everybody.
 */
export async function usrContent(
  rootfs: string,
  {handOver}: UsrContentOptions,
  epoch: number,
): Promise<Buffer> {
  const tree = new Map(await readTree(rootfs, 'usr.tar'));
  if (handOver && tree.has(HANDED_OVER)) tree.set(HANDED_OVER, file('', 0o755));
  const content = movePaths(tree, (path) => path.replace(/^usr\//, ''));
  return encodeTar(mergeTrees(new Map([['', directory()]]), content), epoch);
}
