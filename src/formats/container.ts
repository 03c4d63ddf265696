import {z} from 'zod';
import type {FileTree} from './file-tree.ts';
import {blobPath, dataOf} from './oci-layout.ts';
import {decodeOci, type Descriptor, type OciManifest} from './oci.ts';

const words = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

/** What a container image says of how it is run: image-spec, config.md. */
const configSchema = z.object({
  architecture: z.string(),
  os: z.string(),
  config: z
    .object({
      User: z.string().nullish(),
      Env: words,
      Entrypoint: words,
      Cmd: words,
      WorkingDir: z.string().nullish(),
      Volumes: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
});

/** A container image of a layout. */
export interface Container {
  /** Of its manifest. */
  readonly digest: string;
  /** As the image specification names it, such as `amd64`. */
  readonly architecture: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: readonly string[];
  /** `UID`, `NAME`, or either with `:GID` or `:GROUP`; empty: root. */
  readonly user: string;
  readonly folder: string;
  readonly volumes: readonly string[];
  readonly layers: readonly Descriptor[];
}

/** The container images for Linux in an OCI layout, also those of an index in its index. */
export function containersOf(layout: FileTree): Container[] {
  return manifestsOf(layout, dataOf(layout, 'index.json'), 0).flatMap(({digest, manifest}) => {
    const container = containerOf(layout, digest, manifest);
    return container === undefined ? [] : [container];
  });
}

interface Named {
  readonly digest: string;
  readonly manifest: OciManifest;
}

const DEEPEST_INDEX = 3;

function manifestsOf(layout: FileTree, bytes: Buffer, depth: number): Named[] {
  const found = decodeOci(bytes);
  if (found === undefined || !('index' in found) || depth === DEEPEST_INDEX) return [];
  return found.index.manifests.flatMap(({digest}): Named[] => {
    const blob = dataOf(layout, blobPath(digest));
    const inside = decodeOci(blob);
    if (inside === undefined) return [];
    return 'manifest' in inside
      ? [{digest, manifest: inside.manifest}]
      : manifestsOf(layout, blob, depth + 1);
  });
}

function containerOf(layout: FileTree, digest: string, manifest: OciManifest): Container | undefined {
  const said = configSchema.safeParse(jsonOf(dataOf(layout, blobPath(manifest.config.digest))));
  if (!said.success || said.data.os !== 'linux') return undefined;
  const {architecture, config} = said.data;
  return {
    digest,
    architecture,
    entrypoint: config?.Entrypoint ?? [],
    command: config?.Cmd ?? [],
    environment: config?.Env ?? [],
    user: config?.User ?? '',
    folder: config?.WorkingDir === '' ? '/' : (config?.WorkingDir ?? '/'),
    volumes: Object.keys(config?.Volumes ?? {}).sort(),
    layers: manifest.layers,
  };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
