import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {expect, test} from 'vitest';
import {buildFolders} from '../../src/build/build-folders.ts';
import {openRegistry} from '../../src/build/open-registry.ts';
import type {ArchitectureName} from '../../src/core/architecture.ts';
import {sha256} from '../../src/core/canonical.ts';
import {
  decodeOci,
  encodeIndex,
  encodeManifest,
  EMPTY_CONFIG,
  type Descriptor,
  type OciIndex,
} from '../../src/formats/oci.ts';
import {parsePublicLine} from '../../src/formats/signify.ts';
import {blobPath, dataOf, decodeOciLayout} from '../../src/formats/oci-layout.ts';
import {decodeTar} from '../../src/formats/tar.ts';
import {pushedContainer} from '../../src/release/container-image.ts';
import type {FormatName} from '../../src/stages/format/image-formats.ts';
import {readBuildFolder} from '../../src/release/build-folder.ts';
import {ARTIFACT_TYPE, artifactFiles, fileDescriptor} from '../../src/release/oci-artifact.ts';
import {findImage, pull} from '../../src/release/pull.ts';
import {push, pushedFiles, type PushOutcome} from '../../src/release/push.ts';
import {run} from '../../src/system/run.ts';
import type {Registry} from '../../src/system/registry/registry.ts';
import {fakeBuildFolder, fakeContainer} from '../support/fake-build-folder.ts';
import {fakeKey, type FakeKey} from '../support/fake-release.ts';
import {mockRegistry, type MockRegistry} from '../support/mock-registry.ts';
import {temporary} from '../support/temporary.ts';

const LOGIN = {user: 'me', password: 'se:cret'};

async function repository(
  {host}: MockRegistry,
  environment: NodeJS.ProcessEnv = {},
  actions: 'pull' | 'pull,push' = 'pull,push',
): Promise<Registry> {
  const {signal} = new AbortController();
  const env = {HOME: '/nowhere', ...environment};
  return openRegistry({host, repository: 'me/test'}, actions, {environment: env, run, signal, pauseMs: 1});
}

async function pushed(
  registry: Registry,
  folders: readonly string[],
  tag = 'beta',
): Promise<PushOutcome & {brought: string[]}> {
  const brought: string[] = [];
  const builds = await Promise.all(folders.map(readBuildFolder));
  const outcome = await push(registry, builds.map(pushedFiles), {
    tag,
    onBlob: ({name}, how) => how === 'brought' && brought.push(name),
    onSent: () => undefined,
  });
  return {...outcome, brought};
}

async function pulled(
  registry: Registry,
  {
    arch = 'x86_64',
    keys = [],
    folder = join(temporary(), 'here'),
    reference = 'beta',
  }: {arch?: ArchitectureName; keys?: readonly FakeKey[]; folder?: string; reference?: string} = {},
) {
  const found = await findImage(registry, {
    reference,
    arch,
    keys: keys.map(({line}) => parsePublicLine(line)),
  });
  const outcomes: Record<string, string> = {};
  await pull(registry, found, {
    folder,
    onFile: (name, outcome) => (outcomes[name] = outcome),
    onReceived: () => undefined,
  });
  return {found, folder, outcomes};
}

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}

/** Pushes the container image of a format from each folder. */
async function pushedContainers(
  registry: Registry,
  folders: readonly string[],
  format: FormatName = 'oci',
): Promise<PushOutcome> {
  const builds = await Promise.all(folders.map(readBuildFolder));
  const images = await Promise.all(builds.map((build) => pushedContainer(build, format)));
  return push(registry, images, {tag: 'beta', onBlob: () => undefined, onSent: () => undefined});
}

