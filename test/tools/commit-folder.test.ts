import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {commitFolder} from '../../src/build/release-source.ts';
import {run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

function repository(): {checkout: string; sources: string; run: typeof run; commit: string} {
  const [checkout, sources] = [join(temporary(), 'a b'), join(temporary(), 'sources')];
  mkdirSync(join(checkout, 'images'), {recursive: true});
  writeFileSync(join(checkout, 'images/test.yaml'), 'one\n');
  writeFileSync(join(checkout, 'leanos'), '#!/bin/sh\n', {mode: 0o755});
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', checkout, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], {
      encoding: 'utf8',
    });
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'x');
  return {checkout, sources, run, commit: git('rev-parse', 'HEAD').trim()};
}

test('the files of a commit are taken from the cache as long as they are those of the commit', async () => {
  const {commit, ...where} = repository();
  const folder = (await commitFolder(commit, where)) ?? '';
  const file = join(folder, 'images/test.yaml');
  expect(readFileSync(file, 'utf8')).toBe('one\n');
  const damages: (() => void)[] = [
    () => writeFileSync(file, ''),
    () => writeFileSync(file, 'two\n'),
    () => rmSync(file),
    () => writeFileSync(join(folder, 'images/more.yaml'), ''),
  ];
  for (const damage of damages) {
    damage();
    expect(await commitFolder(commit, where)).toBe(folder);
    expect(readFileSync(file, 'utf8')).toBe('one\n');
    expect(readdirSync(folder, {recursive: true}).sort()).toEqual(['images', 'images/test.yaml', 'leanos']);
  }
  expect(readdirSync(where.sources)).toEqual([commit]);
  expect(await commitFolder('0'.repeat(40), where)).toBeUndefined();
});

test('a project below the top of a repository has its own files, whatever lies beside it', async () => {
  const {checkout, ...where} = repository();
  mkdirSync(join(checkout, 'images/web'));
  writeFileSync(join(checkout, 'images/web/file'), 'of web\n');
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', checkout, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], {
      encoding: 'utf8',
    });
  git('add', '--all');
  git('commit', '--quiet', '--message', 'y');
  const commit = git('rev-parse', 'HEAD').trim();
  const filesOf = async (place: string) => {
    const folder = await commitFolder(commit, {...where, checkout: join(checkout, place)});
    return readdirSync(folder ?? '', {recursive: true}).sort();
  };
  for (let times = 0; times < 2; times += 1) {
    expect(await filesOf('images/web')).toEqual(['file']);
    expect(await filesOf('images')).toEqual(['test.yaml', 'web', 'web/file']);
    expect(await filesOf('')).toEqual([
      'images',
      'images/test.yaml',
      'images/web',
      'images/web/file',
      'leanos',
    ]);
  }
});
