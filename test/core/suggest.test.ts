import {expect, test} from 'vitest';
import {editDistance, suggest} from '../../src/core/suggest.ts';

test.each([
  ['compresion', ['compression', 'format'], 'compression'],
  ['tset', ['test', 'minimal'], 'test'],
  ['stabel', ['alpha', 'beta', 'stable'], 'stable'],
  ['xyz', ['alpha', 'beta', 'stable'], undefined],
])('%s among %j is %s', (word, known, expected) => {
  expect(suggest(word, known)).toBe(expected);
});

test('a swap of neighbours counts once', () => {
  expect(editDistance('tset', 'test')).toBe(1);
});
