import {readFile} from 'node:fs/promises';
import {promisify} from 'node:util';
import {gunzip} from 'node:zlib';
import {OCI_MEDIA, ociDigest, ociPart} from '../../formats/oci.ts';
import {writeContainerImage} from './container-image.ts';
import {imageFormat} from './image-format.ts';
import {RUNTIME} from './tried-format.ts';

/** The root filesystem as a container image; what is started is a shell. */
export const oci = imageFormat('oci', {
  kind: 'container',
  isContainerImage: true,
  files: {archive: 'oci.tar'},
  parts: {archive: 'rootfsArchive'},
  tried: {
    opened: ['skopeo', 'tar', 'umoci', 'crun'],
    notRun: {'podman, Docker, Kubernetes': RUNTIME},
  },
  takenBy:
    'podman, Docker, Kubernetes, skopeo, umoci: `leanos push IMAGE oci://HOST/NAME:TAG --format oci`, or `skopeo copy oci-archive:FILE …`',
  revision: 1,
  tools: [],
  async write({files, parts, options, epoch}) {
    const packed = await readFile(parts.archive);
    const diffId = ociDigest(await promisify(gunzip)(packed));
    await writeContainerImage(files.archive, {
      options,
      epoch,
      layers: [{part: ociPart(OCI_MEDIA.layer, packed), diffId}],
      config: {
        Entrypoint: ['/bin/sh'],
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      },
    });
  },
});
