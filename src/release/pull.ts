import {existsSync} from 'node:fs';
import {lstat, mkdir, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {ArchitectureName} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {decodeOci, type Descriptor, type OciManifest} from '../formats/oci.ts';
import {signatureKey, verifyMessage, type PublicKey} from '../formats/signify.ts';
import {listFiles, needRoom} from '../system/files.ts';
import {hashFile} from '../system/hash-file.ts';
import type {Registry} from '../system/registry/registry.ts';
import {MANIFEST_END, parseBuildManifest, type BuildManifest} from './build-folder.ts';
import {archOf, ARTIFACT_TYPE, artifactFiles} from './oci-artifact.ts';
import {readSignatures} from './registry-signatures.ts';
import {parseSums, SIGNATURE, SUMS} from './verify-folder.ts';

/** An image of leanos in a registry, whose list of files has been read and believed. */
export interface FoundImage {
  readonly identity: BuildManifest;
  readonly digest: string;
  readonly files: ReadonlyMap<string, Descriptor>;
  /** The key that signed it, of those that were given. */
  readonly key: string | undefined;
  /** Whose signatures are there. */
  readonly signers: readonly string[];
}

export interface FindOptions {
  /** A tag or a digest. */
  readonly reference: string;
  readonly arch: ArchitectureName;
  /** Where there are any, one of them must have signed. */
  readonly keys: readonly PublicKey[];
}

/**
 * Looks an image up: small files alone are read, and with keys nothing is believed that none of them signed.
 * @throws LeanosError REGISTRY, USAGE
 */
export async function findImage(registry: Registry, options: FindOptions): Promise<FoundImage> {
  const {manifest, digest} = await findManifest(registry, options);
  const files = artifactFiles(manifest);
  const small = async (name: string): Promise<Buffer> => {
    const blob = files.get(name);
    if (blob === undefined) throw new LeanosError('REGISTRY', `what is there has no ${name}`);
    return registry.getSmallBlob(blob);
  };
  const sums = await small(SUMS);
  const {digests, bad} = parseSums(sums.toString());
  const texts = await readSignatures(registry, files);
  const key = options.keys.find((each) => texts.some((text) => verifyMessage(sums, text, each)));
  if (key === undefined && options.keys.length > 0)
    throw new LeanosError('REGISTRY', `${options.reference} is not signed by any of the given keys`);
  mustAgree(files, digests, bad);
  const name = [...digests.keys()].find((each) => each.endsWith(MANIFEST_END)) ?? '';
  const identity = parseBuildManifest(await small(name), name);
  if (identity.arch !== options.arch)
    throw new LeanosError(
      'REGISTRY',
      `what is there for ${options.arch} says itself that it is for ${identity.arch}`,
    );
  const signers = texts.flatMap((text) => signatureKey(text) ?? []);
  return {identity, digest, files, key: key?.id, signers};
}

async function findManifest(
  registry: Registry,
  {reference, arch}: FindOptions,
): Promise<{manifest: OciManifest; digest: string}> {
  const found = await registry.getManifest(reference);
  if (found === undefined) throw new LeanosError('REGISTRY', `${registry.name} has no ${reference}`);
  const decoded = decodeOci(found.bytes);
  if (decoded !== undefined && 'index' in decoded) {
    const images = decoded.index.manifests.filter(({artifactType}) => artifactType === ARTIFACT_TYPE);
    const own = images.find((entry) => archOf(entry) === arch);
    if (own !== undefined) return findManifest(registry, {reference: own.digest, arch, keys: []});
    if (images.length === 0) throw noImage(reference);
    const known = images.map((entry) => archOf(entry) ?? '?').join(', ');
    throw new LeanosError('USAGE', `${reference} is not there for ${arch}; it is there for ${known}`, {
      hint: '--arch NAME     asks for another one',
    });
  }
  if (decoded?.manifest.artifactType !== ARTIFACT_TYPE) throw noImage(reference);
  return {manifest: decoded.manifest, digest: found.digest};
}

function noImage(reference: string): LeanosError {
  return new LeanosError('USAGE', `${reference} has no files of a leanos image`, {
    hint: 'leanos inspect oci://…     says what it is; a container image is for podman pull',
  });
}

/** What is there must be what the list names, no more and no less. */
function mustAgree(
  files: ReadonlyMap<string, Descriptor>,
  digests: ReadonlyMap<string, string>,
  bad: readonly string[],
): void {
  const wrong = [
    ...bad,
    ...[...digests].flatMap(([name, digest]) =>
      files.get(name)?.digest === `sha256:${digest}` ? [] : [`${name}: not with the digest of ${SUMS}`],
    ),
    ...[...files.keys()].flatMap((name) =>
      digests.has(name) || name === SUMS || SIGNATURE.test(name) ? [] : [`${name}: not in ${SUMS}`],
    ),
  ];
  if (wrong.length > 0)
    throw new LeanosError('REGISTRY', `what is there must not be believed:\n  ${wrong.join('\n  ')}`);
}

export interface PullOptions {
  readonly folder: string;
  readonly onFile: (name: string, outcome: 'brought' | 'there') => void;
  readonly onReceived: (name: string, bytes: number, of: number) => void;
}

/** Where what has not wholly come waits for the rest; a pull that was broken off goes on from it. */
const COMING = '.coming';

/**
 * Brings the files of an image into a folder, each whole or not at all, SHA256SUMS last.
 * @throws LeanosError USAGE where another file has the name of one; NO_SPACE
 */
export async function pull(
  registry: Registry,
  {files}: FoundImage,
  {folder, onFile, onReceived}: PullOptions,
): Promise<void> {
  const names = [...files.keys()].sort((a, b) => Number(a === SUMS) - Number(b === SUMS));
  const isThere = new Map<string, boolean>();
  // All is looked at before anything is brought.
  for (const name of names)
    isThere.set(name, await hasFile(join(folder, name), files.get(name)?.digest ?? ''));
  const coming = join(folder, COMING);
  await mkdir(coming, {recursive: true});
  // The sizes are what the registry says, and nobody signed them.
  const bytes = names.reduce((sum, name) => sum + (isThere.get(name) ? 0 : (files.get(name)?.size ?? 0)), 0);
  const come = (await listFiles(coming)).reduce((sum, file) => sum + file.bytes, 0);
  await needRoom(coming, {bytes: bytes - come, what: 'the files of the image'});
  for (const name of names) {
    const blob = files.get(name);
    if (blob === undefined) continue;
    if (isThere.get(name) === true) {
      onFile(name, 'there');
      continue;
    }
    const partial = join(coming, blob.digest.slice('sha256:'.length));
    await registry.getBlob(blob, partial, (bytes) => onReceived(name, bytes, blob.size));
    await rename(partial, join(folder, name));
    onFile(name, 'brought');
  }
  await rm(coming, {recursive: true, force: true});
}

async function hasFile(path: string, digest: string): Promise<boolean> {
  if (!existsSync(path) && (await lstat(path).catch(() => undefined)) === undefined) return false;
  const found = await hashFile(path).catch(() => 'nothing that can be read');
  if (`sha256:${found}` === digest) return true;
  throw new LeanosError('USAGE', `${path} is there, and is another file than the one that would be brought`, {
    hint: 'leanos pull ADDRESS ANOTHER-FOLDER     brings it elsewhere',
  });
}
