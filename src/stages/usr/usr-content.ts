import {movePaths} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {readTree} from '../read-tree.ts';

/** What is mounted at /usr, as a tar archive: the rootfs artifact's tree seen from its `usr/`. */
export async function usrContent(rootfs: string, epoch: number): Promise<Buffer> {
  const tree = await readTree(rootfs, 'usr.tar');
  return encodeTar(
    movePaths(tree, (path) => path.replace(/^usr\//, '')),
    epoch,
  );
}
