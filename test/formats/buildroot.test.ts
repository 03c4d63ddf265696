import {expect, test} from 'vitest';
import {
  parseBuildTimes,
  parseFailedPackage,
  parseFileList,
  parseHashes,
  parsePermissions,
  parseUsers,
  parseShowInfo,
  parseStep,
  parseShowVars,
} from '../../src/formats/buildroot.ts';

test('show-info gives packages; its filesystems and virtual entries are left out', () => {
  const json = JSON.stringify({
    'rootfs-tar': {type: 'rootfs'},
    zlib: {type: 'target', version: null, downloads: []},
    busybox: {
      type: 'target',
      version: '1.37.0',
      'cpe-id': 'cpe:2.3:a:busybox:busybox:1.37.0:*:*:*:*:*:*:*',
      ignore_cves: ['CVE-2023-42366'],
      downloads: [{source: 'busybox-1.37.0.tar.bz2', uris: []}],
      dependencies: ['toolchain'],
      reverse_dependencies: ['x'],
    },
  });
  expect(parseShowInfo(json)).toEqual([
    {
      name: 'busybox',
      type: 'target',
      version: '1.37.0',
      cpe: 'cpe:2.3:a:busybox:busybox:1.37.0:*:*:*:*:*:*:*',
      ignoredCves: ['CVE-2023-42366'],
      files: ['busybox-1.37.0.tar.bz2'],
      dependencies: ['toolchain'],
      dependents: ['x'],
    },
    {name: 'zlib', type: 'target', version: '', ignoredCves: [], files: [], dependencies: [], dependents: []},
  ]);
});

test('a package whose sources are a folder of this machine has no files to download', () => {
  const downloads = [
    {
      source: 'hello-1.0.tar.gz',
      uris: ['local+/tree/hello/src', 'https|urlencode+https://sources.buildroot.net/hello'],
    },
  ];
  const [hello] = parseShowInfo(JSON.stringify({hello: {type: 'target', version: '1.0', downloads}}));
  expect(hello?.files).toEqual([]);
});

test('hash files name files by sha256; other hashes are left out', () => {
  const digest = 'a'.repeat(64);
  expect([
    ...parseHashes(`# x\nsha1  abc  a.tar\nsha256  ${digest}  a.tar\nsha256 ${digest} b.tar\n`),
  ]).toEqual([
    ['a.tar', digest],
    ['b.tar', digest],
  ]);
});

test('the log of times is added up by package', () => {
  const log = `10.0:start:extract  : a
12.5:end  :extract  : a
12.5:start:build    : a
13.0:start:build    : b
20.0:end  :build    : a
14.0:end  :build    : b
30.0:start:extract  : a
30.5:end  :extract  : a
`;
  expect(parseBuildTimes(log)).toEqual({a: 8, b: 1}); // a was extracted again, in half a second
});

test('the list of files says who installed what; the last one counts', () => {
  expect([...parseFileList('a,./usr/bin/x\nb,./usr/bin/y\nc,./usr/bin/x\n')]).toEqual([
    ['usr/bin/x', 'c'],
    ['usr/bin/y', 'b'],
  ]);
});

test('a permission table gives modes and owners, but no device nodes', () => {
  const table =
    ' /usr/bin/doas f 4755 0 0 - - - - -\n/var/lib/x r 750 100 101 - - -\n/dev/console c 622 0 0 5 1 0 0 -\n';
  expect(parsePermissions(table)).toEqual([
    {path: 'usr/bin/doas', mode: 0o4755, uid: 0, gid: 0, recursive: false},
    {path: 'var/lib/x', mode: 0o750, uid: 100, gid: 101, recursive: true},
  ]);
});

test('variables as make shows them, a word on a line', () => {
  const said =
    '\n{\n"PACKAGES_USERS":\n{\n"expanded":\n"\\tftp\\u0020-1\\u0020ftp\\u0020-1\\u0020*\\u0020-\\u0020-\\u0020-\\u0020FTP\\n",\n"raw":\n"$(A)"\n}\n}\n';
  expect(parseShowVars(said)).toEqual({PACKAGES_USERS: '\tftp -1 ftp -1 * - - - FTP\n'});
  expect(parseShowVars('{ }')).toEqual({});
});

test('a table of users gives accounts and groups, without passwords', () => {
  const table =
    '\tchrony -1 chrony -1 * /run/chrony - - Time daemon\n foo 8000 bar 4 =x - /bin/sh a,b\n - -1 input -1 * - - -\n';
  expect(parseUsers(table)).toEqual([
    {user: 'chrony', group: 'chrony', home: '/run/chrony', groups: [], comment: 'Time daemon'},
    {user: 'foo', uid: 8000, group: 'bar', gid: 4, shell: '/bin/sh', groups: ['a', 'b'], comment: ''},
    {group: 'input', groups: [], comment: ''},
  ]);
});

test.each([
  ['\u001b[7m>>> busybox 1.37.0 Building\u001b[27m', {name: 'busybox', step: 'building'}],
  ['>>> host-kmod custom Syncing from source dir /store/x/kmod', {name: 'host-kmod', step: 'syncing'}],
  ['>>> toolchain-external-custom  Extracting', {name: 'toolchain-external-custom', step: 'extracting'}],
  [
    '>>> linux custom Updating kernel config with fixups',
    {name: 'linux', step: 'updating kernel config with fixups'},
  ],
  ['  CC      init/main.o', undefined],
  ['  CC      init/ma>>> busybox 1.37.0 Building', {name: 'busybox', step: 'building'}],
])('the step in %j', (line, expected) => {
  expect(parseStep(line)).toEqual(expected);
});

test("make's complaint names the folder of the package that failed", () => {
  expect(
    parseFailedPackage(
      'make[1]: *** [package/pkg-generic.mk:273: /x/out/build/signify-31/.stamp_built] Error 2',
    ),
  ).toBe('signify-31');
  expect(parseFailedPackage('make: *** [Makefile:23: _all] Error 2')).toBeUndefined();
});
