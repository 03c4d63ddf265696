import {expect, test} from 'vitest';
import {count} from '../../src/core/count.ts';

test('one is one, and everything else is many', () => {
  expect([0, 1, 2].map((number) => count(number, 'file'))).toEqual(['0 files', '1 file', '2 files']);
});
