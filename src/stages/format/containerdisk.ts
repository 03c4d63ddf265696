import {readFile} from 'node:fs/promises';
import {ociPart} from '../../formats/oci.ts';
import {encodeTar} from '../../formats/tar.ts';
import {writeContainerImage} from './container-image.ts';
import {imageFormat} from './image-format.ts';
import {qcow2} from './qcow2.ts';

/** The user of QEMU in KubeVirt's pods (its user guide, "containerDisk": `ADD --chown=107:107`). */
const QEMU_USER = {uid: 107, gid: 107};
/** A tar that is not compressed: the disk in it is. */
const PLAIN_LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** The disk in a container image, where KubeVirt looks for it. */
export const containerdisk = imageFormat('containerdisk', {
  kind: 'container',
  isContainerImage: true,
  files: {archive: 'containerdisk.tar'},
  parts: {disk: qcow2},
  tried: {
    opened: ['skopeo', 'tar', 'umoci', 'qemu-img'],
    notRun: {'KubeVirt, Harvester': 'want a cluster of Kubernetes'},
  },
  takenBy:
    'KubeVirt, Harvester: `leanos push IMAGE oci://HOST/NAME:TAG --format containerdisk`, or `skopeo copy oci-archive:FILE docker://…`',
  revision: 1,
  tools: [],
  async write({files, parts, options, epoch}) {
    const tree = new Map([
      ['disk', {type: 'directory' as const, mode: 0o555, ...QEMU_USER}],
      [
        'disk/disk.qcow2',
        {type: 'file' as const, mode: 0o440, ...QEMU_USER, data: await readFile(parts.disk)},
      ],
    ]);
    const part = ociPart(PLAIN_LAYER, await encodeTar(tree, epoch));
    await writeContainerImage(files.archive, {
      options,
      epoch,
      layers: [{part, diffId: part.descriptor.digest}],
      config: {},
    });
  },
});
