import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cachedThings} from '../../src/build/clean-cache.ts';
import {cachePaths} from '../../src/system/cache.ts';
import {temporary} from '../support/temporary.ts';

test('machines that were kept are cleaned like all else of the cache', async () => {
  const cache = cachePaths({LEANOS_CACHE: temporary()});
  const kept = join(cache.warm, 'a'.repeat(64));
  mkdirSync(join(kept, 'seed'), {recursive: true});
  writeFileSync(join(kept, 'ram'), 'x'.repeat(1000));
  const [found, ...others] = await cachedThings(cache);
  expect([found?.name, found?.bytes, others]).toEqual(['warm machine aaaaaaaaaaaa', 1000, []]);
  await found?.remove();
  expect(existsSync(kept)).toBe(false);
});
