import {execFileSync} from 'node:child_process';
import {gzipSync} from 'node:zlib';
import {encodeIndex, encodeManifest, ociPart, OCI_MEDIA, type OciPart} from '../../src/formats/oci.ts';
import type {MockRegistry} from './mock-registry.ts';
import {rawTar, type RawEntry} from './raw-tar.ts';

const PACKERS = {
  gzip: (bytes: Buffer): Buffer => gzipSync(bytes),
  zstd: (bytes: Buffer): Buffer => execFileSync('zstd', ['--quiet', '--stdout'], {input: bytes}),
} as const;

export interface ImageOptions {
  readonly layers: readonly (readonly RawEntry[])[];
  /** What its `config` says. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly architecture?: string;
  /** What layers are packed by, in turn. */
  readonly packing?: readonly (keyof typeof PACKERS)[];
}

/** The parts of a container image: its manifest is the last. */
export function containerParts({
  layers,
  config = {},
  architecture = 'amd64',
  packing = ['gzip'],
}: ImageOptions): OciPart[] {
  const packed = layers.map((entries, n) => {
    const by = packing[n % packing.length] ?? 'gzip';
    return ociPart(`application/vnd.oci.image.layer.v1.tar+${by}`, PACKERS[by](rawTar(entries)));
  });
  const said = ociPart(
    OCI_MEDIA.config,
    Buffer.from(JSON.stringify({architecture, os: 'linux', config, rootfs: {type: 'layers', diff_ids: []}})),
  );
  const manifest = encodeManifest({
    config: said.descriptor,
    layers: packed.map(({descriptor}) => descriptor),
  });
  return [...packed, said, manifest];
}

/** Puts an image in a registry, with one for another architecture beside it; gives the digest of the index that names both. */
export function serveImage({blobs, manifests}: MockRegistry, options: ImageOptions): string {
  const {architecture = 'amd64'} = options;
  const foreign = containerParts({...options, architecture: 'other'});
  const own = containerParts(options);
  const named = [foreign, own].flatMap((parts) => {
    const manifest = parts.at(-1);
    if (manifest === undefined) return [];
    for (const {bytes, descriptor} of parts.slice(0, -1)) blobs.set(descriptor.digest, bytes);
    manifests.set(manifest.descriptor.digest, {type: OCI_MEDIA.manifest, bytes: manifest.bytes});
    return [manifest.descriptor];
  });
  const index = encodeIndex({
    manifests: named.map((each, n) => ({
      ...each,
      platform: {os: 'linux', architecture: n === 0 ? 'other' : architecture},
    })),
  });
  manifests.set(index.descriptor.digest, {type: OCI_MEDIA.index, bytes: index.bytes});
  return index.descriptor.digest;
}
