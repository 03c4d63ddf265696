import type {Channel} from '../config/channel.ts';
import {LeanosError} from '../core/error.ts';
import {signEmbedded, type SecretKey} from '../formats/signify.ts';
import {mustBeBelieved, silentKeys} from './believed-keys.ts';
import {formatPointer, pointerPath} from './pointer.ts';
import {contentFile, INCOMING, type NewFile, type PublishTarget, type StagedFile} from './publish-files.ts';
import {findPointers, type FoundPointer} from './published-state.ts';
import {publishingTime} from './publishing-time.ts';
import {isRecorded} from './record.ts';
import {signedRelease, type PublishedBuild, type SignedRelease} from './signed-release.ts';
import {productsPath, streamsProducts} from './simplestreams.ts';
import {streamBuild} from './stream-build.ts';
import {INDEX_PATH, nextIndex} from './streams.ts';

const DAY_MS = 86_400_000;

export interface PublishOptions {
  readonly channel: Channel;
  readonly builds: readonly PublishedBuild[];
  /** What the release is signed with; the first one's signature is SHA256SUMS.sig. */
  readonly keys: readonly SecretKey[];
  readonly nowMs: number;
  /** Called for each file that is brought there. */
  readonly onFile: (path: string) => void;
  /** Called for what people must know. */
  readonly onNote: (text: string) => void;
}

/** How many files were compared with what is there, and how many of them were brought. */
export interface PublishOutcome {
  readonly checked: number;
  readonly brought: number;
}

/**
 * Brings a channel to a place. What is new is brought there beside the rest first, and checked; then all of it is put in place
 * at once, artifacts before lists and pointers last, so that a reader at any moment finds what it is told of
 * (docs/decisions/0008-publishing-by-digest.md). In the end everything is read back.
 */
export async function publish(target: PublishTarget, options: PublishOptions): Promise<PublishOutcome> {
  const {builds, channel, keys, onNote} = options;
  const pointers: FoundPointer[] = [];
  for (const build of builds) {
    const found = await findPointers(target, channel, build);
    for (const path of found.damaged) onNote(`${path} is damaged or not of this channel, and tells nothing`);
    pointers.push(...found.pointers);
  }
  mustBeBelieved(pointers, options);
  for (const id of silentKeys(channel, keys))
    onNote(`key ${id} does not sign: machines that know no other key hear nothing new`);
  const releases: SignedRelease[] = [];
  for (const build of builds) releases.push(await signedRelease(target, build, options));
  const streams = await streamFiles(target, options);
  const signed = await pointerFiles(target, {releases, pointers, options});
  const files = [...releases.flatMap((release) => release.files), ...streams, ...signed];
  const left = await leftBehind(target, channel);
  const brought = await bring(target, files, options);
  const obsolete = releases.flatMap((release) => release.obsolete);
  await target.remove([...obsolete, ...revokedPointers(pointers), ...left]);
  await mustBeThere(target, files);
  return {checked: files.length, brought};
}

/** Brings what is not there, by its digest: all of it into the incoming folder, then all of it in place. */
async function bring(
  target: PublishTarget,
  files: readonly NewFile[],
  {builds, onFile, onNote}: PublishOptions,
): Promise<number> {
  const there = await target.digests(files.map(({path}) => path));
  const missing = files.filter(({path, sha256}) => there.get(path) !== sha256);
  const recorded = new Set(
    builds.flatMap(({artifacts}) => artifacts.filter(({kind}) => isRecorded(kind)).map(({sha256}) => sha256)),
  );
  let staged: StagedFile[] = [];
  try {
    for (const file of missing) {
      onFile(file.path);
      if (there.has(file.path) && recorded.has(file.sha256))
        onNote(`${file.path} was there with bytes that no release has, and is replaced`);
      staged.push(await target.stage(file));
    }
    await target.exchange(staged);
    staged = [];
  } finally {
    // What is left would only lie there; the failure itself is the news.
    if (staged.length > 0) await target.remove(staged.map(({temporary}) => temporary)).catch(() => undefined);
  }
  return missing.length;
}

