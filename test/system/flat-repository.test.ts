import {expect, test} from 'vitest';
import {localRepository, onlyPackages, preferences, withUrls} from '../../src/system/flat-repository.ts';
import {repositoryPriority} from '../../src/system/more-sources.ts';

const LIST = `Package: one
Version: 1
Leanos-Url: project:etc/shadow
Filename: ./one_1.deb
Description: lines
 Filename: pool/not.deb

Package: two
Filename: pool/t/two+1.deb


Package: three
Filename: ../../three.deb
`;

test('each file of a list is one of its repository, whatever the list says of that, and none is outside of it', () => {
  const urls = [...withUrls(LIST, 'repository-tools').matchAll(/^Leanos-Url: (.*)$/gm)];
  expect(urls.map(([, url]) => url)).toEqual([
    'repository-tools:one_1.deb',
    'repository-tools:pool/t/two+1.deb',
  ]);
});

test('of a list the packages that are wanted are left', () => {
  const names = [...onlyPackages(LIST, ['two', 'one']).matchAll(/^Package: (.*)$/gm)];
  expect(names.map(([, name]) => name)).toEqual(['one', 'two']);
});

test('a file of the project is a package with its address and its digest', () => {
  const said = {file: '', line: 1, column: 1, path: '', message: ''};
  const control = 'Package: my\nLeanos-Url: debian:x\nDescription: a\n b';
  const deb = {name: 'my', version: '1', url: 'project:debs/my.deb', bytes: 7, sha256: 'ab', control, said};
  expect(localRepository([deb]).list).toBe(
    'Package: my\nDescription: a\n b\nFilename: my.deb\nSize: 7\nSHA256: ab\nLeanos-Url: project:debs/my.deb\n',
  );
});

test.each([
  [{priority: undefined, packages: undefined}, undefined],
  [{priority: 100, packages: undefined}, 100],
  [{priority: undefined, packages: ['one']}, 990],
  [{priority: 100, packages: ['one']}, 100],
])('a repository with %j has the priority %s', (repository, priority) => {
  expect(repositoryPriority(repository)).toBe(priority);
  expect(preferences([{name: 'tools', list: '', priority}])).toBe(
    priority === undefined ? '' : `Package: *\nPin: release o=leanos tools\nPin-Priority: ${priority}\n`,
  );
});
