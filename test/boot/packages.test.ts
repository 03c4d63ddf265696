import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {boot, type Machine} from '../../src/index.ts';
import {LEANOS} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

const TIMEOUT_MS = 600_000;
const ANSWERS_MS = 120_000;
const project = temporary();

/** Packages that people put into lean images, what is asked of each as root, and what it says when it does its work. */
const ROWS: readonly (readonly [name: string, ask: string, answer: RegExp])[] = [
  ['nginx-light', 'wget -q -O - http://127.0.0.1/', /Welcome to nginx/],
  ['curl', 'curl -sS http://127.0.0.1/', /Welcome to nginx/],
  [
    'git',
    'cd /tmp && rm -rf g && git init -q g && cd g && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first && git log --format=%s',
    /^first$/m,
  ],
  ['tcpdump', '(ping -c 5 127.0.0.1 >/dev/null &); tcpdump -n -i lo -c 1 icmp', /ICMP echo/],
  ['vim-tiny', `rm -f /tmp/v; vi -es -u NONE -c 'normal ihi' -c 'wq! /tmp/v'; cat /tmp/v`, /^hi$/m],
  [
    'python3-minimal',
    `python3 -c 'import ssl; print(len(ssl.create_default_context().get_ca_certs()) > 100)'`,
    /True/,
  ],
  ['jq', `echo '{"a": [1]}' | jq -c .a`, /^\[1\]$/m],
];

let machine: Machine;
beforeAll(async () => {
  mkdirSync(join(project, 'images'));
  const packages = [...ROWS.map(([name]) => name), 'ca-certificates'];
  const definition = {
    extends: 'leanos/test',
    disk: {usr: '256MiB', state: '256MiB'},
    packages,
    services: {web: {unit: 'nginx.service'}},
  };
  writeFileSync(join(project, 'images/many.yaml'), JSON.stringify(definition));
  const text = execFileSync(LEANOS, ['build', '--json', '--image', 'many'], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const {artifacts} = JSON.parse(text) as {artifacts: readonly {kind: string; path: string}[]};
  const disk = join(project, artifacts.find(({kind}) => kind === 'disk')?.path ?? '');
  machine = await boot(disk, {memoryMib: 256, timeoutMs: TIMEOUT_MS, user: 'leanos'});
}, 2 * TIMEOUT_MS);
afterAll(() => machine[Symbol.asyncDispose]());

test.each(ROWS)('%s does its work', async (_, ask, answer) => {
  const untilMs = performance.now() + ANSWERS_MS;
  let said = '';
  do {
    const {stdout, stderr} = await machine.exec(ask, {root: true});
    said = `${stdout}${stderr}`;
  } while (!answer.test(said) && performance.now() < untilMs);
  expect(said).toMatch(answer);
});
