import {expect, test} from 'vitest';
import {PACKAGE_NOTES} from './support/noted-table.ts';
import {PACKAGE_ROWS} from './support/package-rows.ts';

test('docs/packages.md says of every package what it did, and what it weighs; LEANOS_PACKAGES=all fills it', () => {
  const missing = Object.entries(PACKAGE_ROWS).flatMap(([name, {does}]) => {
    const seen = PACKAGE_NOTES.documented([name]);
    const isWhole = seen?.['what it did'] === does && /^\+[\d.]+ MiB$/.test(seen.disk ?? '');
    return isWhole ? [] : [name];
  });
  expect(missing).toEqual([]);
});
