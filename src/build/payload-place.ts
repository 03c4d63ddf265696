import {lstat, mkdir, rename, rm} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {Architecture} from '../core/architecture.ts';
import {sha256} from '../core/canonical.ts';
import {LeanosError} from '../core/error.ts';
import {formatSize} from '../core/size.ts';
import {file, type FileTree} from '../formats/file-tree.ts';
import {parseOciAddress, type OciAddress} from '../formats/oci-address.ts';
import {decodeOci, encodeIndex, OCI_MEDIA, type Descriptor, type OciManifest} from '../formats/oci.ts';
import {blobPath} from '../formats/oci-layout.ts';
import {PAYLOAD_BYTES} from '../formats/payload/payload.ts';
import {encodeTar} from '../formats/tar.ts';
import {hashFile} from '../system/hash-file.ts';
import {readRegular} from '../system/regular-file.ts';
import type {FoundManifest, Registry} from '../system/registry/registry.ts';
import {pathBeside, writeWhole} from '../system/whole-file.ts';
import type {BuildEnvironment} from './environment.ts';
import {manifestAt, openRegistry, referenceOf} from './open-registry.ts';

/** What brings a payload here that is no single file. */
export interface PayloadDoors {
  /** The folder of downloads, by sha256. */
  readonly downloads: string;
  readonly registry: (address: OciAddress) => Promise<Registry>;
}

/** A payload as a file of this machine. */
export interface PlacedPayload {
  readonly path: string;
  /** What it is called in the image. */
  readonly name: string;
}

/** What a build brings payloads here by. */
export function payloadDoors(env: BuildEnvironment): PayloadDoors {
  return {
    downloads: env.workspace.cache.downloads,
    registry: (address) => openRegistry(address, 'pull', env),
  };
}

const LAYOUT = Buffer.from('{"imageLayoutVersion":"1.0.0"}');
const DEEPEST_INDEX = 3;

/** A folder with a container image (image-spec, image-layout.md) as the tar of what its index leads to; a file as it is. */
export async function payloadAt(path: string, doors: PayloadDoors): Promise<PlacedPayload> {
  const name = basename(path);
  const isFolder = await lstat(join(path, 'oci-layout')).then(
    () => true,
    () => false,
  );
  if (!isFolder) return {path, name};
  const index = await partOf(path, 'index.json');
  const blobs = new Map<string, Buffer>();
  for (const digest of await reachable(index, path)) blobs.set(digest, await partOf(path, blobPath(digest)));
  return placed(index, blobs, {name, doors});
}

/** A container image of a registry, for one architecture. @throws LeanosError REGISTRY, USAGE */
export async function payloadInRegistry(
  text: string,
  arch: Architecture,
  doors: PayloadDoors,
): Promise<PlacedPayload> {
  const address = parseOciAddress(text);
  const registry = await doors.registry(address);
  const asked = await manifestAt(registry, referenceOf(address));
  const {found, manifest} = await imageFor(registry, asked, {text, arch});
  const parts = [manifest.config, ...manifest.layers];
  mustFit(text, parts);
  const blobs = new Map([[found.digest, found.bytes]]);
  await mkdir(doors.downloads, {recursive: true});
  for (const part of parts) blobs.set(part.digest, await blobOf(registry, part, doors.downloads));
  const descriptor = {
    mediaType: manifest.mediaType ?? OCI_MEDIA.manifest,
    digest: found.digest,
    size: found.bytes.length,
    platform: {os: 'linux', ...arch.oci},
  };
  const {bytes} = encodeIndex({manifests: [descriptor]});
  return placed(bytes, blobs, {name: basename(address.repository), doors});
}

