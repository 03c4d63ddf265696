import {describe, expect, test} from 'vitest';
import {chooseSubstitutes, substituteLine, wantedSources} from '../../src/stages/buildroot/from-debian.ts';
import type {BuildrootPackage} from '../../src/formats/buildroot.ts';
import type {SourceVersion} from '../../src/system/debian-sources.ts';

const source = (name: string, version: string): SourceVersion => ({
  version,
  pin: {
    url: `debian:pool/main/${name.charAt(0)}/${name}/${name}_${version}.orig.tar.bz2`,
    sha256: version,
    bytes: 1,
  },
});
const wanted = (name: string, version: string, file = `${name}-${version}.tar.bz2`) => ({
  name,
  version,
  file,
  sha256: '',
});
const DROPBEAR = wanted('dropbear', '2026.91');
const HAD = new Map([
  ['dropbear', [source('dropbear', '2025.89'), source('dropbear', '2026.94')]],
  ['many', [source('many', '2')]],
]);

describe('what Debian has not', () => {
  test('is built in the nearest version that it has', () => {
    const [substitute] = chooseSubstitutes([DROPBEAR], [DROPBEAR], HAD);
    expect(substitute).toMatchObject({
      name: 'dropbear',
      recipe: '2026.91',
      source: source('dropbear', '2026.94'),
    });
    expect(substitute === undefined ? '' : substituteLine(substitute)).toBe(
      '$(eval $(call LEANOS_DEBIAN_SOURCE,DROPBEAR,2026.94,d/dropbear,dropbear_2026.94.orig.tar.bz2))\n',
    );
  });

  test('is named when there is no version at all, all of it at once', () => {
    const lost = [wanted('one', '1'), DROPBEAR, wanted('two', '2')];
    expect(() => chooseSubstitutes(lost, lost, HAD)).toThrow(
      /neither the file .* nor another version, of\n {2}one 1: one-1.tar.bz2\n {2}two 2: two-2.tar.bz2$/,
    );
  });

  test('is named when it has several files: which belong together, nobody knows', () => {
    const files = [wanted('many', '1', 'a.tar'), wanted('many', '1', 'b.tar')];
    expect(() => chooseSubstitutes(files.slice(0, 1), files, HAD)).toThrow(/many 1: a.tar/);
  });

  test('is one substitute for the host and for the target', () => {
    expect(chooseSubstitutes([DROPBEAR, DROPBEAR], [DROPBEAR, DROPBEAR], HAD)).toHaveLength(1);
  });
});

test('what Buildroot downloads: nothing for stand-ins of the host, nor for the kernel', () => {
  const one = (name: string, type: string, file: string): BuildrootPackage => ({
    name,
    type,
    version: '1',
    ignoredCves: [],
    files: [file],
    dependencies: [],
    dependents: [],
  });
  const packages = [
    one('host-zstd', 'host', 'zstd.tar'),
    one('zstd', 'target', 'zstd.tar'),
    one('host-m4', 'host', 'm4.tar'),
    one('linux', 'target', 'linux.tar'),
  ];
  expect(wantedSources(packages, new Map([['m4.tar', 'd1']]))).toEqual([
    {name: 'zstd', version: '1', file: 'zstd.tar', sha256: ''},
    {name: 'm4', version: '1', file: 'm4.tar', sha256: 'd1'},
  ]);
});
