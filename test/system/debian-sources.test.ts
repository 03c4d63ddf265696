import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {sourceArchive, sourcePin, sourceVersions} from '../../src/system/debian-sources.ts';
import {needRoom} from '../../src/system/files.ts';
import {openKeptFolder} from '../../src/system/kept-folder.ts';
import {recordRun} from '../support/record-run.ts';
import {temporary} from '../support/temporary.ts';

const DIGEST = 'b'.repeat(64);
const LIST = `Package: a
Directory: pool/main/a/a
Checksums-Sha256:
 ${'a'.repeat(64)} 5 a_1.orig.tar.gz

Package: b
Checksums-Sha256:
 ${'c'.repeat(64)} 7 b_2.dsc
 ${DIGEST} 99 b_2.orig.tar.xz
Directory: pool/main/b/b
`;

test('a file is found by its sha256, in the folder of its own source package', () => {
  expect(sourcePin(LIST, DIGEST)).toEqual({
    url: 'debian:pool/main/b/b/b_2.orig.tar.xz',
    sha256: DIGEST,
    bytes: 99,
  });
  expect(sourcePin(LIST, 'd'.repeat(64))).toBeUndefined();
});

test('the versions of a package are those of its own stanzas; one without a tarball of upstream is none', () => {
  const digest = (sign: string): string => sign.repeat(64);
  const stanza = (name: string, version: string, file: string, sha256: string): string =>
    `Package: ${name}\nVersion: ${version}\nChecksums-Sha256:\n ${digest('0')} 1 ${name}.dsc\n ${sha256} 9 ${file}\nDirectory: pool/main/d/${name}\n`;
  const list = [
    stanza('dropbear', '1:2025.89-1~deb13u1', 'dropbear_2025.89.orig.tar.bz2', digest('a')),
    stanza('dropbear', '2026.94-1', 'dropbear_2026.94.orig.tar.bz2', digest('b')),
    stanza('dropbear-more', '9-1', 'dropbear-more_9.orig.tar.xz', digest('c')),
    stanza('native', '3', 'native_3.tar.xz', digest('d')),
  ].join('\n');
  expect(sourceVersions(list, 'dropbear')).toEqual([
    {
      version: '2025.89',
      pin: {url: 'debian:pool/main/d/dropbear/dropbear_2025.89.orig.tar.bz2', sha256: digest('a'), bytes: 9},
    },
    {
      version: '2026.94',
      pin: {url: 'debian:pool/main/d/dropbear/dropbear_2026.94.orig.tar.bz2', sha256: digest('b'), bytes: 9},
    },
  ]);
  expect(sourceVersions(list, 'native')).toEqual([]);
});

test('what was found once is not looked for again', async () => {
  const folder = temporary();
  const {run, commands} = recordRun((argv) => {
    const lists = argv.find((word) => word.startsWith('Dir::State::lists='))?.split('=')[1] ?? '';
    mkdirSync(lists, {recursive: true});
    writeFileSync(join(lists, 'mirror_dists_trixie_main_source_Sources'), LIST);
    return '';
  });
  const {find} = sourceArchive({
    sources: {mirror: 'http://mirror', securityMirror: '', suite: 'trixie', archives: [], keyring: ''},
    run,
    folder,
    lists: () => openKeptFolder(folder, 'lists'),
    note: () => undefined,
  });
  expect([...(await find([DIGEST])).keys()]).toEqual([DIGEST]);
  expect([...(await find([DIGEST])).keys()]).toEqual([DIGEST]);
  expect(commands).toHaveLength(1);
});

test('without room for the lists that is said before apt begins', async () => {
  const folder = temporary();
  await needRoom(folder, {bytes: 1, what: 'lists'});
  await expect(needRoom(folder, {bytes: 2 ** 60, what: 'lists'})).rejects.toMatchObject({
    code: 'NO_SPACE',
    message: expect.stringMatching(
      /^the disk is full: lists need 1048576 TiB for a while, and .* has \d+(\.\d)? [KMGT]iB$/,
    ) as string,
  });
});
