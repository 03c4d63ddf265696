import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {withChoice, type BuildChoice} from '../../src/build/choice.ts';
import {lockOf} from '../../src/build/origin.ts';
import type {Workspace} from '../../src/build/workspace.ts';
import {loadImage} from '../../src/config/load-image.ts';
import {
  architectureNames,
  ARCHITECTURES,
  PINNED_HOSTS,
  type ArchitectureName,
} from '../../src/core/architecture.ts';
import {inputRequest, type InputRequest} from '../../src/recipes/input-request.ts';
import type {ImageInputs} from '../../src/recipes/inputs.ts';
import {loadLock, writeLock} from '../../src/recipes/lock.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {NO_INPUTS} from '../support/no-inputs.ts';
import {temporary} from '../support/temporary.ts';

const PIN = {
  name: 'libc6',
  version: '1:2.41-12+deb13u1~bpo',
  architecture: 'amd64',
  source: 'glibc',
  url: 'debian-security:pool/updates/main/g/glibc/libc6_2.41-12+deb13u1_amd64.deb',
  bytes: 10,
  sha256: 'a'.repeat(64),
};
const REQUEST = {userland: ['libc6'], archives: []} as unknown as InputRequest;

async function written(pin: object): Promise<string> {
  const path = join(temporary(), 'lock.json');
  await writeLock(path, REQUEST, {...NO_INPUTS, userland: [pin]} as unknown as ImageInputs);
  return path;
}

test('a lock is read as it was written', async () => {
  expect(await loadLock(await written(PIN), REQUEST)).toEqual({...NO_INPUTS, userland: [PIN]});
  expect(await loadLock(join(temporary(), 'none.json'), REQUEST)).toBe('missing');
});

test.each([
  'repository-our-tools:pool/o/our+tool_1%3a2.deb',
  'project:debs/my_1.0~rc1_amd64.deb',
  'leanos:debs/x.deb',
])('a pin may be at %s', async (url) => {
  const pin = {...PIN, url};
  expect(await loadLock(await written(pin), REQUEST)).toMatchObject({userland: [pin]});
});

test.each<[string, object]>([
  ['name', {name: '../x'}],
  ['name', {name: '-oDir::Etc=x'}],
  ['version', {version: '1.0/../../x'}],
  ['version', {version: '-1'}],
  ['architecture', {architecture: '../amd64'}],
  ['source', {source: 'a b'}],
  ['url', {url: 'file:///etc/shadow'}],
  ['url', {url: 'debian:pool/../../x'}],
  ['url', {url: 'project:debs/../../x.deb'}],
  ['url', {url: 'project:debs/%2e%2e/x.deb'}],
  ['url', {url: 'repository-../x:pool/x.deb'}],
  ['url', {url: '--option'}],
  ['sha256', {sha256: '../../x'}],
  ['bytes', {bytes: -1}],
])('a pin with another %s than may be part of a path or an argument is refused: %j', async (key, more) => {
  const path = await written({...PIN, ...more});
  await expect(loadLock(path, REQUEST)).rejects.toThrow(
    new RegExp(`lock\\.json:\\d+:\\d+: userland\\[0\\]\\.${key}: `),
  );
});

test('half a lock is said with its place', async () => {
  const path = join(temporary(), 'lock.json');
  writeFileSync(path, '{"request": "x", "userl');
  await expect(loadLock(path, REQUEST)).rejects.toThrow(/lock\.json:1:\d+: /);
});

interface Locked {
  readonly name: string;
  readonly arch: ArchitectureName;
  readonly formats?: 'all';
  /** That of a payload which Xen starts. */
  readonly hypervisor?: true;
}

const LOCKED: readonly Locked[] = [
  ...architectureNames().flatMap((arch) => ['test', 'cirros', 'minimal'].map((name) => ({name, arch}))),
  {name: 'test', arch: 'x86_64', formats: 'all'},
  {name: 'test', arch: 'aarch64', formats: 'all'},
  {name: 'test', arch: 'x86_64', hypervisor: true},
];

test.each(LOCKED)(
  'the lock of leanos/$name for $arch is not stale ($formats, Xen: $hypervisor)',
  async ({name, arch, formats, hypervisor = false}) => {
    const own = await loadImage({home: CHECKOUT, project: CHECKOUT}, name);
    const choice: BuildChoice = {channel: 'alpha', image: name, arch, formats, out: '', locked: true};
    const image = {...withChoice(own, choice), hypervisor};
    const request = inputRequest(image, ARCHITECTURES[arch]);
    const workspace = {home: {path: CHECKOUT}, project: CHECKOUT} as Workspace;
    const lock = await loadLock(lockOf(workspace, {own, image}, choice), request);
    expect(lock).toBeTypeOf('object');
    if (typeof lock === 'object') expect(Object.keys(lock.hosts)).toEqual(PINNED_HOSTS);
  },
);
