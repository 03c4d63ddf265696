import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {openKeptFolder} from '../../src/system/kept-folder.ts';
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

test('what a killed process had is taken over', async () => {
  const root = temporary();
  writeFileSync(join(root, 'x.lock'), '999999999');
  await using folder = await openKeptFolder(root, 'x');
  expect(existsSync(folder.path)).toBe(true);
});

test('who waits can be interrupted', async () => {
  const root = temporary();
  await using _held = await openKeptFolder(root, 'x');
  const stop = new AbortController();
  await expect(
    openKeptFolder(root, 'x', {signal: stop.signal, onWait: () => stop.abort()}),
  ).rejects.toMatchObject({code: 'INTERRUPTED'});
});
