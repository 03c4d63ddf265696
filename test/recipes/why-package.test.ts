import {expect, test} from 'vitest';
import {besideUsr, whyThere} from '../../src/recipes/why-package.ts';
import type {PackageRelations} from '../../src/system/apt.ts';
import {file, symlink, type FileTree} from '../../src/formats/file-tree.ts';
import {packageBytes} from '../../src/stages/userland/package-bytes.ts';
import {NO_INPUTS, NO_TOOLS} from '../support/no-inputs.ts';

const relations = (name: string, dependencies: string[] = [], provides: string[] = []): PackageRelations => ({
  name,
  dependencies,
  provides,
});
const PACKAGES = [
  relations('busybox', ['libc6']),
  relations('curl', ['libcurl4', 'libc6']),
  relations('git', ['libcurl', 'perl']),
  relations('libcurl4', ['libc6', 'libssl'], ['libcurl']),
  relations('libssl', ['libc6']),
  relations('perl', ['libc6']),
  relations('libc6'),
  relations('left-behind', ['libc6']),
];
const ROOTS = [
  {name: 'busybox', askedBy: 'every image'},
  {name: 'curl', askedBy: 'packages'},
  {name: 'git', askedBy: 'packages'},
];

test('each that asks for a package has its shortest way, through what a package stands for too', () => {
  expect(whyThere('libssl', ROOTS, PACKAGES)).toEqual({
    ways: [
      {askedBy: 'packages', packages: ['curl', 'libcurl4', 'libssl']},
      {askedBy: 'packages', packages: ['git', 'libcurl4', 'libssl']},
    ],
    neededBy: ['libcurl4'],
    onlyItNeeds: [],
  });
  expect(whyThere('libc6', ROOTS, PACKAGES)?.ways).toContainEqual({
    askedBy: 'packages',
    packages: ['curl', 'libc6'],
  });
});

test.each([
  ['libcurl4', ['libssl']],
  ['git', ['perl']],
  ['curl', []],
  ['left-behind', []],
])('what nothing but %s needs is %j', (name, alone) => {
  expect(whyThere(name, ROOTS, PACKAGES)?.onlyItNeeds).toEqual(alone);
});

test('what a lock has from before is asked for by nobody, and what is not there has no answer', () => {
  expect(whyThere('left-behind', ROOTS, PACKAGES)?.ways).toEqual([]);
  expect(whyThere('vim', ROOTS, PACKAGES)).toBeUndefined();
});

test('a package may be there for something else than /usr, for several things as well', () => {
  const pin = {
    name: 'xz',
    version: '1',
    architecture: 'all',
    source: 'xz',
    url: 'debian:x',
    bytes: 1,
    sha256: '',
  };
  const tools = {...NO_TOOLS, tools: [pin], compiler: [pin]};
  const inputs = {...NO_INPUTS, initramfs: [pin], hosts: {amd64: tools, arm64: tools}};
  expect(besideUsr('xz', inputs)).toEqual({
    pin,
    uses: ['the initramfs: BusyBox', 'a tool of the host that builds, nothing of which is in the image'],
  });
  expect(besideUsr('vim', inputs)).toBeUndefined();
});

test('the bytes of a package are those that the image has of it', () => {
  const tree = (files: Record<string, number | string>): FileTree =>
    new Map(
      Object.entries(files).map(([path, what]) => [
        path,
        typeof what === 'string' ? symlink(what) : file(Buffer.alloc(what)),
      ]),
    );
  const packages = [
    {name: 'web', tree: tree({'usr/sbin/web': 10, 'usr/share/doc/web/README': 1000, 'var/www/page': 5})},
    {name: 'unused', tree: tree({'usr/lib/libunused.so.1': 100, 'usr/lib/libunused.so': 'libunused.so.1'})},
    {name: 'same', tree: tree({'sbin/web': 3, 'etc/web.conf': 2})},
    {name: 'part', tree: tree({'usr/bin/one': 7, 'usr/bin/two': 70, 'var/part': 700})},
  ];
  const only = {part: ['usr/bin/one']};
  const bytes = (withState: boolean) => Object.fromEntries(packageBytes(packages, {only, withState}));
  expect(bytes(true)).toEqual({web: 5, unused: 0, same: 5, part: 7});
  expect(bytes(false)).toEqual({web: 0, unused: 0, same: 5, part: 7});
});
