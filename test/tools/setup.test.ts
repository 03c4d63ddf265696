import {execFileSync} from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {CHECKOUT} from '../support/built-image.ts';
import {Clone} from '../support/clone.ts';
import {temporary} from '../support/temporary.ts';

const PACKAGE = 'node_modules/ssh2/lib/client.js';
const DEV_PACKAGE = 'node_modules/prettier/index.mjs';
let clone: Clone;
let programs: string;

beforeAll(async () => {
  clone = new Clone();
  giveOwnPackages();
  programs = temporary();
  // npm as far as it matters here: what it installs is what was pinned.
  const own = ['ssh2', 'prettier'].map((name) => `cp -a ${CHECKOUT}/node_modules/${name} node_modules/`);
  writeFileSync(join(programs, 'npm'), ['#!/bin/sh', 'set -e', ...own].join('\n'), {mode: 0o755});
  await said();
  expect(await said()).toBe('');
});

/** Packages of the clone's own: those that a test damages are copies, the others are lent. */
function giveOwnPackages(): void {
  rmSync(join(clone.folder, 'node_modules'));
  mkdirSync(join(clone.folder, 'node_modules'));
  const lent = join(CHECKOUT, 'node_modules');
  for (const name of readdirSync(lent)) {
    const [from, to] = [join(lent, name), join(clone.folder, 'node_modules', name)];
    if (['ssh2', 'prettier', '.package-lock.json'].includes(name)) cpSync(from, to, {recursive: true});
    else if (!name.startsWith('.leanos')) symlinkSync(from, to);
  }
}

/** What the launcher says before it does what was asked. */
async function said(): Promise<string> {
  const {status, stdout, stderr} = await clone.run(['--version'], {
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  return stderr;
}

/** Changes a byte of a file so that neither its size nor its time tells. */
function damage(name: string): void {
  const path = join(clone.folder, name);
  const {atime, mtime} = statSync(path);
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

test('a source that changed within its second, and its size kept, is compiled; changed back it is again', async () => {
  const path = join(clone.folder, 'src/core/count.ts');
  const text = readFileSync(path, 'utf8');
  const {atime, mtime} = statSync(path);
  for (const content of [text.replace('/**', '/* '), text]) {
    writeFileSync(path, content);
    utimesSync(path, atime, mtime);
    expect(await said()).toBe('leanos: compiling (once)\n');
    expect(await said()).toBe('');
  }
});

test.each([
  ['is damaged', () => damage('dist/cli/main.js')],
  ['is empty', () => writeFileSync(join(clone.folder, 'dist/cli/main.js'), '')],
  ['is gone', () => rmSync(join(clone.folder, 'dist/cli/main.js'))],
  ['has no seal that can be read', () => appendFileSync(join(clone.folder, 'dist/.seal'), 'x')],
])('what was compiled and %s is compiled again', async (_, change) => {
  change();
  expect(await said()).toBe('leanos: compiling (once)\n');
  expect(await said()).toBe('');
});

test('what only looks new is looked at, and is right', async () => {
  for (const name of ['src/core/count.ts', 'dist/cli/main.js', PACKAGE]) {
    const now = new Date();
    utimesSync(join(clone.folder, name), now, now);
  }
  expect(await said()).toBe('');
});

test('a package that leanos runs with and that is damaged is installed again', async () => {
  damage(PACKAGE);
  expect(await said()).toContain(
    'leanos: installing the pinned npm packages and those of the tests (once)\n',
  );
  expect(readFileSync(join(clone.folder, PACKAGE))).toEqual(readFileSync(join(CHECKOUT, PACKAGE)));
  expect(await said()).toBe('');
});

test('a package of the tests that is damaged is installed again when tests are run', async () => {
  damage(DEV_PACKAGE);
  expect(await said()).toBe('');
  execFileSync(
    process.execPath,
    ['--input-type=module', '-e', 'await (await import("./scripts/setup.mjs")).ensureReady({dev: true})'],
    {
      cwd: clone.folder,
      stdio: 'ignore',
      env: {...process.env, PATH: `${programs}:${process.env['PATH'] ?? ''}`},
    },
  );
  expect(readFileSync(join(clone.folder, DEV_PACKAGE))).toEqual(readFileSync(join(CHECKOUT, DEV_PACKAGE)));
});
