import {existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {PlainNames} from '../../src/system/plain-names.ts';
import {temporary} from '../support/temporary.ts';

test('a folder whose name is plain keeps it', () => {
  using names = new PlainNames();
  expect(names.of('/var/cache/leanos-1.0/a_b+c')).toBe('/var/cache/leanos-1.0/a_b+c');
});

test.each([
  ' ',
  ':',
  ';',
  '"',
  "'",
  '$',
  '#',
  '%',
  ',',
  '@',
  '=',
  '*',
  '(',
  '~',
  '\\',
  '\n',
  'ü',
  'x'.repeat(200),
])('a folder with %j in its name has another, for as long as it is needed', (odd) => {
  const folder = join(temporary(), `-a${odd}b`);
  mkdirSync(folder);
  let name = '';
  {
    using names = new PlainNames();
    name = names.of(folder);
    expect(name).toMatch(/^\/[\w./-]{1,100}$/);
    writeFileSync(join(name, 'file'), 'x');
    expect(realpathSync(name)).toBe(realpathSync(folder));
    expect(statSync(dirname(name)).mode & 0o077).toBe(0);
  }
  expect(existsSync(dirname(name))).toBe(false);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('x');
});