test('a container image has at the registry the manifest and the blobs of its archive, and one index of its architectures', async () => {
  const mock = await mockRegistry();
  const registry = await repository(mock);
  const [here, there] = await Promise.all([fakeContainer(), fakeContainer('aarch64')]);
  const folder = fakeBuildFolder({containers: {oci: here, containerdisk: here}});
  await pushedContainers(registry, [folder]);
  const other = fakeBuildFolder({arch: 'aarch64', containers: {oci: there}});
  expect((await pushedContainers(registry, [other])).platforms).toEqual(['linux/amd64', 'linux/arm64']);
  for (const archive of [here, there]) {
    const layout = await decodeTar(archive);
    const image = decodeOciLayout(layout);
    const digest = image?.manifest.descriptor.digest ?? '';
    expect(mock.manifests.get(digest)?.bytes).toEqual(image?.manifest.bytes);
    for (const blob of image?.blobs ?? [])
      expect(mock.blobs.get(blob.digest)).toEqual(dataOf(layout, blobPath(blob.digest)));
  }
  await expect(pushedContainers(registry, [folder], 'containerdisk')).rejects.toThrow(
    'is not of container images (containerdisk)',
  );
  await expect(pushed(registry, [folder])).rejects.toThrow('is not of files of an image');
});

test('a container image of somebody else keeps its tag', async () => {
  const registry = await repository(await mockRegistry());
  const foreign = encodeManifest({config: EMPTY_CONFIG.descriptor, layers: []});
  await registry.putManifest(foreign, foreign.descriptor.digest);
  await registry.putManifest(encodeIndex({manifests: [foreign.descriptor]}), 'beta');
  const folder = fakeBuildFolder({containers: {oci: await fakeContainer()}});
  await expect(pushedContainers(registry, [folder])).rejects.toThrow('the tag beta is there');
});

test.each([
  ['without the format', {}, /has no format oci/],
  ['whose archive is none', {oci: Buffer.from('x')}, /is no OCI archive of one image/],
])('a build %s is refused', async (_, containers, message) => {
  const mock = await mockRegistry();
  const folder = fakeBuildFolder({containers});
  await expect(pushedContainers(await repository(mock), [folder])).rejects.toThrow(message);
  expect(mock.blobs.size).toBe(0);
});

test('what is pushed comes back byte for byte, with its signatures, and is checked by the key', async () => {
  const [key, other] = [fakeKey(), fakeKey()];
  const source = fakeBuildFolder({keys: [key, other]});
  const registry = await repository(await mockRegistry());
  await pushed(registry, [source]);
  const {folder, found} = await pulled(registry, {keys: [other]});
  expect(contents(folder)).toEqual(contents(source));
  expect(found.key).toBe(other.secret.id);
  expect([...found.signers].sort()).toEqual([key.secret.id, other.secret.id].sort());
  await expect(pulled(registry, {keys: [fakeKey()]})).rejects.toThrow(
    /beta is not signed by any of the given keys/,
  );
});

test('a second architecture joins the index of its version, and what is there is not brought again', async () => {
  const mock = await mockRegistry();
  const registry = await repository(mock);
  await pushed(registry, [fakeBuildFolder()]);
  const second = await pushed(registry, [fakeBuildFolder({arch: 'arm'})]);
  expect(second.platforms).toEqual(['linux/amd64', 'linux/arm/v7']);
  expect(second.brought).not.toContain('leanos-4891.0.0-test-arm-kernel');
  const again = await pushed(registry, [fakeBuildFolder({arch: 'arm'})]);
  expect(again).toEqual({...second, brought: []});
  expect((await pulled(registry, {arch: 'arm'})).found.identity.arch).toBe('arm');
  await expect(pulled(registry, {arch: 'riscv64'})).rejects.toThrow(
    /not there for riscv64; it is there for x86_64, arm/,
  );
  const next = await pushed(registry, [fakeBuildFolder({version: '4900.0.0'})]);
  expect(next.platforms).toEqual(['linux/amd64']);
  expect((await pulled(registry, {arch: 'arm', reference: second.digest})).found.identity.version).toBe(
    '4891.0.0',
  );
});

test('a folder of several architectures is one index', async () => {
  const parent = temporary();
  const folders = ['x86_64', 'aarch64'].map((arch) => fakeBuildFolder({arch, parent}));
  const {platforms} = await pushed(await repository(await mockRegistry()), folders);
  expect(platforms).toEqual(['linux/amd64', 'linux/arm64']);
});

