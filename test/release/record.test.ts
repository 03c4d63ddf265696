import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {isRecorded, loadRecord, writeRecord, type ReleaseRecord} from '../../src/release/record.ts';
import {temporary} from '../support/temporary.ts';

const VERSION = '4891.0.0';
const RECORD: ReleaseRecord = {
  version: VERSION,
  commit: 'c'.repeat(40),
  epoch: 1_700_000_000,
  images: {
    'test-x86_64': {
      digests: {usr: 'a'.repeat(64)},
      tests: {usr: 'a'.repeat(64), passed: 1, failed: 0, accelerator: 'tcg', at: '2026-11-21T12:00:00Z'},
    },
  },
};

function checkoutWith(text: string): string {
  const checkout = temporary();
  mkdirSync(join(checkout, 'releases', VERSION), {recursive: true});
  writeFileSync(join(checkout, 'releases', VERSION, 'release.json'), text);
  return checkout;
}

test('a record is read as it was written', async () => {
  const checkout = temporary();
  await writeRecord(checkout, RECORD);
  expect(await loadRecord(checkout, VERSION)).toEqual(RECORD);
  expect(await loadRecord(checkout, '4892.0.0')).toBeUndefined();
});

test('of a kind that an image has several files of, a record has none', () => {
  expect(['kernel', 'usr', 'payload', 'hypervisor', 'description', 'disk'].filter(isRecorded)).toEqual([
    'kernel',
    'usr',
    'payload',
    'hypervisor',
  ]);
});

const built = RECORD.images['test-x86_64'];
test.each<[string, object, RegExp]>([
  ['a commit that leads out of the cache', {commit: '../evil'}, /commit: found "\.\.\/evil"; a whole commit/],
  ['a commit that is an option', {commit: '--upload-pack=touch x'}, /commit: .*a whole commit/],
  ['half a commit', {commit: 'c'.repeat(39)}, /commit: .*a whole commit/],
  ['a branch', {commit: 'main'}, /commit: .*a whole commit/],
  ['another version', {version: '4892.0.0'}, /version: found "4892\.0\.0"; this is the record of 4891\.0\.0/],
  ['a version that is a path', {version: '../1.0.0'}, /version: .*the version of a release/],
  ['an image that is a path', {images: {'../x-x86_64': built}}, /IMAGE-ARCH is needed/],
  ['an image without architecture', {images: {test: built}}, /IMAGE-ARCH is needed/],
  ['a digest that is none', {images: {'test-x86_64': {digests: {usr: '../x'}}}}, /a sha256 is needed/],
  ['a fraction of a second', {epoch: 1.5}, /epoch: /],
])('a record with %s is refused, and where is said', async (_, more, reason) => {
  const checkout = checkoutWith(JSON.stringify({...RECORD, ...more}));
  await expect(loadRecord(checkout, VERSION)).rejects.toThrow(reason);
  await expect(loadRecord(checkout, VERSION)).rejects.toThrow(/releases\/4891\.0\.0\/release\.json:1:/);
});

test('a record that was cut off is said with its place, and one that is no file is not waited for', async () => {
  const cut = JSON.stringify(RECORD).slice(0, 100);
  await expect(loadRecord(checkoutWith(cut), VERSION)).rejects.toThrow(/release\.json:1:\d+: /);
  await expect(loadRecord(checkoutWith(''), VERSION)).rejects.toThrow(/release\.json:1:1: /);
  const checkout = temporary();
  mkdirSync(join(checkout, 'releases', VERSION), {recursive: true});
  execFileSync('mkfifo', [join(checkout, 'releases', VERSION, 'release.json')]);
  await expect(loadRecord(checkout, VERSION)).rejects.toThrow(/is a named pipe, and a file is needed/);
});
