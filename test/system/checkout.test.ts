import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {checkoutTime} from '../../src/system/checkout.ts';
import {run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

/** A repository with one commit of `platform/images/test.yaml`, and a folder that git passes over. */
function repository(): {folder: string; commit: string} {
  const folder = temporary();
  for (const place of ['platform/images', 'node_modules/leanos/images']) {
    mkdirSync(join(folder, place), {recursive: true});
    writeFileSync(join(folder, place, 'test.yaml'), '');
  }
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], {
      encoding: 'utf8',
      env: {...process.env, GIT_COMMITTER_DATE: '1700000000 +0000'},
    });
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'x');
  return {folder, commit: git('rev-parse', 'HEAD').trim()};
}

const timeOf = async (folder: string) => checkoutTime(folder, {run, sourceDateEpoch: undefined});

test.each(['', 'platform', 'platform/images'])(
  'a project at “%s” of a repository has its commit',
  async (place) => {
    const {folder, commit} = repository();
    expect(await timeOf(join(folder, place))).toMatchObject({commit, epoch: 1_700_000_000});
  },
);

test('a folder that only lies inside a repository has no commit', async () => {
  const {folder} = repository();
  expect(await timeOf(join(folder, 'node_modules/leanos'))).toMatchObject({commit: undefined});
});
