import {expect, test} from 'vitest';
import {developmentVersion, versionDays} from '../../src/core/version.ts';

const seconds = (date: string) => Date.parse(date) / 1000;

test.each([
  ['2013-07-01T00:00:00Z', 0],
  ['2013-07-01T23:59:59Z', 0],
  ['2013-07-02T00:00:00Z', 1],
  ['2013-10-03T00:00:00Z', 94],
  ['2016-02-29T12:00:00Z', 973],
  ['2016-03-01T00:00:00Z', 974],
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
