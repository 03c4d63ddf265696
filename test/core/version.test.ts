import {expect, test} from 'vitest';
import {
  compareVersions,
  developmentVersion,
  isReleaseVersion,
  nextVersion,
  versionDays,
} from '../../src/core/version.ts';

const seconds = (date: string) => Date.parse(date) / 1000;

test.each([
  ['2013-07-01T00:00:00Z', 0],
  ['2013-07-01T23:59:59Z', 0],
  ['2013-07-02T00:00:00Z', 1],
  ['2013-10-03T00:00:00Z', 94],
  ['2016-02-29T12:00:00Z', 973],
  ['2016-03-01T00:00:00Z', 974],
  ['2024-02-29T00:00:00+14:00', 3894],
  ['2026-11-21T05:40:00Z', 4891],
])('%s is day %i', (date, days) => {
  expect(versionDays(seconds(date))).toBe(days);
});

test('a development build is marked as one', () => {
  expect(developmentVersion(seconds('2013-10-03T08:00:00Z'))).toBe('94.0.0-dev');
});

test('a commit before the first day counts as day 0', () => {
  expect(developmentVersion(0)).toBe('0.0.0-dev');
});

test.each([
  ['major', undefined, '4891.0.0'],
  ['major', '4890.3.7', '4891.0.0'],
  ['fix', '4890.0.0', '4890.0.1'],
  ['fix', '4890.2.9', '4890.2.10'],
  ['feature', '4890.2.9', '4890.3.0'],
] as const)('a %s after %s is %s: DAYS never rises for a change', (kind, newest, version) => {
  expect(nextVersion(kind, {today: 4891, newest})).toBe(version);
});

test('versions are compared by their numbers, and only those of releases are releases', () => {
  expect(['4890.10.0', '94.0.0', '4890.9.1', '4890.9.0'].sort(compareVersions)).toEqual([
    '94.0.0',
    '4890.9.0',
    '4890.9.1',
    '4890.10.0',
  ]);
  expect(['4890.0.0', '4890.0.0-dev', '4890.0', '04.0.0', 'v1.0.0', ''].filter(isReleaseVersion)).toEqual([
    '4890.0.0',
  ]);
});
