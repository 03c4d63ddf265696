import {expect, test} from 'vitest';
import {compareUpstream, nearestVersion, upstreamVersion} from '../../src/formats/upstream-version.ts';

test.each([
  ['2026.94-1', '2026.94'],
  ['2:3.8.2+dfsg-1', '3.8.2'],
  ['2~ds-3', '2'],
  ['1:4.5.2+20251210-1', '4.5.2+20251210'],
  ['6.5+20250216-2', '6.5+20250216'],
  ['1.2-3-4', '1.2-3'],
  ['7', '7'],
])('%s is upstream’s %s', (debian, upstream) => {
  expect(upstreamVersion(debian)).toBe(upstream);
});

test.each([
  ['2026.91', ['2025.89', '2026.94', '2022.83'], '2026.94'],
  ['1.4.21', ['1.4.19', '1.4.21'], '1.4.21'],
  ['1.10', ['1.9', '1.2'], '1.9'],
  ['1.9', ['1.10', '1.11'], '1.10'],
  ['2.0', [], undefined],
])('nearest to %s of %j is %s', (wanted, versions, nearest) => {
  expect(nearestVersion(wanted, versions)).toBe(nearest);
});

test('a longer version is newer, and letters come in their order', () => {
  expect(compareUpstream('1.0.1', '1.0')).toBeGreaterThan(0);
  expect(compareUpstream('9.9a', '9.9b')).toBeLessThan(0);
  expect(compareUpstream('6.5-20250216', '6.5+20250216')).toBe(0);
});