/** Writes the layout of a container image as one file, which its bytes alone name. */
async function placed(
  index: Buffer,
  blobs: ReadonlyMap<string, Buffer>,
  {name, doors}: {readonly name: string; readonly doors: PayloadDoors},
): Promise<PlacedPayload> {
  const layout: FileTree = new Map([
    ['oci-layout', file(LAYOUT)],
    ['index.json', file(index)],
    ...[...blobs].map(([digest, bytes]) => [blobPath(digest), file(bytes)] as const),
  ]);
  const tar = await encodeTar(layout, 0);
  const path = join(doors.downloads, sha256(tar));
  await mkdir(doors.downloads, {recursive: true});
  await writeWhole(path, tar);
  return {path, name};
}

/** The digests of all that an index in a folder leads to. What is not there is missed by who reads the image. */
async function reachable(index: Buffer, folder: string, depth = 0): Promise<Set<string>> {
  const found = decodeOci(index);
  if (found === undefined || depth === DEEPEST_INDEX) return new Set();
  if ('manifest' in found)
    return new Set([found.manifest.config, ...found.manifest.layers].map(({digest}) => digest));
  const digests = new Set<string>();
  for (const {digest} of found.index.manifests) {
    digests.add(digest);
    const bytes = await partOf(folder, blobPath(digest));
    for (const each of await reachable(bytes, folder, depth + 1)) digests.add(each);
  }
  return digests;
}

async function partOf(folder: string, path: string): Promise<Buffer> {
  const bytes = await readRegular(join(folder, path), {most: PAYLOAD_BYTES});
  if (bytes !== undefined) return bytes;
  throw new LeanosError('USAGE', `payload ${folder}: has an oci-layout and no ${path}`, {
    hint: 'skopeo copy oci-archive:image.tar oci:FOLDER     makes a whole one',
  });
}

/** The image for an architecture: what was asked for, or what its index leads to. */
async function imageFor(
  registry: Registry,
  found: FoundManifest,
  {text, arch}: {readonly text: string; readonly arch: Architecture},
): Promise<{found: FoundManifest; manifest: OciManifest}> {
  const decoded = decodeOci(found.bytes);
  if (decoded === undefined)
    throw new LeanosError('REGISTRY', `${text} is neither an index nor a manifest of the OCI specification`);
  if ('manifest' in decoded) {
    const {artifactType} = decoded.manifest;
    if (artifactType === undefined) return {found, manifest: decoded.manifest};
    throw new LeanosError(
      'USAGE',
      `payload ${text}: is no container image, but an artifact of type ${artifactType}`,
    );
  }
  const {architecture} = arch.oci;
  const images = decoded.index.manifests.filter(({platform}) => platform?.os === 'linux');
  const own = images.find(({platform}) => platform?.architecture === architecture);
  if (own !== undefined)
    return imageFor(registry, await manifestAt(registry, own.digest), {
      text: `${text} for ${arch.name}`,
      arch,
    });
  const known = images.map(({platform}) => platform?.architecture ?? '').join(', ');
  throw new LeanosError('USAGE', `payload ${text}: is not there for ${arch.name} (${architecture})`, {
    hint: known === '' ? 'leanos inspect oci://…     says what is there' : `it is there for ${known}: --arch`,
  });
}

function mustFit(text: string, parts: readonly Descriptor[]): void {
  const bytes = parts.reduce((sum, {size}) => sum + size, 0);
  if (bytes < PAYLOAD_BYTES) return;
  throw new LeanosError(
    'USAGE',
    `payload ${text}: has ${formatSize(bytes)}, and ${formatSize(PAYLOAD_BYTES)} are the most`,
  );
}

/** A blob, from the downloads where it is there whole. */
async function blobOf(registry: Registry, blob: Descriptor, downloads: string): Promise<Buffer> {
  const hex = blob.digest.slice('sha256:'.length);
  const path = join(downloads, hex);
  const isThere = (await hashFile(path).catch(() => undefined)) === hex;
  if (!isThere) {
    const coming = pathBeside(path);
    try {
      await registry.getBlob(blob, coming);
      await rename(coming, path);
    } finally {
      await rm(coming, {force: true});
    }
  }
  const bytes = await readRegular(path, {most: PAYLOAD_BYTES});
  if (bytes === undefined) throw new Error(`${path} was there a moment ago`);
  return bytes;
}
