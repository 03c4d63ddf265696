import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {sha256} from '../../src/core/canonical.ts';
import {streamBuild} from '../../src/release/stream-build.ts';
import {streamsProducts} from '../../src/release/simplestreams.ts';
import {
  FORMAT_NAMES,
  formatFiles,
  formatsFor,
  type FormatName,
} from '../../src/stages/format/image-formats.ts';
import {fakeBuild} from '../support/fake-release.ts';

interface Item {
  readonly ftype: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly [sum: string]: unknown;
}

interface Products {
  readonly products: Record<string, {versions: Record<string, {items: Record<string, Item>}>}>;
}

/** The items of each serial, as they are listed. */
async function listed(options: Parameters<typeof fakeBuild>[1]): Promise<[string, Record<string, Item>]> {
  const build = fakeBuild({keys: []}, options);
  const {text} = streamsProducts('stable', [await streamBuild(build, 'stable')], 'now');
  const {products} = JSON.parse(text) as Products;
  const [serial, {items}] = Object.entries(Object.values(products)[0]?.versions ?? {})[0] ?? [
    '',
    {items: {}},
  ];
  for (const item of Object.values(items)) {
    const bytes = readFileSync(join(build.folder, item.path.split('/').at(-1) ?? ''));
    expect({size: item.size, sha256: item.sha256}).toEqual({size: bytes.length, sha256: sha256(bytes)});
  }
  return [serial, items];
}

test('every file of every format is listed, and no two files under one name', async () => {
  const [, items] = await listed({formats: formatsFor('x86_64')});
  const endings = FORMAT_NAMES.flatMap((name) => formatFiles(name).map(({ending}) => ending));
  const names = Object.values(items).map(({path}) => path.split('/').at(-1)?.split('x86_64-')[1]);
  expect([...new Set(names)].sort()).toEqual(endings.sort());
  const ftypes = FORMAT_NAMES.flatMap((name) => formatFiles(name).flatMap(({streams}) => streams.ftypes));
  expect(ftypes).toEqual([...new Set(ftypes)]);
  expect(Object.keys(items).sort()).toEqual(ftypes.sort());
});

test.each<[FormatName[], string[]]>([
  [['qcow2'], []],
  [['incus'], ['combined_squashfs_sha256']],
  [
    ['incus', 'qcow2'],
    ['combined_squashfs_sha256', 'combined_disk-kvm-img_sha256'],
  ],
])('of %j the metadata of Incus has the sums %j', async (formats, sums) => {
  const [, items] = await listed({formats});
  const combined = Object.keys(items['incus.tar.xz'] ?? {}).filter((key) => key.startsWith('combined'));
  expect(combined).toEqual(sums);
});

test.each([
  ['4891.0.0', '20261121'],
  ['4891.0.1', '20261121.000.001'],
  ['4891.2.10', '20261121.002.010'],
])('%s has the serial %s, whenever it is published', async (version, serial) => {
  expect((await listed({version}))[0]).toBe(serial);
});
