import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {isKeptFolderTaken, openKeptFolder} from '../../src/system/kept-folder.ts';
import {temporary} from '../support/temporary.ts';

test('a folder outlives its owner, who alone has it', async () => {
  const root = temporary();
  const events: string[] = [];
  const first = await openKeptFolder(root, 'x');
  writeFileSync(join(first.path, 'kept'), '');
  const second = openKeptFolder(root, 'x', {onWait: () => events.push('waits')}).then((folder) => {
    events.push('has it');
    return folder;
  });
  await expect.poll(() => events).toEqual(['waits']);
  await first[Symbol.asyncDispose]();
  const {path} = await second;
  expect(events).toEqual(['waits', 'has it']);
  expect(existsSync(join(path, 'kept'))).toBe(true);
});

test.each([
  ['that a full disk left empty', ''],
  ['that names a process which is gone', '999999999'],
  ['that names a process which is another one by now', '1'],
  ['that holds something else', 'xyz'],
])('a lock file %s keeps nobody out', async (_what, left) => {
  const root = temporary();
  writeFileSync(join(root, 'x.lock'), left);
  await using folder = await openKeptFolder(root, 'x', {signal: AbortSignal.timeout(3000)});
  expect(existsSync(folder.path)).toBe(true);
  expect(await isKeptFolderTaken(root, 'x')).toBe(true);
});

test('what a process has is free as soon as it is killed', async () => {
  const root = temporary();
  const lock = join(root, 'x.lock');
  // As takeLock starts it: flock's input is a pipe of its owner's.
  const holder = spawn(
    'sh',
    ['-c', 'sleep 60 | flock --no-fork "$1" sh -c "echo taken; exec cat"', 'sh', lock],
    {detached: true},
  );
  await once(holder.stdout, 'data');
  expect(await isKeptFolderTaken(root, 'x')).toBe(true);
  process.kill(-(holder.pid ?? 0), 'SIGKILL');
  await expect.poll(() => isKeptFolderTaken(root, 'x')).toBe(false);
});

test('who waits can be interrupted', async () => {
  const root = temporary();
  await using _held = await openKeptFolder(root, 'x');
  const stop = new AbortController();
  await expect(
    openKeptFolder(root, 'x', {signal: stop.signal, onWait: () => stop.abort()}),
  ).rejects.toMatchObject({code: 'INTERRUPTED'});
});
