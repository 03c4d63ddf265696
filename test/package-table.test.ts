import {expect, test} from 'vitest';
import {PACKAGE_NOTES} from './support/noted-table.ts';
import {PACKAGE_ROWS} from './support/package-rows.ts';

test('docs/packages.md says of every package what it did, what it weighs, and what was done for it', () => {
  // LEANOS_PACKAGES=all fills it in test/boot/packages.test.ts, and in test/tools/package-deeds.test.ts the last column.
  const missing = Object.entries(PACKAGE_ROWS).flatMap(([name, {does}]) => {
    const seen = PACKAGE_NOTES.documented([name]);
    const isSeen = seen?.['what it did'] === does && /^\+[\d.]+ MiB$/.test(seen.disk ?? '');
    const isWhole = isSeen && (seen['what was done for it'] ?? '') !== '';
    return isWhole ? [] : [name];
  });
  expect(missing).toEqual([]);
});
