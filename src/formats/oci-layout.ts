import {file, type FileTree} from './file-tree.ts';
import {encodeIndex, encodeManifest, OCI_MEDIA, ociPart, type Descriptor, type OciPart} from './oci.ts';

/** The name of an image in an index: image-spec, annotations.md. */
const REF_NAME = 'org.opencontainers.image.ref.name';

/** A layer, and the digest of its tar as it is without compression. */
export interface OciLayer {
  readonly part: OciPart;
  readonly diffId: string;
}

export interface ContainerImage {
  readonly layers: readonly OciLayer[];
  readonly platform: NonNullable<Descriptor['platform']>;
  /** As image-spec's config.md has it: Entrypoint, Labels. */
  readonly config: Readonly<Record<string, unknown>>;
  /** RFC 3339. */
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** How an index names it. */
  readonly entry: Pick<Descriptor, 'annotations'>;
  /** The tag in the layout. */
  readonly tag: string;
}

/** The files of an OCI layout (image-spec, image-layout.md) with one container image. */
export function encodeOciLayout(image: ContainerImage): FileTree {
  const {layers, platform, created, annotations, tag} = image;
  const config = ociPart(
    OCI_MEDIA.config,
    Buffer.from(
      JSON.stringify({
        created,
        ...platform,
        config: image.config,
        rootfs: {type: 'layers', diff_ids: layers.map(({diffId}) => diffId)},
        history: layers.map(() => ({created, created_by: 'leanos'})),
      }),
    ),
  );
  const manifest = encodeManifest(
    {
      config: config.descriptor,
      layers: layers.map(({part}) => part.descriptor),
      annotations: {...annotations},
    },
    {platform, annotations: {...image.entry.annotations, [REF_NAME]: tag}},
  );
  const index = encodeIndex({manifests: [manifest.descriptor]});
  const blobs = [...layers.map(({part}) => part), config, manifest];
  return new Map([
    ['oci-layout', file('{"imageLayoutVersion":"1.0.0"}')],
    ['index.json', file(index.bytes)],
    ...blobs.map(({bytes, descriptor}): [string, ReturnType<typeof file>] => [
      blobPath(descriptor.digest),
      file(bytes),
    ]),
  ]);
}

/** Where a layout has a blob. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
