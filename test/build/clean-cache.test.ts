import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
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
  writeFileSync(join(kept, 'inside/file'), 'x'.repeat(1000));
  const [found, ...others] = await cachedThings(cache);
  expect([found?.name, found?.bytes, others]).toEqual([`${what} aaaaaaaaaaaa`, 1000, []]);
  await found?.remove();
  expect(existsSync(kept)).toBe(false);
});
