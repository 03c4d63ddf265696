import {mkdirSync, readFileSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {sha256} from '../../src/core/canonical.ts';
import {deliver} from '../../src/build/deliver.ts';
import {temporary} from '../support/temporary.ts';

function release(text = 'right'): string {
  const folder = join(temporary(), 'release');
  mkdirSync(folder);
  writeFileSync(join(folder, 'disk'), text);
  const artifact = {kind: 'disk', format: 'raw', path: 'disk', bytes: 5, sha256: sha256('right')};
  writeFileSync(join(folder, 'artifacts.json'), JSON.stringify([artifact]));
  return folder;
}

test('a delivered file that was changed is not taken for what was built, whatever its size and time', async () => {
  const [from, out] = [release(), temporary()];
  await deliver(from, out);
  const {atime, mtime} = statSync(join(out, 'disk'));
  writeFileSync(join(out, 'disk'), 'wrong');
  utimesSync(join(out, 'disk'), atime, mtime);
  await deliver(from, out);
  expect(readFileSync(join(out, 'disk'), 'utf8')).toBe('right');
});

test('what is there already is left as it is', async () => {
  const [from, out] = [release(), temporary()];
  writeFileSync(join(out, 'disk'), 'right');
  const {ino} = statSync(join(out, 'disk'));
  await deliver(from, out);
  expect(statSync(join(out, 'disk')).ino).toBe(ino);
});

test('writing to what was delivered does not write to the store', async () => {
  const [from, out] = [release(), temporary()];
  await deliver(from, out);
  writeFileSync(join(out, 'disk'), 'wrong', {flag: 'r+'});
  expect(readFileSync(join(from, 'disk'), 'utf8')).toBe('right');
});

test('what is not what was built is not delivered', async () => {
  const [from, out] = [release('wrong'), temporary()];
  await expect(deliver(from, out)).rejects.toThrow(/disk: is not what was built/);
});