test.each([
  ['goes on from where the registry says that it is', {cuts: [300_000, 400_000]}, 2_000_000, 2_400_000],
  [
    'begins again where the registry has forgotten it',
    {cuts: [300_000], forgets: true},
    2_300_000,
    2_800_000,
  ],
])('an upload that breaks %s', async (_, how, least, most) => {
  const mock = await mockRegistry(how);
  const source = fakeBuildFolder({bytes: 2_000_000});
  const registry = await repository(mock);
  await pushed(registry, [source]);
  expect(mock.received).toBeGreaterThan(least);
  expect(mock.received).toBeLessThan(most);
  expect(contents((await pulled(registry)).folder)).toEqual(contents(source));
});

test('a download that breaks goes on, and so does one of an earlier time', async () => {
  const mock = await mockRegistry({cuts: [500_000, 700_000]});
  const source = fakeBuildFolder({bytes: 2_000_000});
  const blob = readFileSync(join(source, 'leanos-4891.0.0-test-x86_64-disk.qcow2'));
  Object.assign(mock, await filled(source));
  const folder = join(temporary(), 'here');
  const {sha256} = (await readBuildFolder(source)).files[0] ?? {sha256: ''};
  mkdirSync(join(folder, '.coming'), {recursive: true});
  writeFileSync(join(folder, '.coming', sha256), blob.subarray(0, 100_000));
  await pulled(await repository(mock), {folder});
  const offsets = mock.asked.flatMap((line) => Number(/^from (\d+)$/.exec(line)?.[1] ?? 0) || []);
  expect(offsets).toEqual([100_000, ...offsets.slice(1).sort((a, b) => a - b)]);
  expect(offsets).toHaveLength(3);
  expect(contents(folder)).toEqual(contents(source));
});

/** What a registry holds after a push. */
async function filled(folder: string): Promise<Pick<MockRegistry, 'blobs' | 'manifests'>> {
  const mock = await mockRegistry();
  await pushed(await repository(mock), [folder]);
  const {blobs, manifests} = mock;
  return {blobs, manifests};
}

test.each([
  ['other bytes', (blob: Buffer) => Buffer.alloc(blob.length, 'x')],
  ['more bytes', (blob: Buffer) => Buffer.concat([Buffer.from('x'), blob])],
])('a registry that gives %s is not believed, and nothing is put in place', async (_, lie) => {
  const source = fakeBuildFolder();
  const disk = readFileSync(join(source, 'leanos-4891.0.0-test-x86_64-disk.qcow2'));
  const mock = await mockRegistry({lie: (blob) => (blob.equals(disk) ? lie(blob) : blob)});
  Object.assign(mock, await filled(source));
  const folder = join(temporary(), 'here');
  await expect(pulled(await repository(mock), {folder})).rejects.toThrow(/it is not believed/);
  expect(readdirSync(folder)).toEqual(['.coming']);
  expect(readdirSync(join(folder, '.coming'))).toEqual([]);
});

test.each([
  ['127.0.0.1:1', /^127\.0\.0\.1:1: .*ECONNREFUSED/, /^no registry listens there/],
  ['nobody.invalid', /^nobody\.invalid: .*(ENOTFOUND|EAI_AGAIN)/, /^no machine is found by that name/],
])('nobody answers at %s: it says what to do, before an image is built', async (host, message, hint) => {
  const registry = await repository({host} as MockRegistry);
  const environment = {
    beforeBuild: () => registry.getManifest('latest'),
  } as unknown as Parameters<typeof buildFolders>[2];
  const choice = {channel: 'alpha', image: 'test', arch: 'x86_64', out: 'out', locked: false} as const;
  await expect(buildFolders('test', choice, environment)).rejects.toMatchObject({
    code: 'REGISTRY',
    message: expect.stringMatching(message) as string,
    hint: expect.stringMatching(hint) as string,
  });
});

