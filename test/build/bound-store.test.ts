import {mkdirSync, readdirSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {atWork, boundStore, storeSize} from '../../src/build/bound-store.ts';
import {temporary} from '../support/temporary.ts';

const HOUR_MS = 3600 * 1000;
const NOW = Date.now();

/** A store of artifacts that take 8 KiB each (one block for the record), by name, used last so many hours ago. */
function storeOf(usedHoursAgo: Readonly<Record<string, number>>): string {
  const root = join(temporary(), 'store');
  mkdirSync(root);
  for (const [key, hours] of Object.entries(usedHoursAgo)) {
    mkdirSync(join(root, key));
    writeFileSync(join(root, key, 'file'), 'x'.repeat(4096));
    const record = join(root, key, '.record.json');
    writeFileSync(record, JSON.stringify({stage: 'rootfs', key, contents: {}}));
    const used = (NOW - hours * HOUR_MS) / 1000;
    utimesSync(record, used, used);
  }
  return root;
}

const keysIn = (root: string) => readdirSync(root);

test('what was used last longest ago goes until the rest is small enough, and it is said', async () => {
  const root = storeOf({a: 7, b: 9, c: 30, d: 8});
  expect(await boundStore(root, 17_000, NOW)).toBe(
    'the store was larger than 16.6 KiB: 16 KiB that were used last longest ago are gone (LEANOS_STORE_SIZE says how large it may be)',
  );
  expect(keysIn(root)).toEqual(['a', 'd']);
});

test('what a build may need now stays, however much it takes', async () => {
  const root = storeOf({a: 0.1, b: 0.9, c: 1.1});
  await boundStore(root, 0, NOW);
  expect(keysIn(root)).toEqual(['a', 'b']);
});

test('what was used since a build began that is at work stays; of one that is gone nothing does', async () => {
  const root = storeOf({a: 2, b: 4.9, c: 5.1});
  const builds = `${root}.builds`;
  const began = (name: string, hoursAgo: number): void => {
    const path = join(builds, name);
    writeFileSync(path, '');
    utimesSync(path, (NOW - hoursAgo * HOUR_MS) / 1000, (NOW - hoursAgo * HOUR_MS) / 1000);
  };
  {
    await using _atWork = await atWork(root);
    const [own = ''] = readdirSync(builds);
    began(own, 5);
    began('0-0-1-1', 10);
    await boundStore(root, 0, NOW);
    expect(keysIn(root)).toEqual(['a', 'b']);
    expect(readdirSync(builds)).toEqual([own]);
  }
  await boundStore(root, 0, NOW + HOUR_MS);
  expect(keysIn(root)).toEqual([]);
});

test('a store that is small enough is left alone, and nothing is said', async () => {
  const root = storeOf({a: 1000, b: 2000});
  expect(await boundStore(root, 1024 ** 3, NOW)).toBeUndefined();
  expect(keysIn(root)).toEqual(['a', 'b']);
});

test('a store is looked through four times an hour', async () => {
  const root = storeOf({a: 100});
  await boundStore(root, 1024 ** 3, NOW);
  expect(await boundStore(root, 0, NOW + HOUR_MS / 4 - 1000)).toBeUndefined();
  expect(keysIn(root)).toEqual(['a']);
  await boundStore(root, 0, NOW + HOUR_MS / 4 + 1000);
  expect(keysIn(root)).toEqual([]);
});

test('how large it may be is asked of the environment', () => {
  expect([storeSize({}), storeSize({LEANOS_STORE_SIZE: ''}), storeSize({LEANOS_STORE_SIZE: '2GiB'})]).toEqual(
    [10, 10, 2].map((gib) => gib * 1024 ** 3),
  );
  expect(() => storeSize({LEANOS_STORE_SIZE: 'much'})).toThrow(
    'LEANOS_STORE_SIZE=much: a size is needed, such as 10GiB',
  );
});
