import {LeanosError} from '../core/error.ts';
import {parseOciAddress} from '../formats/oci-address.ts';
import {CREATED, decodeOci, TITLE, type Descriptor, type OciManifest} from '../formats/oci.ts';
import {signatureKey} from '../formats/signify.ts';
import {MANIFEST_END, parseBuildManifest} from '../release/build-folder.ts';
import {ARTIFACT_TYPE, artifactFiles, fileKind, platformName} from '../release/oci-artifact.ts';
import {readSignatures} from '../release/registry-signatures.ts';
import {formatSize} from '../core/size.ts';
import type {Registry} from '../system/registry/registry.ts';
import type {BuildEnvironment} from './environment.ts';
import type {Inspected} from './inspect-file.ts';
import {manifestAt, openRegistry, referenceOf, type RegistryOptions} from './open-registry.ts';

type Facts = Record<string, unknown>;

/** Says what is at an address in a registry; of large files nothing is fetched. @throws LeanosError REGISTRY, USAGE */
export async function inspectRegistry(
  text: string,
  options: RegistryOptions & Pick<BuildEnvironment, 'environment' | 'run' | 'signal'>,
): Promise<Omit<Inspected, 'file'> & {readonly file: string}> {
  const address = parseOciAddress(text);
  const registry = await openRegistry(address, 'pull', options);
  const {bytes, digest} = await manifestAt(registry, referenceOf(address));
  const decoded = decodeOci(bytes);
  if (decoded === undefined)
    throw new LeanosError('REGISTRY', `${text} is neither an index nor a manifest of the OCI specification`);
  const found = {file: text, bytes: bytes.length, sha256: digest.slice('sha256:'.length)};
  if ('manifest' in decoded) return {...found, ...(await explained(registry, decoded.manifest))};
  const platforms = decoded.index.manifests.map(entryLine);
  const [first] = decoded.index.manifests;
  const inside =
    first === undefined ? undefined : decodeOci((await manifestAt(registry, first.digest)).bytes);
  if (inside === undefined || !('manifest' in inside))
    return {...found, kind: 'OCI index', facts: {platforms}};
  const {kind, facts} = await explained(registry, inside.manifest);
  return {...found, kind: `OCI index of ${kind}`, facts: {platforms, ...facts}};
}

function entryLine({platform, digest}: Descriptor): string {
  return `${platformName(platform)} ${digest}`;
}

async function explained(registry: Registry, manifest: OciManifest): Promise<{kind: string; facts: Facts}> {
  if (manifest.artifactType === ARTIFACT_TYPE)
    return {kind: 'leanos image', facts: await imageFacts(registry, manifest)};
  const {artifactType, config, layers, annotations = {}} = manifest;
  if (artifactType !== undefined)
    return {kind: `artifact of type ${artifactType}`, facts: {layers: layers.map(layerLine), ...annotations}};
  const said = JSON.parse((await registry.getSmallBlob(config)).toString()) as {
    architecture?: string;
    os?: string;
    created?: string;
    config?: {Entrypoint?: readonly string[] | null; Cmd?: readonly string[] | null; User?: string};
  };
  const {Entrypoint, Cmd} = said.config ?? {};
  return {
    kind: 'container image',
    facts: {
      platform: `${said.os ?? 'unknown'}/${said.architecture ?? 'unknown'}`,
      created: said.created ?? annotations[CREATED] ?? 'unknown',
      command: [...(Entrypoint ?? []), ...(Cmd ?? [])].join(' '),
      layers: layers.map(layerLine),
      ...annotations,
    },
  };
}

function layerLine({annotations = {}, mediaType, size}: Descriptor): string {
  return `${annotations[TITLE] ?? mediaType} ${formatSize(size)}`;
}

async function imageFacts(registry: Registry, manifest: OciManifest): Promise<Facts> {
  const files = artifactFiles(manifest);
  const [name, blob] = [...files].find(([each]) => each.endsWith(MANIFEST_END)) ?? [];
  if (name === undefined || blob === undefined)
    throw new LeanosError('REGISTRY', 'the image has no manifest');
  const said = parseBuildManifest(await registry.getSmallBlob(blob), name);
  const texts = await readSignatures(registry, files);
  return {
    image: said.image,
    version: said.version,
    arch: said.arch,
    base: said.base,
    commit: said.commit ?? 'none',
    'verity hash': said.verity?.rootHash ?? 'none',
    packages: said.packages.map((each) => `${each.name} ${each.version}`),
    files: [...files].map(
      ([each, layer]) =>
        `${each} ${formatSize(layer.size)}${fileKind(layer) === '' ? '' : ` (${fileKind(layer)})`}`,
    ),
    'signed by':
      texts.length === 0 ? 'nobody' : texts.map((text) => signatureKey(text) ?? 'what is no signature'),
  };
}
