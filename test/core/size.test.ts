import {expect, test} from 'vitest';
import {formatSize, parseSize} from '../../src/core/size.ts';

test.each([
  ['24MiB', 24 * 1024 ** 2],
  ['1GiB', 1024 ** 3],
  ['512KiB', 512 * 1024],
  ['7B', 7],
  ['24', undefined],
  ['24 MiB', undefined],
  ['1.5GiB', undefined],
  ['24MB', undefined],
  ['-1MiB', undefined],
])('%s is %s bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [17_179_869, '16.4 MiB'],
  [134_217_728, '128 MiB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
