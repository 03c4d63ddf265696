import {readFileSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {sha256} from '../../src/core/canonical.ts';
import {deliver, type ReleaseFolders} from '../../src/build/deliver.ts';
import type {ListedFile} from '../../src/stages/release/release-files.ts';
import {temporary} from '../support/temporary.ts';

/** A release in a store: a disk that another step has made, and a text of its own. */
function stored(text = 'right'): ReleaseFolders & {readonly disk: string} {
  const [release, made] = [temporary(), temporary()];
  const disk = join(made, 'disk.raw');
  writeFileSync(disk, text);
  writeFileSync(join(release, 'manifest'), 'of it');
  const files: ListedFile[] = [
    {
      ...{kind: 'disk', format: 'raw', path: 'disk', bytes: 5, sha256: sha256('right')},
      from: {input: 'made', file: 'disk.raw'},
    },
    {kind: 'manifest', format: 'json', path: 'manifest', bytes: 5, sha256: sha256('of it')},
  ];
  writeFileSync(join(release, 'artifacts.json'), JSON.stringify(files));
  return {release, ofInput: (input) => (input === 'made' ? made : `no ${input}`), disk};
}

test('files come from the artifacts that have them, and what is said of them names no step', async () => {
  const out = temporary();
  expect(await deliver(stored(), out)).toEqual([
    {kind: 'disk', format: 'raw', path: join(out, 'disk'), bytes: 5, sha256: sha256('right')},
    {kind: 'manifest', format: 'json', path: join(out, 'manifest'), bytes: 5, sha256: sha256('of it')},
  ]);
  expect(readFileSync(join(out, 'disk'), 'utf8')).toBe('right');
  expect(readFileSync(join(out, 'manifest'), 'utf8')).toBe('of it');
});

test('a delivered file that was changed is not taken for what was built, whatever its size and time', async () => {
  const [from, out] = [stored(), temporary()];
  await deliver(from, out);
  const {atime, mtime} = statSync(join(out, 'disk'));
  writeFileSync(join(out, 'disk'), 'wrong');
  utimesSync(join(out, 'disk'), atime, mtime);
  await deliver(from, out);
  expect(readFileSync(join(out, 'disk'), 'utf8')).toBe('right');
});

test('what is there already is left as it is', async () => {
  const [from, out] = [stored(), temporary()];
  writeFileSync(join(out, 'disk'), 'right');
  const {ino} = statSync(join(out, 'disk'));
  await deliver(from, out);
  expect(statSync(join(out, 'disk')).ino).toBe(ino);
});

test('writing to what was delivered does not write to the store', async () => {
  const [from, out] = [stored(), temporary()];
  await deliver(from, out);
  writeFileSync(join(out, 'disk'), 'wrong', {flag: 'r+'});
  expect(readFileSync(from.disk, 'utf8')).toBe('right');
});

test('what is not what was built is not delivered', async () => {
  const [from, out] = [stored('wrong'), temporary()];
  await expect(deliver(from, out)).rejects.toThrow(/disk\.raw: is not what was built/);
});
