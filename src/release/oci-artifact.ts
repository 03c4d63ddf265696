import {FILE_NAME} from '../core/names.ts';
import {ARCHITECTURES, type ArchitectureName} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {
  CREATED,
  EMPTY_CONFIG,
  encodeManifest,
  REVISION,
  TITLE,
  VERSION,
  type Descriptor,
  type OciIndex,
  type OciManifest,
  type OciPart,
} from '../formats/oci.ts';

/** What an image of leanos is in a registry: docs/decisions/0011. */
export const ARTIFACT_TYPE = 'application/vnd.leanos.image.v1';
const FILE_MEDIA = 'application/vnd.leanos.file.v1';
const ARCH = 'leanos.arch';
const KIND = 'leanos.kind';
const FORMAT = 'leanos.format';

/** What a build says of itself, where it is told apart from others. */
export interface ArtifactIdentity {
  readonly image: string;
  readonly arch: ArchitectureName;
  readonly version: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly commit: string | null;
}

/** A file of a build. */
export interface ArtifactFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** As `build --json` has them; a signature has none. */
  readonly kind?: string | undefined;
  readonly format?: string | undefined;
}

/** The blob that a file becomes. */
export function fileDescriptor({name, bytes, sha256, kind, format}: ArtifactFile): Descriptor {
  return {
    mediaType: FILE_MEDIA,
    digest: `sha256:${sha256}`,
    size: bytes,
    annotations: {
      [TITLE]: name,
      ...(kind === undefined ? {} : {[KIND]: kind}),
      ...(format === undefined ? {} : {[FORMAT]: format}),
    },
  };
}

/** The manifest of a build: its files as layers. Equal builds give equal bytes. */
export function artifactManifest(identity: ArtifactIdentity, files: readonly ArtifactFile[]): OciPart {
  return encodeManifest(
    {
      artifactType: ARTIFACT_TYPE,
      config: EMPTY_CONFIG.descriptor,
      layers: files.map(fileDescriptor),
      annotations: identityAnnotations(identity),
    },
    indexEntry(identity),
  );
}

/** How an index names what is for an architecture. */
export function indexEntry({
  arch,
  version,
  format,
}: Pick<ArtifactIdentity, 'arch' | 'version'> & {
  /** Of a container image. */
  readonly format?: string;
}): Pick<Descriptor, 'platform' | 'annotations'> {
  return {
    platform: {...ARCHITECTURES[arch].oci, os: 'linux'},
    annotations: {[ARCH]: arch, [VERSION]: version, ...(format === undefined ? {} : {[FORMAT]: format})},
  };
}

/** What an entry of an index is of, for people: an index has entries of one kind. */
export function entryKind({artifactType, annotations}: Descriptor): string {
  if (artifactType === ARTIFACT_TYPE) return 'files of an image';
  if (artifactType !== undefined) return `artifacts of type ${artifactType}`;
  const format = annotations?.[FORMAT];
  return format === undefined ? "somebody else's container images" : `container images (${format})`;
}

export function identityAnnotations({
  image,
  arch,
  version,
  epoch,
  commit,
}: ArtifactIdentity): Record<string, string> {
  return {
    [TITLE]: image,
    [VERSION]: version,
    [ARCH]: arch,
    [CREATED]: new Date(epoch * 1000).toISOString().replace('.000', ''),
    ...(commit === null ? {} : {[REVISION]: commit}),
  };
}

/** The entries of an index that has `fresh` too: others stay that are of the same version and kind, and for other architectures. */
export function mergedEntries(
  fresh: readonly Descriptor[],
  {manifests}: Pick<OciIndex, 'manifests'>,
): Descriptor[] {
  const versions = new Set(fresh.map(versionOf));
  const staying = manifests.filter(
    (entry) =>
      versions.has(versionOf(entry)) &&
      fresh.every(
        (each) =>
          entryKind(each) === entryKind(entry) &&
          platformName(each.platform) !== platformName(entry.platform),
      ),
  );
  const key = ({platform}: Descriptor): string => platformName(platform);
  return [...staying, ...fresh].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export function versionOf({annotations}: Pick<Descriptor, 'annotations'>): string | undefined {
  return annotations?.[VERSION];
}

export function platformName(platform: Descriptor['platform']): string {
  const {os = 'unknown', architecture = 'unknown', variant} = platform ?? {};
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** The architecture of leanos that an entry of an index is for. */
export function archOf({annotations}: Pick<Descriptor, 'annotations'>): string | undefined {
  return annotations?.[ARCH];
}

/**
 * The files of a manifest by their names, which somebody else chose: none leads out of a folder.
 * @throws LeanosError REGISTRY
 */
export function artifactFiles({layers}: OciManifest): ReadonlyMap<string, Descriptor> {
  const files = new Map<string, Descriptor>();
  for (const layer of layers) {
    const name = layer.annotations?.[TITLE] ?? '';
    if (!FILE_NAME.test(name) || files.has(name))
      throw new LeanosError(
        'REGISTRY',
        `what is there has a file that cannot be called so: ${JSON.stringify(name).slice(0, 80)}`,
      );
    files.set(name, layer);
  }
  return files;
}

/** What a layer is, as its build said: `disk qcow2`. */
export function fileKind({annotations}: Descriptor): string {
  return [annotations?.[KIND], annotations?.[FORMAT]].filter((word) => word !== undefined).join(' ');
}
