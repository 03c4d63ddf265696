import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {boot, type Machine} from '../../src/index.ts';
import {builtDisk} from '../support/built-image.ts';
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
  ['openssh-server', 'ssh-keyscan -p 2222 127.0.0.1 2>/dev/null', /ssh-ed25519/],
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
    services: {
      web: {unit: 'nginx.service'},
      sshd: {
        run: 'sh -c "ssh-keygen -A && exec /usr/sbin/sshd -D -p 2222 -o UsePAM=no"',
        confined: false,
      },
    },
  };
  writeFileSync(join(project, 'images/many.yaml'), JSON.stringify(definition));
  machine = await boot(builtDisk(project, 'many'), {memoryMib: 256, timeoutMs: TIMEOUT_MS, user: 'leanos'});
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

test('accounts, owners, certificates and alternatives are as on Debian', async () => {
  const {stdout} = await machine.exec(
    'id -u www-data; stat -c "%U %G %a" /var/log/nginx/access.log; grep -c BEGIN /etc/ssl/certs/ca-certificates.crt; ls /etc/ssl/certs | grep -c "[.]0$"; basename $(readlink -f $(which vi))',
    {root: true},
  );
  const [user, owner, certificates, links, vi] = stdout.split('\n');
  expect([user, owner, vi]).toEqual(['33', 'www-data adm 640', 'vim.tiny']);
  expect(Number(certificates)).toBeGreaterThan(100);
  expect(Number(links)).toBeGreaterThan(100);
});
