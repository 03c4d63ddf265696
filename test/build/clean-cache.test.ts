import {existsSync, mkdirSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cachedThings} from '../../src/build/clean-cache.ts';
import {cachePaths} from '../../src/system/cache.ts';
import {temporary} from '../support/temporary.ts';

test.each([
  {what: 'warm machine', place: 'warm'},
  {what: 'host tools', place: 'hostTrees'},
] as const)('a $what is cleaned like all else of the cache', async ({what, place}) => {
  const cache = cachePaths({LEANOS_CACHE: temporary()});
  const kept = join(cache[place], 'a'.repeat(64));
  mkdirSync(join(kept, 'inside'), {recursive: true});
  writeFileSync(join(kept, 'inside/file'), 'x'.repeat(4096));
  const [found, ...others] = await cachedThings(cache);
  expect([found?.name, found?.bytes, others]).toEqual([`${what} aaaaaaaaaaaa`, 4096, []]);
  await found?.remove();
  expect(existsSync(kept)).toBe(false);
});

test('a file with holes counts as what it takes of the disk', async () => {
  const cache = cachePaths({LEANOS_CACHE: temporary()});
  mkdirSync(cache.downloads, {recursive: true});
  const file = join(cache.downloads, 'disk.raw');
  writeFileSync(file, 'x'.repeat(4096));
  truncateSync(file, 1024 ** 3);
  expect((await cachedThings(cache)).map(({bytes}) => bytes)).toEqual([4096]);
});
