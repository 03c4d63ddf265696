import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {ARCHITECTURES, PINNED_HOSTS} from '../../src/core/architecture.ts';
import {ensureHostTree, runWithHostTree, type HostTreeOptions} from '../../src/system/host-tree.ts';
import type {Run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = request.url === '/gone.deb' ? 404 : 200;
    response.end('other bytes');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

function options(file = 'other.deb', folder = temporary()): HostTreeOptions {
  const lock = join(temporary(), 'host-tools.json');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${file}`;
  writeFileSync(
    lock,
    JSON.stringify({
      snapshot: '20260101T000000Z',
      packages: {amd64: [{url, sha256: '0'.repeat(64), bytes: 1}]},
    }),
  );
  return {
    lock,
    folder,
    host: ARCHITECTURES.x86_64,
    mirrors: {},
    environment: {},
    signal: new AbortController().signal,
    note: () => undefined,
  };
}

test.each([
  ['other.deb', 'has another sha256'],
  ['gone.deb', 'status 404'],
])('a package that is not what was pinned is refused, and nothing is kept: %s', async (file, why) => {
  const asked = options(file);
  await expect(ensureHostTree(asked)).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining(`/${file}: ${why}`) as string,
  });
  expect(readdirSync(asked.folder)).toEqual([]);
});

test('a cache that apt could not work in is said before anything is fetched', async () => {
  await expect(ensureHostTree(options('other.deb', join(temporary(), 'a b')))).rejects.toMatchObject({
    code: 'USAGE',
    hint: expect.stringContaining('LEANOS_CACHE') as string,
  });
});

test('a host that has apt and dpkg uses its own, and no other command is touched', async () => {
  const called: string[] = [];
  const run: Run = ([program]) => Promise.resolve(String(called.push(program)));
  await runWithHostTree(run, {...options(), isNeeded: () => false})(['apt-get', 'update']);
  await runWithHostTree(run, {...options(), isNeeded: () => true})(['git', 'status']);
  expect(called).toEqual(['apt-get', 'git']);
});

test('the lock has every architecture that is promised a tree', () => {
  const {packages} = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../locks/host-tools.json'), 'utf8'),
  ) as {packages: Record<string, {url: string}[]>};
  expect(Object.keys(packages)).toEqual(PINNED_HOSTS);
  for (const pins of Object.values(packages))
    expect(
      pins.map(({url}) => /^debian(?:-security)?:pool\/.*\/(apt|dpkg|gpgv|tar)_/.exec(url)?.[1]),
    ).toEqual(expect.arrayContaining(['apt', 'dpkg', 'gpgv', 'tar']));
});
