import {execFileSync} from 'node:child_process';
import {mkdirSync, readlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {
  buildrootSource,
  SOURCE_LINK,
  SOURCE_TAR,
  type BuildrootSourceOptions,
} from '../../src/stages/buildroot/buildroot-source.ts';
import {fetchFiles} from '../../src/system/fetch.ts';
import {hashFile} from '../../src/system/hash-file.ts';
import {openKeptFolder} from '../../src/system/kept-folder.ts';
import {run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

/** A folder that stands for Buildroot. */
function folder(): string {
  const path = join(temporary(), 'buildroot-1');
  mkdirSync(path);
  writeFileSync(join(path, 'Makefile'), 'BR2_VERSION := 1\n');
  return path;
}

async function built(options: BuildrootSourceOptions): Promise<string> {
  const out = temporary();
  const downloads = temporary();
  await buildrootSource.build({
    options,
    inputs: {},
    digest: (input) => Promise.reject(new Error(`no ${input}`)),
    out,
    run,
    fetch: (pins) => fetchFiles(pins, {folder: downloads, run, mirrors: {}}),
    roots: [],
    epoch: 0,
    progress: () => undefined,
    note: () => undefined,
    keep: (name) => openKeptFolder(downloads, name),
    debianSources: {find: () => Promise.resolve(new Map()), versions: () => Promise.resolve(new Map())},
    compilerCache: undefined,
    userFile: (sha256) => sha256,
  });
  return out;
}

const names = (tar: string): string[] =>
  execFileSync('tar', ['--list', `--file=${tar}`], {encoding: 'utf8'})
    .split('\n')
    .map((name) => name.replace(/^\.\//, ''));

test('a commit is fetched, and only that', async () => {
  const path = folder();
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', path, '-c', 'user.name=x', '-c', 'user.email=x@x', ...args], {
      encoding: 'utf8',
    });
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message=one');
  const commit = git('rev-parse', 'HEAD').trim();
  const out = await built({kind: 'git', url: `file://${path}`, commit});
  expect(names(join(out, SOURCE_TAR))).toContain('Makefile');
  await expect(built({kind: 'git', url: `file://${path}`, commit: 'a'.repeat(40)})).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    message: expect.stringContaining('cannot fetch Buildroot') as string,
  });
});

test('a tarball is checked by its sha256; its one folder goes', async () => {
  const path = folder();
  const tarball = join(temporary(), 'buildroot.tar.xz');
  execFileSync('tar', ['--create', '--xz', `--file=${tarball}`, '-C', join(path, '..'), 'buildroot-1']);
  const sha256 = await hashFile(tarball);
  const out = await built({kind: 'tarball', url: `file://${tarball}`, sha256});
  expect(names(join(out, SOURCE_TAR))).toContain('Makefile');
  await expect(
    built({kind: 'tarball', url: `file://${tarball}`, sha256: 'b'.repeat(64)}),
  ).rejects.toMatchObject({code: 'COMMAND_FAILED', hint: expect.stringContaining('--buildroot') as string});
});

test('a folder is pointed to, not copied', async () => {
  const path = folder();
  const out = await built({kind: 'folder', path, digest: 'd'});
  expect(readlinkSync(join(out, SOURCE_LINK))).toBe(path);
});
