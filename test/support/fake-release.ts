import {mkdirSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Channel} from '../../src/config/channel.ts';
import type {ArchitectureName} from '../../src/core/architecture.ts';
import {sha256} from '../../src/core/canonical.ts';
import {formatPublicKey, generateKeys, type SecretKey} from '../../src/formats/signify.ts';
import {formatFiles, imageFormatOf, type FormatName} from '../../src/stages/format/image-formats.ts';
import {temporary} from './temporary.ts';

export const VERSION = '4891.0.0';
/** When the channel was pointed to it; publishing is later. */
export const SINCE = '2026-11-20T12:00:00Z';

/** A key as a channel and a publisher have it. */
export interface FakeKey {
  readonly line: string;
  readonly secret: SecretKey;
  readonly publicFile: string;
}

export function fakeKey(): FakeKey {
  const {publicKey, secretKey} = generateKeys();
  const text = formatPublicKey(publicKey);
  const publicFile = join(temporary(), 'key.pub');
  writeFileSync(publicFile, text);
  return {line: text.split('\n')[1] ?? '', secret: secretKey, publicFile};
}

export function fakeChannel(keys: readonly FakeKey[], more: Partial<Channel> = {}): Channel {
  return {
    name: 'stable',
    description: 'stable',
    images: {test: ['x86_64']},
    url: undefined,
    expiryDays: 30,
    keys: keys.map(({line}) => line),
    gates: {tests: true, soakDays: 0},
    rollout: 100,
    current: {version: VERSION, since: SINCE},
    history: [],
    ...more,
  };
}

/** A build as `leanos build` delivers it, with a few bytes in each file; the disk has the keys of its channel. */
export function fakeBuild(
  channel: Pick<Channel, 'keys'>,
  {
    image = 'test',
    version = VERSION,
    arch = 'x86_64',
    formats = ['qcow2'],
  }: {image?: string; version?: string; arch?: ArchitectureName; formats?: readonly FormatName[]} = {},
) {
  const folder = join(temporary(), 'out');
  mkdirSync(folder, {recursive: true});
  const name = `leanos-${version}-${image}-${arch}`;
  const described = (kind: string, format: string, file: string, content: string) => {
    const path = join(folder, file);
    writeFileSync(path, content);
    return {kind, format, path, bytes: statSync(path).size, sha256: sha256(content)};
  };
  // Of one size whatever the keys are, as the real ones are.
  const bound = sha256(JSON.stringify(channel.keys));
  const artifacts = [
    ...formats.flatMap((each) =>
      formatFiles(each).map(({format, ending}) =>
        described(imageFormatOf(each).kind, format, `${name}-${ending}`, `${arch} ${format} ${bound}`),
      ),
    ),
    described('kernel', 'bzImage', `${name}-kernel`, 'kernel'),
    described('slot-initramfs', 'cpio', `${name}-slot-initramfs`, 'initramfs'),
    described('usr', 'squashfs', `${name}-usr.img`, 'usr'),
  ];
  const digests = (): string =>
    artifacts.map(({sha256: digest, path}) => `${digest}  ${path.split('/').at(-1) ?? ''}\n`).join('');
  artifacts.push(
    described(
      'manifest',
      'json',
      `${name}-manifest.json`,
      JSON.stringify({version, image, arch, digests: digests()}),
    ),
  );
  artifacts.push(described('checksums', 'sha256sum', 'SHA256SUMS', digests()));
  return {image, arch, version, folder, artifacts};
}
