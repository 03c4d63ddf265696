import {join} from 'node:path';
import {LeanosError} from '../core/error.ts';
import {
  decodeOci,
  EMPTY_CONFIG,
  encodeIndex,
  type Descriptor,
  type OciIndex,
  type OciPart,
} from '../formats/oci.ts';
import type {BlobSource, Registry} from '../system/registry/registry.ts';
import type {BuildFolder} from './build-folder.ts';
import {artifactManifest, entryKind, fileDescriptor, mergedEntries, platformName} from './oci-artifact.ts';

/** What goes to a registry for one architecture: blobs, and the manifest that names them. */
export interface Pushed {
  readonly manifest: OciPart;
  readonly blobs: readonly PushedBlob[];
}

export interface PushedBlob {
  /** For people. */
  readonly name: string;
  readonly descriptor: Descriptor;
  readonly source: BlobSource;
}

export interface PushOptions {
  readonly tag: string;
  readonly onBlob: (blob: PushedBlob, outcome: 'brought' | 'there') => void;
  readonly onSent: (blob: PushedBlob, bytes: number) => void;
}

export interface PushOutcome {
  /** Of the index. */
  readonly digest: string;
  /** The platforms that it has now. */
  readonly platforms: readonly string[];
}

/** The files of a build, each a blob. */
export function pushedFiles({folder, identity, files}: BuildFolder): Pushed {
  return {
    manifest: artifactManifest(identity, files),
    blobs: [
      {name: 'config', descriptor: EMPTY_CONFIG.descriptor, source: EMPTY_CONFIG.bytes},
      ...files.map((file) => ({
        name: file.name,
        descriptor: fileDescriptor(file),
        source: join(folder, file.name),
      })),
    ],
  };
}

/**
 * Brings what is missing to a registry, and then lets the tag point to an index of it: until then nobody sees any of it. What
 * the index has for other architectures stays where it is of the same version.
 * @throws LeanosError REGISTRY; USAGE where the tag is of something else
 */
export async function push(
  registry: Registry,
  pushed: readonly Pushed[],
  {tag, onBlob, onSent}: PushOptions,
): Promise<PushOutcome> {
  const before = await indexAt(registry, tag);
  mustBeAlike(before, pushed, tag);
  for (const {blobs, manifest} of pushed) {
    for (const blob of blobs)
      onBlob(blob, await registry.putBlob(blob.descriptor, blob.source, (bytes) => onSent(blob, bytes)));
    await registry.putManifest(manifest, manifest.descriptor.digest);
  }
  const fresh = pushed.map(({manifest}) => manifest.descriptor);
  const manifests = mergedEntries(fresh, before ?? {manifests: []});
  const index = encodeIndex({manifests});
  await registry.putManifest(index, tag);
  return {digest: index.descriptor.digest, platforms: manifests.map(({platform}) => platformName(platform))};
}

/** The index that a tag points to; one of nothing where it points to something else. */
async function indexAt(registry: Registry, tag: string): Promise<Pick<OciIndex, 'manifests'> | undefined> {
  const found = await registry.getManifest(tag);
  if (found === undefined) return undefined;
  const decoded = decodeOci(found.bytes);
  return decoded !== undefined && 'index' in decoded ? decoded.index : {manifests: []};
}

/** A tag is of one kind of thing: what somebody else keeps there is not lost. */
function mustBeAlike(
  before: Pick<OciIndex, 'manifests'> | undefined,
  pushed: readonly Pushed[],
  tag: string,
): void {
  if (before === undefined) return;
  const kinds = new Set(pushed.map(({manifest}) => entryKind(manifest.descriptor)));
  const isAlike =
    before.manifests.length > 0 && before.manifests.every((entry) => kinds.has(entryKind(entry)));
  if (isAlike) return;
  const what = [...kinds].join(', ');
  throw new LeanosError('USAGE', `the tag ${tag} is there, and is not of ${what} as what is brought`, {
    hint: 'take another tag, or remove that one in the registry',
  });
}
