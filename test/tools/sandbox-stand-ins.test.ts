import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {STAND_INS} from '../../src/stages/userland/sandbox/stand-ins.ts';
import {temporary} from '../support/temporary.ts';

const SYSUSERS = `# as packages have it
g crontab -
u _chrony - "Chrony daemon" /var/lib/chrony
m _chrony adm
m _chrony crew
u! fixed 555
u other -:adm "Other" - /bin/sh
`;

test('packages that ask systemd-sysusers for accounts in a sandbox get them, once', () => {
  const root = temporary();
  for (const folder of ['etc', 'usr/lib/sysusers.d']) mkdirSync(join(root, folder), {recursive: true});
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nadm:x:4:root\ncrew:x:998:\n');
  writeFileSync(join(root, 'usr/lib/sysusers.d/web.conf'), SYSUSERS);
  const words = [
    '-euc',
    STAND_INS['usr/bin/systemd-sysusers'] ?? '',
    'sysusers',
    `--root=${root}`,
    'web.conf',
  ];
  for (let time = 0; time < 2; time += 1)
    execFileSync('sh', words, {env: {PATH: process.env['PATH'], DPKG_ROOT: root}});
  expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toBe(
    [
      'root:x:0:0::/root:/bin/sh',
      '_chrony:x:996:997:Chrony daemon:/var/lib/chrony:/usr/sbin/nologin',
      'fixed:x:555:555::/:/usr/sbin/nologin',
      'other:x:995:4:Other:/:/bin/sh\n',
    ].join('\n'),
  );
  expect(readFileSync(join(root, 'etc/group'), 'utf8')).toBe(
    'root:x:0:\nadm:x:4:root,_chrony\ncrew:x:998:_chrony\ncrontab:x:999:\n_chrony:x:997:\nfixed:x:555:\n',
  );
});