test('a registry that is busy is asked again', async () => {
  const registry = await repository(await mockRegistry({busy: [503, 429, 502]}));
  await expect(pushed(registry, [fakeBuildFolder()])).resolves.toMatchObject({platforms: ['linux/amd64']});
});

test('a token is asked for what is to be done, and the password goes to nobody else', async () => {
  const mock = await mockRegistry({login: LOGIN, elsewhere: true});
  const folder = temporary();
  const auth = Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64');
  writeFileSync(join(folder, 'auth.json'), JSON.stringify({auths: {[`${mock.host}/me`]: {auth}}}));
  const environment = {REGISTRY_AUTH_FILE: join(folder, 'auth.json')};
  const source = fakeBuildFolder({keys: [fakeKey()]});
  await pushed(await repository(mock, environment), [source]);
  const back = await pulled(await repository(mock, environment, 'pull'));
  expect(contents(back.folder)).toEqual(contents(source));
  await expect(
    pushed(await repository(mock, environment, 'pull'), [fakeBuildFolder({version: '1.0.0'})]),
  ).rejects.toThrow(/does not take the login that is there/);
});

test.each<[string, NodeJS.ProcessEnv, RegExp]>([
  ['nobody is logged in', {}, /gave none for repository:me\/test:pull,push: status 401/],
  ['the password is wrong', {LEANOS_REGISTRY_USER: 'me', LEANOS_REGISTRY_PASSWORD: 'x'}, /status 401/],
  ['half a login is there', {LEANOS_REGISTRY_USER: 'me'}, /belong together/],
])('where %s, it says what to do', async (_, environment, message) => {
  const mock = await mockRegistry({login: LOGIN});
  await expect(async () => pushed(await repository(mock, environment), [fakeBuildFolder()])).rejects.toThrow(
    message,
  );
});

test('logins are found where podman and docker leave them, and by their helpers', async () => {
  const mock = await mockRegistry({login: LOGIN});
  const [home, bin] = [temporary(), temporary()];
  mkdirSync(join(home, '.docker'));
  writeFileSync(join(home, '.docker/config.json'), JSON.stringify({credHelpers: {[mock.host]: 'test'}}));
  writeFileSync(
    join(bin, 'docker-credential-test'),
    `#!/bin/sh\n[ "$1" = get ] && [ "$(cat)" = ${mock.host} ] && echo '{"Username":"me","Secret":"se:cret"}'\n`,
    {mode: 0o755},
  );
  const before = process.env['PATH'];
  process.env['PATH'] = `${bin}:${before ?? ''}`;
  await pushed(await repository(mock, {HOME: home, PATH: process.env['PATH']}), [fakeBuildFolder()]).finally(
    () => {
      process.env['PATH'] = before;
    },
  );
  expect(mock.manifests.has('beta')).toBe(true);
});

test('a tag of something else is not taken away', async () => {
  const mock = await mockRegistry();
  const registry = await repository(mock);
  const foreign = encodeManifest({config: EMPTY_CONFIG.descriptor, layers: []});
  await registry.putManifest(encodeIndex({manifests: [foreign.descriptor]}), 'beta');
  await expect(pushed(registry, [fakeBuildFolder()])).rejects.toThrow(
    /the tag beta is there, and is not of files of an image/,
  );
  await expect(pulled(registry)).rejects.toThrow(/beta has no files of a leanos image/);
});

test.each(['../x', '.hidden', 'a/b', '', '-o', 'x\ny'])('a file that calls itself %j is refused', (name) => {
  const layer = fileDescriptor({name, bytes: 1, sha256: 'a'.repeat(64)});
  expect(() => artifactFiles({config: EMPTY_CONFIG.descriptor, layers: [layer]})).toThrow(
    /cannot be called so/,
  );
});

