import {file, type FileTree} from './file-tree.ts';
import {
  decodeOci,
  encodeIndex,
  encodeManifest,
  OCI_MEDIA,
  ociDigest,
  ociPart,
  type Descriptor,
  type OciPart,
} from './oci.ts';

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

/** A container image in a layout: its manifest, and the descriptors of all that the manifest names. */
export interface FoundContainer {
  readonly manifest: OciPart;
  readonly blobs: readonly Descriptor[];
}

/** The one container image of a layout; `undefined` where there is none, or there are several. */
export function decodeOciLayout(layout: FileTree): FoundContainer | undefined {
  const index = decodeOci(dataOf(layout, 'index.json'));
  const entries = index !== undefined && 'index' in index ? index.index.manifests : [];
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return undefined;
  const bytes = dataOf(layout, blobPath(entry.digest));
  const decoded = decodeOci(bytes);
  if (decoded === undefined || !('manifest' in decoded) || ociDigest(bytes) !== entry.digest)
    return undefined;
  const {config, layers} = decoded.manifest;
  return {manifest: {bytes, descriptor: entry}, blobs: [config, ...layers]};
}

/** The bytes of a file of a layout; none where there is no such file. */
export function dataOf(layout: FileTree, path: string): Buffer {
  const found = layout.get(path);
  return found?.type === 'file' ? found.data : Buffer.alloc(0);
}

/** Where a layout has a blob. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
