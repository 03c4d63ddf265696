import {expect, test} from 'vitest';
import {Apt, installedVersions, type PackagePin} from '../../src/system/apt.ts';
import type {Run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

const SOURCES = {
  mirror: 'http://mirror',
  securityMirror: 'http://security',
  suite: 'trixie',
  archives: ['main'],
  keyring: '/keyring',
} as const;

/** What is pinned of a package that a list has with these fields. */
async function pinned(fields: Readonly<Record<string, string>>): Promise<PackagePin[]> {
  const all = {
    Package: 'one',
    Version: '1',
    Architecture: 'all',
    Filename: 'pool/one.deb',
    Size: '7',
    SHA256: 'a'.repeat(64),
    ...fields,
  };
  const stanza = Object.entries(all).map(([name, value]) => `${name}: ${value}\n`);
  const run: Run = ([program]) => Promise.resolve(program === 'apt-cache' ? stanza.join('') : '');
  const apt = await Apt.open(temporary(), {sources: SOURCES, run, architecture: 'amd64'});
  return apt.resolve({packages: ['one'], depth: 'alone'});
}

test.each<[Record<string, string>, Partial<PackagePin>]>([
  [{}, {name: 'one', url: 'debian:pool/one.deb', bytes: 7}],
  [
    {Source: 'Their_Source (2)', Version: 'v1:2+b'},
    {source: 'Their_Source', version: 'v1:2+b'},
  ],
])('a package is pinned by its fields: %j', async (fields, pin) => {
  expect(await pinned(fields)).toMatchObject([pin]);
});

test.each<[Record<string, string>, string]>([
  [{Package: '../../x'}, 'name "../../x"'],
  [{Package: '-oDir::Etc=x'}, 'name "-oDir::Etc=x"'],
  [{Version: '1/../../x'}, 'version "1/../../x"'],
  [{Architecture: '../amd64'}, 'architecture "../amd64"'],
  [{Source: '/x'}, 'source "/x"'],
  [{Filename: 'pool/../../x'}, 'url "debian:pool/../../x"'],
  [{Filename: 'a b.deb'}, 'url "debian:a b.deb"'],
  [{Size: '-1'}, 'bytes "-1"'],
])(
  'what becomes a path or an argument is refused when it is pinned, not when the lock is read again: %j',
  async (fields, said) => {
    await expect(pinned(fields)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining(said) as string,
    });
  },
);

test('apt remembers what it has read, though the host’s configuration says that it shall not (docker-clean)', async () => {
  const asked: string[] = [];
  const run: Run = (argv) => (asked.push(argv.join(' ')), Promise.resolve(''));
  const folder = temporary();
  await Apt.open(folder, {sources: SOURCES, run, architecture: 'amd64'});
  expect(asked).toEqual([expect.stringContaining(`-o Dir::Cache::pkgcache=${folder}/pkgcache.bin`)]);
});

test('no dependency of a package becomes an option of apt', () => {
  expect(installedVersions('Inst libc6 (2.41 Debian [amd64])\nConf libc6 (2.41)\n')).toEqual(['libc6=2.41']);
  const message = 'a list of packages has as a package\'s name "-oDir::Bin::dpkg=/x"';
  expect(() => installedVersions('Inst -oDir::Bin::dpkg=/x (1 x [all])\n')).toThrow(message);
});
