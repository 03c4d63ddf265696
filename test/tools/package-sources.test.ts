import {spawn} from 'node:child_process';
import {copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {hashFile} from '../../src/system/hash-file.ts';
import {cachePaths} from '../../src/system/cache.ts';
import {readTree} from '../../src/stages/read-tree.ts';
import {MetadataServer, type Answer} from '../../src/vm/metadata-server.ts';
import {LEANOS} from '../support/built-image.ts';
import {ended, type Ended} from '../support/clone.ts';
import {makeDeb, repositoryFiles, SigningKey} from '../support/package-repository.ts';
import {temporary} from '../support/temporary.ts';

const BASIC = `Basic ${Buffer.from('me:secret').toString('base64')}`;
let project = '';
let repository = '';
let server: MetadataServer;
let answers: Record<string, Answer> = {};

/** leanos in the project. */
function leanos(...words: readonly string[]): Promise<Ended> {
  return program(LEANOS, ...words);
}

function program(name: string, ...words: readonly string[]): Promise<Ended> {
  return ended(spawn(name, words, {cwd: project, stdio: ['ignore', 'pipe', 'pipe']}));
}

/** leanos where the host's apt has the passwords in this folder. */
function leanosKnowing(passwords: string, ...words: readonly string[]): Promise<Ended> {
  const script = 'mount --bind "$0" /etc/apt/auth.conf.d && exec "$@"';
  return program('unshare', '--map-root-user', '--mount', 'sh', '-c', script, passwords, LEANOS, ...words);
}

function define(name: string, ...lines: readonly string[]): void {
  const text = ['extends: leanos/test', 'arches: [x86_64]', ...lines, ''].join('\n');
  writeFileSync(join(project, 'images', `${name}.yaml`), text);
}

const below = (folder: string, files: Readonly<Record<string, Answer>>): Record<string, Answer> =>
  Object.fromEntries(Object.entries(files).map(([path, answer]) => [`/${folder}/${path}`, answer]));

beforeAll(async () => {
  project = temporary();
  for (const folder of ['images', 'debs', 'keyrings']) mkdirSync(join(project, folder));
  const made = temporary();
  // Debian has a jq too, and an older one: it is not among what is taken of the repository.
  repository = makeDeb(made, {Package: 'our-tool', Version: '2.0', Depends: 'my-tool (>= 1)'});
  const files = repositoryFiles([repository, makeDeb(made, {Package: 'jq', Version: '99'})]);
  const [key, another] = [new SigningKey(), new SigningKey()];
  const release = String(files['dists/stable/Release']);
  const signed = {...files, 'dists/stable/InRelease': key.signed(release)};
  const packages = 'dists/stable/main/binary-amd64/Packages';
  answers = {
    ...below('well', signed),
    ...below('closed', signed),
    ...below('unsigned', files),
    ...below('changed', {...signed, [packages]: String(files[packages]).replace('2.0', '2.1')}),
    ...below('touched', {
      ...signed,
      'dists/stable/InRelease': String(signed['dists/stable/InRelease']).replace('stable', 'stably'),
    }),
  };
  server = await MetadataServer.start(answers, {
    refuses: ({url = '', headers}) =>
      url.startsWith('/closed/') && headers.authorization !== BASIC ? 401 : undefined,
  });
  copyFileSync(
    makeDeb(made, {Package: 'my-tool', Version: '1.0', Depends: 'jq'}),
    join(project, 'debs/my.deb'),
  );
  copyFileSync(
    makeDeb(made, {Package: 'other', Version: '1.0', Architecture: 'riscv64'}),
    join(project, 'debs/other.deb'),
  );
  writeFileSync(join(project, 'debs/torn.deb'), readFileSync(repository).subarray(0, 600));
  writeFileSync(join(project, 'keyrings/tools.asc'), key.exported('--armor'));
  writeFileSync(join(project, 'keyrings/another.gpg'), another.exported());
});
afterAll(() => server[Symbol.asyncDispose]());

const from = (folder: string, keyring = 'tools.asc'): string =>
  `  tools: {url: '${server.url}/${folder}', suite: stable, keyring: keyrings/${keyring}, packages: [our-tool]}`;

test('packages of a signed repository and of files are in the image, with what they depend on, and told apart', async () => {
  define('web', 'packages: [our-tool, {deb: debs/my.deb}]', 'repositories:', from('well'));
  const built = await leanos('build', '--image', 'web', '--json');
  expect([built.status, built.stderr]).toEqual([0, expect.anything()]);
  const {artifacts, stages} = JSON.parse(built.stdout) as {
    artifacts: {kind: string; path: string}[];
    stages: {name: string; key: string}[];
  };
  const root = stages.find(({name}) => name === 'rootfs')?.key ?? '';
  const tree = await readTree(join(cachePaths(process.env).store, root), 'usr.tar');
  const text = (path: string) => {
    const entry = tree.get(path);
    return entry?.type === 'file' ? entry.data.toString('latin1') : undefined;
  };
  expect([text('usr/bin/our-tool'), text('usr/bin/my-tool')]).toEqual(['2.0', '1.0']);
  expect(text('usr/bin/jq')).toMatch(/^\x7fELF/);
  const bill = artifacts.find(({kind}) => kind === 'sbom')?.path ?? '';
  const urls = [...readFileSync(join(project, bill), 'utf8').matchAll(/"pkg:([^"]*(?:tool|jq)@[^"?]*)/g)];
  expect(urls.map(([, url]) => url).sort()).toEqual([
    expect.stringMatching(/^deb\/debian\/jq@1/),
    'deb/tools/our-tool@2.0',
    'generic/my-tool@1.0',
  ]);
});

test('a package whose bytes are not those of the signed list is not taken', async () => {
  const [path = ''] = server.requests
    .map((each) => each.replace('GET ', ''))
    .filter((each) => each.endsWith('.deb'));
  expect(path).toBe('/well/pool/tool0%2b1.deb');
  answers[path] = Buffer.from('another');
  rmSync(join(cachePaths(process.env).downloads, await hashFile(repository)));
  const {status, stderr} = await leanos('plan', '--image', 'web', '--why', 'our-tool');
  expect([status, stderr]).toEqual([1, expect.stringContaining('with the sha256 that is pinned')]);
});

test.each([
  ['unsigned', 'tools.asc', 2, /^images\/bad\.yaml:4:10: repositories\.tools: .*: it is not signed, and/m],
  ['well', 'another.gpg', 2, /^images\/bad\.yaml:4:10: .*signed by another key than those of its keyring$/m],
  ['touched', 'tools.asc', 2, /^images\/bad\.yaml:4:10: .*its signature is not one of what it has$/m],
  ['changed', 'tools.asc', 1, /cannot have the lists of http:\/\/[\d.:]+\/changed stable/],
  ['nowhere', 'tools.asc', 1, /cannot have the lists of http:\/\/[\d.:]+\/nowhere stable/],
])('the repository %s with the keyring %s ends with its reason', async (folder, keyring, expected, said) => {
  define('bad', 'repositories:', from(folder, keyring));
  const {status, stderr} = await leanos('plan', '--image', 'bad');
  expect(stderr).toMatch(said);
  expect(status).toBe(expected);
  expect(readdirSync(project).sort()).not.toContain('locks');
});

test('a repository that asks for a password gets that of apt_auth.conf(5), for its lists and its packages', async () => {
  define('closed', 'packages: [{deb: debs/my.deb}, our-tool]', 'repositories:', from('closed'));
  const why = ['plan', '--image', 'closed', '--why', 'our-tool'] as const;
  expect(await leanos(...why)).toMatchObject({status: 1, stderr: expect.stringContaining('401') as string});
  const passwords = temporary();
  writeFileSync(join(passwords, 'test.conf'), `machine ${server.url}/closed login me password secret\n`);
  rmSync(join(cachePaths(process.env).downloads, await hashFile(repository)), {force: true});
  const {status, stdout, stderr} = await leanosKnowing(passwords, ...why);
  expect([status, stdout, stderr]).toEqual([
    0,
    expect.stringContaining('our-tool 2.0 is in /usr'),
    expect.anything(),
  ]);
});

test('what is wrong with files is said at their places, all at once', async () => {
  define(
    'bad',
    'packages:',
    '  - {deb: debs/none.deb}',
    '  - deb: debs/my.deb',
    `    sha256: ${'a'.repeat(64)}`,
    '  - {deb: debs/torn.deb}',
    '  - {deb: debs/other.deb}',
    'repositories:',
    "  a: {url: 'https://packages.example', suite: stable, keyring: images/bad.yaml}",
  );
  const {status, stderr} = await leanos('plan', '--image', 'bad');
  expect(status).toBe(2);
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(
      /^images\/bad\.yaml:4:11: packages\[0\]\.deb: there is no file debs\/none\.deb in /,
    ),
    expect.stringMatching(/^images\/bad\.yaml:5:10: packages\[1\]\.deb: debs\/my\.deb has the sha256 /),
    expect.stringMatching(/^images\/bad\.yaml:7:11: packages\[2\]\.deb: .* is no whole package of Debian: /),
    expect.stringMatching(/^images\/bad\.yaml:8:11: .* is for riscv64, and the image for amd64$/),
    expect.stringMatching(/^images\/bad\.yaml:10:6: repositories\.a: images\/bad\.yaml has no OpenPGP keys/),
  ]);
});
