import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {validateAction, validateWorkflow} from '@action-validator/core';
import {load} from 'js-yaml';
import {describe, expect, test} from 'vitest';
import {temporary} from './support/temporary.ts';

const CHECKOUT = join(import.meta.dirname, '..');
const ACTION = readFileSync(join(CHECKOUT, 'action.yml'), 'utf8');

interface Step {
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const {inputs, runs} = load(ACTION) as {inputs: Record<string, unknown>; runs: {steps: readonly Step[]}};

/** A job: the action beside a leanos that writes down how it is called and answers with `answer`. */
function job(answer = '', status = 0) {
  const root = temporary();
  const action = join(root, 'action');
  mkdirSync(action);
  execFileSync('cp', ['-r', join(CHECKOUT, 'scripts'), action]);
  writeFileSync(
    join(action, 'leanos'),
    `#!/bin/sh\nprintf '%s\\n' "$*" >>"${root}/called"\ncat <<'END'\n${answer}\nEND\nexit ${status}\n`,
    {mode: 0o755},
  );
  const env = {GITHUB_ACTION_PATH: action, RUNNER_TEMP: root, GITHUB_OUTPUT: join(root, 'output')};
  const run = (name: string, more: Readonly<Record<string, string>> = {}): number => {
    try {
      execFileSync('bash', [join(action, 'scripts/action', name)], {
        env: {...process.env, ...env, ...more},
        stdio: 'ignore',
      });
      return 0;
    } catch (error) {
      return (error as {status: number}).status;
    }
  };
  return {root, run, read: (name: string) => readFileSync(join(root, name), 'utf8')};
}

test('the scheduled runs are as GitHub’s schema wants them, and start what is there', () => {
  const text = readFileSync(join(CHECKOUT, '.github/workflows/scheduled.yml'), 'utf8');
  expect(validateWorkflow(text)).toEqual({actionType: 'workflow', errors: []});
  const {scripts} = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as {scripts: object};
  const named = [...text.matchAll(/npm (?:run )?(test[\w:]*)/g)].map(([, name = '']) => name);
  expect([...new Set(named)].sort()).toEqual(['test', 'test:buildroot', 'test:host']);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  for (const [path] of text.matchAll(/test\/[\w/-]+\.test\.ts/g))
    expect(statSync(join(CHECKOUT, path)).isFile()).toBe(true);
});

describe('action.yml', () => {
  test('is as GitHub’s schema wants it', () => {
    expect(validateAction(ACTION)).toEqual({actionType: 'action', errors: []});
    expect(validateAction(ACTION.replace('shell: bash', 'shel: bash')).errors).not.toEqual([]);
  });

  test('each step runs a script that is there, and every input reaches one', () => {
    for (const {run} of runs.steps.filter((step) => step.run !== undefined)) {
      const script = /^"\$GITHUB_ACTION_PATH\/(scripts\/action\/[\w-]+\.sh)"$/.exec(run ?? '')?.[1] ?? '';
      expect(statSync(join(CHECKOUT, script)).mode & 0o111, run).not.toBe(0);
    }
    const unused = Object.keys(inputs).filter((name) => !ACTION.includes(`inputs.${name} `));
    expect(unused).toEqual([]);
  });
});

describe('the steps of the action', () => {
  test('building says where the disk is', () => {
    const artifacts = [
      {kind: 'disk', path: 'out/a-disk.qcow2'},
      {kind: 'disk', path: 'out/a-disk.raw'},
    ];
    const {run, read} = job(JSON.stringify({version: '1.0.0', directory: 'out/a', artifacts}));
    expect(run('build.sh', {INPUT_IMAGE: 'web', INPUT_FORMAT: 'qcow2,raw'})).toBe(0);
    expect(read('called')).toBe('build --image web --format qcow2,raw --json\n');
    expect(read('output')).toBe('version=1.0.0\ndirectory=out/a\ndisk=out/a-disk.qcow2\n');
  });

  test('a build that fails ends the step', () => {
    expect(job('', 2).run('build.sh')).toBe(2);
  });

  test('testing keeps its result although the cache is cleaned after it', () => {
    const {root, run, read} = job('', 1);
    expect(run('test.sh', {INPUT_ARCH: 'aarch64'})).toBe(1);
    expect(read('called')).toBe(
      `test --arch aarch64 --junit ${root}/leanos/results.xml\nclean --days 7 --size 1GiB\n`,
    );
  });

  test('a runner without KVM says that it is slow', () => {
    const script = join(CHECKOUT, 'scripts/action/open-kvm.sh');
    const open = (device: string): string =>
      execFileSync('bash', [script], {env: {...process.env, KVM_DEVICE: device}, encoding: 'utf8'});
    expect(open('/nowhere/kvm')).toMatch(/^::notice title=leanos::this runner has no \/nowhere\/kvm/);
    expect(open('/dev/null')).toBe('');
  });
});
