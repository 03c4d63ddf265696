import {readFile, stat} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {Channel} from '../config/channel.ts';
import {LeanosError} from '../core/error.ts';
import {sha256} from '../core/canonical.ts';
import {
  formatPublicKey,
  openEmbedded,
  signEmbedded,
  signMessage,
  parsePublicKey,
  type PublicKey,
  type SecretKey,
} from '../formats/signify.ts';
import type {ReleaseArtifact} from '../stages/release/release-files.ts';
import {formatPointer, pointerPath, pointerSchema, type ChannelPointer} from './pointer.ts';
import type {PublishTarget} from './publish-target.ts';
import {simplestreams, type StreamItem} from './simplestreams.ts';

const DAY_MS = 86_400_000;

/** A built release of a channel: its files, as `build` delivers them. */
export interface PublishedBuild {
  readonly image: string;
  readonly arch: string;
  readonly version: string;
  /** The folder of the files. */
  readonly folder: string;
  readonly artifacts: readonly ReleaseArtifact[];
}

export interface PublishOptions {
  readonly channel: Channel;
  readonly builds: readonly PublishedBuild[];
  /** What the release is signed with; the first one's signature is SHA256SUMS.sig. */
  readonly keys: readonly SecretKey[];
  readonly nowMs: number;
  readonly onFile: (path: string) => void;
}

/**
 * Brings a channel to a place: first the artifacts, then what lists them, and the signed pointers last, so that a reader at
 * any moment finds everything that it is told of.
 */
export async function publish(target: PublishTarget, options: PublishOptions): Promise<void> {
  const {channel, builds, keys, onFile} = options;
  const [first] = keys;
  if (first === undefined) throw new Error('publish needs a key');
  for (const {image, arch} of builds) await mustBeSignedByOld(target, {channel, image, arch, keys});
  const put = async (path: string, content: string | Buffer): Promise<void> => {
    onFile(path);
    await target.write(Buffer.from(content), path);
  };
  for (const {folder, artifacts, ...build} of builds) {
    const place = releasePlace(channel.name, build);
    for (const {path, bytes} of artifacts) {
      const to = `${place}/${basename(path)}`;
      if (await target.has(to, bytes)) continue;
      onFile(to);
      await target.copy(path, to);
    }
    const sums = await readFile(join(folder, 'SHA256SUMS'));
    await put(`${place}/SHA256SUMS.sig`, signMessage(sums, first, keyFile(first)));
    for (const key of keys.slice(1))
      await put(`${place}/SHA256SUMS.${key.id}.sig`, signMessage(sums, key, keyFile(key)));
  }
  for (const [path, text] of Object.entries(await streams(target, options))) await put(path, text);
  for (const build of builds) {
    const message = Buffer.from(formatPointer(await pointerTo(build, options)));
    for (const key of keys)
      await put(
        pointerPath({...build, channel: channel.name}, key.id),
        signEmbedded(message, key, keyFile(key)),
      );
  }
}

/** The folder of a release below the root of what is published. */
export function releasePlace(
  channel: string,
  {version, image, arch}: {version: string; image: string; arch: string},
): string {
  return `${channel}/${version}/${image}-${arch}`;
}

async function pointerTo(build: PublishedBuild, {channel, nowMs}: PublishOptions): Promise<ChannelPointer> {
  const manifest = build.artifacts.find(({kind}) => kind === 'manifest');
  if (manifest === undefined) throw new Error('the build has no manifest');
  const bytes = await readFile(manifest.path);
  return {
    type: 'leanos-channel',
    channel: channel.name,
    image: build.image,
    arch: build.arch,
    version: build.version,
    published: new Date(nowMs).toISOString(),
    expires: new Date(nowMs + channel.expiryDays * DAY_MS).toISOString(),
    rollout: channel.rollout,
    manifest: {
      path: `${releasePlace(channel.name, build)}/${basename(manifest.path)}`,
      bytes: bytes.length,
      sha256: sha256(bytes),
    },
    keys: [...channel.keys],
  };
}

/**
 * A new key is believed only when an old one signed it, so the pointer that is there must be followed by one of its own
 * keys.
 */
async function mustBeSignedByOld(
  target: PublishTarget,
  {channel, image, arch, keys}: {channel: Channel; image: string; arch: string; keys: readonly SecretKey[]},
): Promise<void> {
  const known = channel.keys.map((key) => parsePublicKey(`untrusted comment: key\n${key}\n`));
  const unknown = keys.find(({id}) => !known.some((key) => key.id === id));
  if (unknown !== undefined) {
    throw new LeanosError(
      'USAGE',
      `key ${unknown.id} is not among the keys of channels/${channel.name}.yaml, so no guest would believe it`,
      {
        hint: `keys: ["${publicLine(unknown)}"]     in it makes guests believe it, when a key that they know signs too`,
      },
    );
  }
  const before = await Promise.all(
    known.map(({id}) => target.read(pointerPath({channel: channel.name, image, arch}, id))),
  );
  const pointers = before.flatMap((file) => readPointer(file, known));
  if (pointers.length === 0) return;
  const trusted = new Set(
    pointers
      .flatMap((pointer) => pointer.keys)
      .map((key) => parsePublicKey(`untrusted comment: key\n${key}\n`).id),
  );
  if (keys.some(({id}) => trusted.has(id))) return;
  throw new LeanosError(
    'USAGE',
    `guests on ${channel.name} believe ${[...trusted].join(', ')}, and none of the given keys is one of them`,
    {
      hint: 'sign with an old key and with the new one: --key OLD.sec --key NEW.sec',
    },
  );
}

function readPointer(file: Buffer | undefined, keys: readonly PublicKey[]): ChannelPointer[] {
  if (file === undefined) return [];
  const message = openEmbedded(file, keys);
  if (message === undefined) return [];
  const parsed = pointerSchema.safeParse(JSON.parse(message.toString()));
  return parsed.success ? [parsed.data] : [];
}

/** The metadata of all channels that are there: the other channels' products are kept. */
async function streams(
  target: PublishTarget,
  {channel, builds, nowMs}: PublishOptions,
): Promise<Record<string, string>> {
  const items = await Promise.all(
    builds.map(async (build): Promise<StreamItem[]> => {
      const disk = build.artifacts.find(({kind, format}) => kind === 'disk' && format === 'qcow2');
      if (disk === undefined) return [];
      return [
        {
          channel: channel.name,
          ...build,
          date: new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', ''),
          path: `${releasePlace(channel.name, build)}/${basename(disk.path)}`,
          bytes: (await stat(disk.path)).size,
          sha256: disk.sha256,
        },
      ];
    }),
  );
  const files = simplestreams(items.flat(), new Date(nowMs).toUTCString());
  const before = await target.read('streams/v1/index.json');
  if (before === undefined) return files;
  const [old, fresh] = [
    JSON.parse(before.toString()),
    JSON.parse(files['streams/v1/index.json'] ?? '{}'),
  ] as {index: object}[];
  return {
    ...files,
    'streams/v1/index.json': `${JSON.stringify({...fresh, index: {...old?.index, ...fresh?.index}}, null, 1)}\n`,
  };
}

function publicLine(key: SecretKey): string {
  return formatPublicKey({id: key.id, bytes: key.bytes.subarray(32)}).split('\n')[1] ?? '';
}

function keyFile({id}: SecretKey): string {
  return `${id}.pub`;
}
