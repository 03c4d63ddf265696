import {createHash} from 'node:crypto';
import {symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {formatPublicKey, generateKeys, signEmbedded} from '../../src/formats/signify.ts';
import {formatPointer, type ChannelPointer} from '../../src/release/pointer.ts';
import {versionDays} from '../../src/core/version.ts';
import type {Answer} from '../../src/vm/metadata-server.ts';
import {fakeMachine, type FakeMachine} from './ash.ts';

export const TODAY = versionDays(Date.now() / 1000);
const DAY_MS = 86_400_000;
export const OLD = `${TODAY - 30}.0.0`;
export const NEW = `${TODAY - 10}.0.0`;
const SIGNIFY = '/usr/bin/signify-openbsd';
export const keys = {mine: generateKeys(), next: generateKeys(), stranger: generateKeys()};
export type KeyName = keyof typeof keys;

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
export const line = (name: KeyName): string => formatPublicKey(keys[name].publicKey).split('\n')[1] ?? '';
export const iso = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

/** The files of a release: small ones, of the kinds that an update takes. */
export const FILES = {kernel: 'the kernel', 'slot-initramfs': 'the initramfs', usr: 'x'.repeat(10_000)};
export type Kind = keyof typeof FILES;

export interface Release {
  readonly version?: string;
  readonly pointer?: Partial<ChannelPointer>;
  readonly manifest?: Record<string, unknown>;
  readonly signers?: readonly KeyName[];
  /** The channel that it is served as, whatever the pointer says. */
  readonly channel?: string;
}

/** What a server gives for a release, by path. */
export function published({
  version = NEW,
  pointer = {},
  manifest = {},
  signers = ['mine'],
  channel = 'stable',
}: Release = {}): Record<string, Answer> {
  const folder = `/stable/${version}/test-x86_64`;
  const artifacts = (Object.keys(FILES) as Kind[]).map((kind) => ({
    kind,
    format: 'x',
    path: `leanos-${kind}`,
    bytes: FILES[kind].length,
    sha256: sha256(FILES[kind]),
  }));
  const verity = {rootHash: 'a'.repeat(64), dataBlocks: 3};
  const commandLine = {disk: 'leanos.slot=A usr=PARTLABEL=USR-A quiet'};
  const list = JSON.stringify(
    {version, image: 'test', arch: 'x86_64', artifacts, verity, commandLine, ...manifest},
    null,
    1,
  );
  const text = formatPointer({
    type: 'leanos-channel',
    channel: 'stable',
    image: 'test',
    arch: 'x86_64',
    version,
    published: iso(-1),
    expires: iso(29),
    rollout: 100,
    manifest: {path: `${folder.slice(1)}/manifest.json`, bytes: list.length, sha256: sha256(list)},
    keys: [line('mine')],
    ...pointer,
  });
  return {
    [`${folder}/manifest.json`]: list,
    ...Object.fromEntries(artifacts.map(({kind, path}) => [`${folder}/${path}`, FILES[kind]])),
    ...Object.fromEntries(
      signers.map((name) => [
        `/${channel}/test-x86_64.${keys[name].publicKey.id}.signed`,
        signEmbedded(Buffer.from(text), keys[name].secretKey, 'x.pub'),
      ]),
    ),
  };
}

/** A machine on slot A of version OLD that believes `mine`. */
export async function machineOn(url: string, version = OLD): Promise<FakeMachine> {
  const machine = await fakeMachine();
  machine.write('dev/urandom', 'x'.repeat(64));
  machine.write('proc/cmdline', 'leanos.slot=A quiet\n');
  machine.write('run/leanos/root', '/dev/vda5\n');
  machine.write('identity', `IMAGE_ID=test\nIMAGE_VERSION=${version}\nARCHITECTURE=x86_64\n`);
  machine.write('var/lib/leanos/update/url', `${url}\n`);
  machine.write('var/lib/leanos/update/channel', 'stable\n');
  const {publicKey} = keys.mine;
  machine.write(`var/lib/leanos/update/keys/${publicKey.id}.pub`, formatPublicKey(publicKey));
  machine.write('programs/.keep', '');
  symlinkSync(SIGNIFY, join(machine.root, 'programs/signify-openbsd'));
  return machine;
}

/** leanos-update, whose writing of the slot is only noted; read_identity reads what the test wrote. */
export async function update(
  machine: FakeMachine,
  command: string,
  environment = '',
): Promise<{status: number; text: string}> {
  const script = `${environment} PATH=$ROOT/programs:/bin; export PATH
. "$ROOT/usr/lib/leanos/system.sh"; . "$ROOT/usr/lib/leanos/update-state.sh"; . "$ROOT/usr/lib/leanos/platform.sh"; . "$ROOT/usr/lib/leanos/flat.sh"
. "$ROOT/usr/lib/leanos/slots.sh"; . "$ROOT/usr/lib/leanos/update.sh"
image=test arch=x86_64; version=$(sed -n s/IMAGE_VERSION=//p "$ROOT/identity"); running_slot
ip() { echo global; }
${command}`;
  const {status, stdout, stderr} = await machine.run(script);
  return {status, text: `${stdout}${stderr}`.trim()};
}

export const CHECK =
  'fetch_pointer && believe_pointer && { wanted && echo "$offered is wanted" || echo "not: $reason"; }';
export const FETCH = `fetch_pointer && believe_pointer && fetch_manifest && fetch_artifacts && echo fetched`;