/** What an earlier publishing of this channel has left in the incoming folder when it was cut off. */
async function leftBehind(target: PublishTarget, {name: channel}: Channel): Promise<string[]> {
  const names = (await target.names(INCOMING)).filter((name) => name.startsWith(`${channel}.`));
  return names.map((name) => `${INCOMING}/${name}`).filter((path) => /^[\w.+:/-]+$/.test(path));
}

/** The pointers, signed by each key, all with one time. */
async function pointerFiles(
  target: PublishTarget,
  {
    releases,
    pointers,
    options,
  }: {releases: readonly SignedRelease[]; pointers: readonly FoundPointer[]; options: PublishOptions},
): Promise<NewFile[]> {
  const {channel, nowMs, onNote} = options;
  const times = pointers.filter(({isTrusted}) => isTrusted).map(({pointer}) => Date.parse(pointer.published));
  const newestMs = times.length === 0 ? undefined : Math.max(...times);
  if (newestMs === nowMs) {
    // What was published in this very moment is published already when it says the same.
    const same = signedPointers(releases, options, nowMs);
    const there = await target.digests(same.map(({path}) => path));
    if (same.every(({path, sha256}) => there.get(path) === sha256)) return same;
  }
  const {ms, note} = publishingTime({nowMs, newestMs, since: channel.current?.since});
  if (note !== undefined) onNote(note);
  return signedPointers(releases, options, ms);
}

function signedPointers(
  releases: readonly SignedRelease[],
  {channel, keys, nowMs}: PublishOptions,
  publishedMs: number,
): NewFile[] {
  return releases.flatMap(({build: {image, arch, version}, manifest}) => {
    const {path, bytes, sha256} = manifest;
    const message = formatPointer({
      type: 'leanos-channel',
      channel: channel.name,
      image,
      arch,
      version,
      published: new Date(publishedMs).toISOString(),
      expires: new Date(nowMs + channel.expiryDays * DAY_MS).toISOString(),
      rollout: channel.rollout,
      manifest: {path, bytes, sha256},
      keys: [...channel.keys],
    });
    return keys.map((key) =>
      contentFile(
        pointerPath({channel: channel.name, image, arch}, key.id),
        signEmbedded(Buffer.from(message), key, `${key.id}.pub`),
      ),
    );
  });
}

/** The pointers of keys that the channel does not have any more: guests that know a newer key must not hear the old one. */
function revokedPointers(pointers: readonly FoundPointer[]): string[] {
  return pointers.filter(({isTrusted}) => !isTrusted).map(({path}) => path);
}

/** The lists that mirrors read: the products of this channel, and the index of all channels that are there. */
async function streamFiles(
  target: PublishTarget,
  {channel, builds, nowMs, onNote}: PublishOptions,
): Promise<NewFile[]> {
  const listed = await Promise.all(builds.map((build) => streamBuild(build, channel.name)));
  if (listed.every(({items}) => items.length === 0)) return [];
  const updated = new Date(nowMs).toUTCString();
  const {text, entry} = streamsProducts(channel.name, listed, updated);
  const index = await nextIndex(target, {channel: channel.name, entry, updated});
  if (index.note !== undefined) onNote(index.note);
  return [contentFile(productsPath(channel.name), text), contentFile(INDEX_PATH, index.text)];
}

/** Reads everything back. @throws LeanosError FILE with what is not as it was published */
async function mustBeThere(target: PublishTarget, files: readonly NewFile[]): Promise<void> {
  const there = await target.digests(files.map(({path}) => path));
  const wrong = files.filter(({path, sha256}) => there.get(path) !== sha256);
  if (wrong.length === 0) return;
  const lines = wrong.map(
    ({path, sha256}) => `  ${path}: sha256 is ${there.get(path) ?? 'none'}, not ${sha256}`,
  );
  throw new LeanosError('FILE', `what is there is not what was published:\n${lines.join('\n')}`, {
    hint: 'leanos publish     again brings what is missing; another one may be publishing to the same place',
  });
}
