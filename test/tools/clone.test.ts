import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {CHECKOUT} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

test('a clone for a test has what is not committed yet, and the moment of the last commit', () => {
  const checkout = join(temporary(), 'a b');
  mkdirSync(join(checkout, 'scripts'), {recursive: true});
  const script = join(checkout, 'scripts/clone-checkout.sh');
  writeFileSync(script, readFileSync(join(CHECKOUT, 'scripts/clone-checkout.sh')), {mode: 0o755});
  const git = (folder: string, ...words: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], {
      encoding: 'utf8',
      env: {...process.env, GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z'},
    });
  const write = (name: string, text: string): void => writeFileSync(join(checkout, name), text);
  for (const name of ['changed', 'gone', 'same']) write(name, 'one\n');
  write('.gitignore', 'ignored\n');
  git(checkout, 'init', '--quiet');
  git(checkout, 'add', '--all');
  git(checkout, 'commit', '--quiet', '--message', 'x');

  const cloned = (): string => {
    const folder = join(temporary(), 'clone');
    execFileSync(script, [folder]);
    return folder;
  };
  const head = git(checkout, 'rev-parse', 'HEAD');
  expect(git(cloned(), 'rev-parse', 'HEAD')).toBe(head);

  write('changed', 'two\n');
  write('new', 'three\n');
  write('ignored', 'four\n');
  symlinkSync('new', join(checkout, 'link'));
  git(checkout, 'rm', '--quiet', 'gone');
  const status = git(checkout, 'status', '--porcelain');
  const folder = cloned();
  expect(['changed', 'new', 'link', 'same'].map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual([
    'two\n',
    'three\n',
    'three\n',
    'one\n',
  ]);
  expect(['gone', 'ignored'].filter((name) => existsSync(join(folder, name)))).toEqual([]);
  expect(git(folder, 'status', '--porcelain')).toBe('');
  expect(git(folder, 'log', '--format=%ct %s')).toBe('1767323045 not committed yet\n1767323045 x\n');
  expect([git(checkout, 'status', '--porcelain'), git(checkout, 'rev-parse', 'HEAD')]).toEqual([
    status,
    head,
  ]);
});
