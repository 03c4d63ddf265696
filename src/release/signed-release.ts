import {readFile} from 'node:fs/promises';
import {basename} from 'node:path';
import type {Channel} from '../config/channel.ts';
import {sha256} from '../core/canonical.ts';
import type {ArchitectureName} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {parsePublicLine, signMessage, verifyMessage, type SecretKey} from '../formats/signify.ts';
import type {ReleaseArtifact} from '../stages/release/release-files.ts';
import {contentFile, type NewFile, type PublishTarget} from './publish-files.ts';

/** A built release of a channel: its files, as `build` delivers them. */
export interface PublishedBuild {
  readonly image: string;
  readonly arch: ArchitectureName;
  readonly version: string;
  readonly artifacts: readonly ReleaseArtifact[];
}

/** The folder of a release as it is to be. */
export interface SignedRelease {
  readonly build: PublishedBuild;
  /** In the order in which they are put in place. */
  readonly files: readonly NewFile[];
  /** The manifest under the name that has its digest: it is never replaced, so a pointer that is read now holds later. */
  readonly manifest: NewFile;
  /** Signatures that are there, and do not hold for what is to be there. */
  readonly obsolete: readonly string[];
}

const SIGNATURE = /^SHA256SUMS(\.[0-9a-f]{16})?\.sig$/;

/** Where a release lies below the root of what is published. */
export function releasePlace(
  channel: string,
  {version, image, arch}: {version: string; image: string; arch: string},
): string {
  return `${channel}/${version}/${image}-${arch}`;
}

/** `NAME-manifest.DIGEST.json` for `NAME-manifest.json`: how a pointer names a manifest. */
export function manifestName(name: string, digest: string): string {
  return name.replace(/(\.json)$/, `.${digest}$1`);
}

/** What the folder of a release has, signed by each key. @throws LeanosError FILE when a file is not what was built */
export async function signedRelease(
  target: PublishTarget,
  build: PublishedBuild,
  {channel, keys}: {channel: Channel; keys: readonly SecretKey[]},
): Promise<SignedRelease> {
  const place = releasePlace(channel.name, build);
  const manifestBytes = await builtContent(build, 'manifest');
  const {path} = artifactOf(build, 'manifest');
  const manifest = contentFile(
    `${place}/${manifestName(basename(path), sha256(manifestBytes))}`,
    manifestBytes,
  );
  const sums = await builtContent(build, 'checksums');
  const signatures = keys.map((key, index) =>
    contentFile(
      `${place}/SHA256SUMS${index === 0 ? '' : `.${key.id}`}.sig`,
      signMessage(sums, key, `${key.id}.pub`),
    ),
  );
  const artifacts = build.artifacts.map(({path: source, bytes, sha256: digest}): NewFile => ({
    path: `${place}/${basename(source)}`,
    source,
    bytes,
    sha256: digest,
  }));
  return {
    build,
    files: [manifest, ...artifacts, ...signatures],
    manifest,
    obsolete: await obsoleteSignatures(target, {place, channel, sums, kept: signatures}),
  };
}

/** The bytes of a small artifact, which must be those that were built: they are signed. */
async function builtContent(build: PublishedBuild, kind: string): Promise<Buffer> {
  const artifact = artifactOf(build, kind);
  const content = await readFile(artifact.path);
  if (sha256(content) === artifact.sha256) return content;
  throw new LeanosError('FILE', `${artifact.path} is not what was built, and is not signed`, {
    hint: `rm ${artifact.path}     the next build brings it again`,
  });
}

function artifactOf({artifacts}: PublishedBuild, kind: string): ReleaseArtifact {
  const found = artifacts.find((artifact) => artifact.kind === kind);
  if (found === undefined) throw new Error(`the build has no ${kind}`);
  return found;
}

/** Signatures of earlier times: one that still holds, by a key that the channel has, may stay. */
async function obsoleteSignatures(
  target: PublishTarget,
  {place, channel, sums, kept}: {place: string; channel: Channel; sums: Buffer; kept: readonly NewFile[]},
): Promise<string[]> {
  const keys = channel.keys.map(parsePublicLine);
  const names = (await target.names(place)).filter((name) => SIGNATURE.test(name));
  const obsolete: string[] = [];
  for (const path of names.map((name) => `${place}/${name}`)) {
    if (kept.some((file) => file.path === path)) continue;
    const text = (await target.read(path))?.toString('latin1') ?? '';
    if (!keys.some((key) => verifyMessage(sums, text, key))) obsolete.push(path);
  }
  return obsolete;
}
