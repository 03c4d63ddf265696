import {z} from 'zod';
import {sha256} from '../core/canonical.ts';

/** What the OCI image specification 1.1 calls its parts (image-spec, media-types.md, descriptor.md, manifest.md). */
export const OCI_MEDIA = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

/** Docker's own names of the same, which registries still give. */
const DOCKER_MEDIA = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
} as const;

/** All that a manifest can be. */
export const MANIFEST_MEDIA: readonly string[] = [
  OCI_MEDIA.index,
  OCI_MEDIA.manifest,
  DOCKER_MEDIA.index,
  DOCKER_MEDIA.manifest,
];

export const TITLE = 'org.opencontainers.image.title';
export const VERSION = 'org.opencontainers.image.version';
export const CREATED = 'org.opencontainers.image.created';
export const REVISION = 'org.opencontainers.image.revision';

const annotations = z.record(z.string(), z.string()).optional();
const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.int().nonnegative(),
  artifactType: z.string().optional(),
  annotations,
  platform: z.object({architecture: z.string(), os: z.string(), variant: z.string().optional()}).optional(),
});
const manifest = z.object({
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor),
  annotations,
});
const index = z.object({
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  manifests: z.array(descriptor),
  annotations,
});

/** What a blob or a manifest is, and the digest by which it is asked for. */
export type Descriptor = Readonly<z.infer<typeof descriptor>>;
export type OciManifest = Readonly<z.infer<typeof manifest>>;
export type OciIndex = Readonly<z.infer<typeof index>>;

/** A part of an image that was made here: its bytes, and what names them. */
export interface OciPart {
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
}

/** Bytes with the descriptor that names them. */
export function ociPart(
  mediaType: string,
  bytes: Buffer,
  more: Omit<Descriptor, 'mediaType' | 'digest' | 'size'> = {},
): OciPart {
  return {bytes, descriptor: {mediaType, digest: ociDigest(bytes), size: bytes.length, ...more}};
}

/** The config of an artifact that has none. */
export const EMPTY_CONFIG = ociPart(OCI_MEDIA.empty, Buffer.from('{}'));

export function ociDigest(bytes: Buffer): string {
  return `sha256:${sha256(bytes)}`;
}

/** A manifest of an image, or of an artifact where it has a type. */
export function encodeManifest(
  {config, layers, artifactType, annotations: notes}: Omit<OciManifest, 'mediaType'>,
  more: Omit<Descriptor, 'mediaType' | 'digest' | 'size'> = {},
): OciPart {
  const value = {
    schemaVersion: 2,
    mediaType: OCI_MEDIA.manifest,
    ...(artifactType === undefined ? {} : {artifactType}),
    config,
    layers,
    ...(notes === undefined ? {} : {annotations: notes}),
  };
  return ociPart(OCI_MEDIA.manifest, Buffer.from(JSON.stringify(value)), {
    ...(artifactType === undefined ? {} : {artifactType}),
    ...more,
  });
}

export function encodeIndex({
  manifests,
  annotations: notes,
}: Omit<OciIndex, 'mediaType' | 'artifactType'>): OciPart {
  const value = {
    schemaVersion: 2,
    mediaType: OCI_MEDIA.index,
    manifests,
    ...(notes === undefined ? {} : {annotations: notes}),
  };
  return ociPart(OCI_MEDIA.index, Buffer.from(JSON.stringify(value)));
}

/** An index or a manifest, whichever the bytes are; `undefined` for what is neither. */
export function decodeOci(
  bytes: Buffer,
): {readonly index: OciIndex} | {readonly manifest: OciManifest} | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  const asIndex = index.safeParse(value);
  if (asIndex.success) return {index: asIndex.data};
  const asManifest = manifest.safeParse(value);
  return asManifest.success ? {manifest: asManifest.data} : undefined;
}