/** The image of `beta` again at the tag `changed`, with further files. */
async function withMore(mock: MockRegistry, registry: Registry, more: readonly Descriptor[]): Promise<void> {
  const manifestOf = (reference: string) => mock.manifests.get(reference)?.bytes ?? Buffer.alloc(0);
  const [entry] = (decodeOci(manifestOf('beta')) as {index: OciIndex}).index.manifests;
  const decoded = decodeOci(manifestOf(entry?.digest ?? ''));
  if (decoded === undefined || !('manifest' in decoded)) throw new Error('no manifest');
  const layers = [...decoded.manifest.layers, ...more];
  await registry.putManifest(
    encodeManifest({...decoded.manifest, artifactType: ARTIFACT_TYPE, layers}),
    'changed',
  );
}

test('files that the signed list does not name are not brought', async () => {
  const key = fakeKey();
  const mock = await mockRegistry();
  const registry = await repository(mock);
  await pushed(registry, [fakeBuildFolder({keys: [key]})]);
  await withMore(mock, registry, [
    fileDescriptor({name: 'more', bytes: 2, sha256: EMPTY_CONFIG.descriptor.digest.slice(7)}),
  ]);
  await expect(pulled(registry, {reference: 'changed', keys: [key]})).rejects.toThrow(
    /more: not in SHA256SUMS/,
  );
});

test.each([
  ['thousands of signatures', 3000, 'x', /names 3000 signatures, and at most 16 are read/],
  ['a signature that is no page of text', 1, 'x'.repeat(5000), /5000 bytes, too many for a signature/],
])('a registry that names %s is asked for none of them', async (_, number, text, message) => {
  const mock = await mockRegistry();
  const registry = await repository(mock);
  await pushed(registry, [fakeBuildFolder()]);
  const digest = sha256(text);
  mock.blobs.set(`sha256:${digest}`, Buffer.from(text));
  const signatures = Array.from({length: number}, (_each, index) =>
    fileDescriptor({
      name: `SHA256SUMS.${index.toString(16).padStart(16, '0')}.sig`,
      bytes: text.length,
      sha256: digest,
    }),
  );
  await withMore(mock, registry, signatures);
  mock.asked.splice(0);
  await expect(pulled(registry, {reference: 'changed'})).rejects.toThrow(message);
  expect(mock.asked.filter((line) => line.includes(digest))).toEqual([]);
});

test('files that are said to be larger than the disk are not begun', async () => {
  const mock = await mockRegistry();
  const registry = await repository(mock);
  await pushed(registry, [fakeBuildFolder()]);
  const found = await findImage(registry, {reference: 'beta', arch: 'x86_64', keys: []});
  const files = new Map([...found.files].map(([name, blob]) => [name, {...blob, size: 2 ** 50}]));
  const folder = join(temporary(), 'here');
  const options = {folder, onFile: () => undefined, onReceived: () => undefined};
  mock.asked.length = 0;
  await expect(pull(registry, {...found, files}, options)).rejects.toMatchObject({code: 'NO_SPACE'});
  expect(mock.asked).toEqual([]);
});

test('nothing that is there is overwritten', async () => {
  const registry = await repository(await mockRegistry());
  const source = fakeBuildFolder();
  await pushed(registry, [source]);
  const {folder} = await pulled(registry);
  const [first = ''] = readdirSync(source);
  rmSync(join(folder, first));
  const {outcomes} = await pulled(registry, {folder});
  expect(Object.entries(outcomes).filter(([, outcome]) => outcome === 'brought')).toEqual([
    [first, 'brought'],
  ]);
  writeFileSync(join(folder, first), 'mine');
  await expect(pulled(registry, {folder})).rejects.toThrow(/is there, and is another file/);
  expect(readFileSync(join(folder, first), 'utf8')).toBe('mine');
  expect(existsSync(join(folder, '.coming'))).toBe(false);
});

test('a folder that is not whole is not pushed', async () => {
  const folder = fakeBuildFolder();
  const kernel = readdirSync(folder).find((name) => name.endsWith('-kernel')) ?? '';
  writeFileSync(join(folder, kernel), 'changed');
  await expect(readBuildFolder(folder)).rejects.toThrow(
    new RegExp(`${basename(kernel)} is not what SHA256SUMS says`),
  );
});
