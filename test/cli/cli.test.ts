import {expect, test} from 'vitest';
import {changedPackages} from '../../src/build/pin-newest.ts';
import {planClean} from '../../src/build/clean-cache.ts';
import {installCommand, type HostTool} from '../../src/build/host-tools.ts';
import {installTools} from '../../src/build/install-tools.ts';
import {withArgument} from '../../src/cli/image-options.ts';
import {asUserError, errorJson, renderError} from '../../src/console/render-error.ts';
import {LeanosError, exitStatus} from '../../src/core/error.ts';
import type {Run} from '../../src/system/run.ts';
import {NO_INPUTS} from '../support/no-inputs.ts';

const ABSENT: HostTool = {name: 'no-such-program', package: 'no-such-package', why: 'a test'};

test('a diagnostic stands for itself, another error says who speaks', () => {
  expect(renderError(new LeanosError('CONFIG_INVALID', 'images/a.yaml:1:2: x: wrong'))).toBe(
    'images/a.yaml:1:2: x: wrong',
  );
  expect(renderError(new LeanosError('USAGE', 'no', {hint: 'do'}))).toBe('leanos: no\n  do');
});

test('the image that is an argument wins', () => {
  expect(withArgument('web', {image: 'test'})).toEqual({image: 'web'});
  expect(withArgument(undefined, {image: 'test'})).toEqual({image: 'test'});
});

test('a bug shows its stack and ends with 70', () => {
  const bug = new TypeError('x is not a function');
  expect(renderError(bug)).toMatch(/this is a bug in leanos[^]*TypeError: x is not a function\n\s+at /);
  expect(exitStatus(asUserError(bug))).toBe(70);
});

test.each([
  ['ENOSPC', 'NO_SPACE', 1],
  ['EACCES', 'FILE', 1],
])('what the system refuses with %s is no bug', (code, expected, status) => {
  const refused = Object.assign(new Error(`${code}: refused, open 'x'`), {code, syscall: 'open', path: 'x'});
  const error = asUserError(refused);
  expect(error).toMatchObject({code: expected});
  expect(exitStatus(error)).toBe(status);
});

test('an error as JSON is one value', () => {
  expect(JSON.parse(errorJson(new LeanosError('USAGE', 'no')))).toEqual({
    error: {code: 'USAGE', message: 'no', hint: null},
  });
});

test('who may not install is told the one command, and nothing is run', async () => {
  const commands: string[] = [];
  const run: Run = ([program, ...args]) => {
    commands.push([program, ...args].join(' '));
    return Promise.reject(new LeanosError('COMMAND_FAILED', 'a password is required'));
  };
  await expect(installTools([ABSENT], {run, say: () => undefined, isRoot: false})).rejects.toMatchObject({
    code: 'TOOL_MISSING',
    hint: `${installCommand([ABSENT])}     installs it`,
  });
  expect(commands).toEqual(['sudo -n true']);
});

test('root installs without sudo, and what is still missing is told', async () => {
  const commands: string[] = [];
  const run: Run = (argv) => {
    commands.push(argv.join(' '));
    return Promise.resolve('');
  };
  await expect(installTools([ABSENT], {run, say: () => undefined, isRoot: true})).rejects.toThrow(
    /no-such-program: a test/,
  );
  expect(commands).toEqual([
    'env DEBIAN_FRONTEND=noninteractive apt-get --quiet update',
    'env DEBIAN_FRONTEND=noninteractive apt-get --quiet install --yes --no-install-recommends no-such-package',
  ]);
});

test('clean takes what is old, then the oldest until the rest is small enough', () => {
  const item = (name: string, usedMs: number, bytes = 10) => ({name, usedMs, bytes});
  const items = [item('old', 1), item('mid', 50), item('new', 90), item('big', 80, 100)];
  const names = planClean(items, {sinceMs: 10, keepBytes: 25}).map(({name}) => name);
  expect(names.sort()).toEqual(['big', 'old']);
});

test('a lock’s changes are told package by package', () => {
  const pin = (name: string, version: string) => ({
    name,
    version,
    architecture: 'all',
    source: name,
    url: '',
    bytes: 0,
    sha256: `${name} ${version}`,
  });
  const inputs = (...pins: ReturnType<typeof pin>[]) => ({...NO_INPUTS, userland: pins});
  expect(changedPackages(inputs(pin('a', '1'), pin('b', '1')), inputs(pin('a', '2'), pin('c', '1')))).toEqual(
    ['a 1 -> 2', 'b 1 -> (gone)', 'c (new) -> 1'],
  );
});
