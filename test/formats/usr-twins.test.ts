import {expect, test} from 'vitest';
import {isUsrTwin, mergedPath} from '../../src/formats/usr-twins.ts';

test.each([
  ['bin', 'usr/bin', true],
  ['lib64', 'usr/lib64', true],
  ['lib64/ld-linux-x86-64.so.2', 'usr/lib64/ld-linux-x86-64.so.2', false],
  ['sbin/init', 'usr/sbin/init', false],
  ['library/x', 'library/x', false],
  ['usr/bin/env', 'usr/bin/env', false],
  ['', '', false],
])('%s is at %s where /usr has all', (path, merged, isLink) => {
  expect(mergedPath(path)).toBe(merged);
  expect(isUsrTwin(path)).toBe(isLink);
});
