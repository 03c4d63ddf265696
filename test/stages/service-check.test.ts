import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {directory, file, symlink, type Entry} from '../../src/formats/file-tree.ts';
import {formatServiceRow, type RowVariables} from '../../src/formats/service-row.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import {busyboxLinks} from '../../src/stages/rootfs/busybox-links.ts';
import {serviceCheck} from '../../src/stages/rootfs/service-check.ts';
import {runFolder} from '../support/temporary.ts';

const BUSYBOX = file('[\0[[\0httpd\0kill\0sh\0wget\0\0', 0o755);
const program = file('\x7fELF', 0o755);
/** A /usr as the rootfs stage leaves it, on any base. */
const USR: Readonly<Record<string, Entry>> = {
  'usr/bin/busybox': BUSYBOX,
  ...Object.fromEntries(busyboxLinks(new Map([['usr/bin/busybox', BUSYBOX]]))),
  'usr/sbin': symlink('bin'),
  'usr/bin/nginx': program,
  'usr/bin/vim.tiny': program,
  'usr/bin/vi': symlink('/usr/bin/vim.tiny'),
  'usr/bin/gone': symlink('/usr/lib/gone/bin/gone'),
  'usr/bin/plain': file('x', 0o644),
  'usr/lib/web': directory(),
  'usr/lib/web/start': file('#!/bin/sh\nexit\n', 0o755),
  'usr/lib/web/snake': file('#!/usr/bin/env python3\n', 0o755),
  'usr/lib/leanos/factory/opt/app/bin/app': program,
  'usr/etc/default/web': file('A=1\n'),
  'usr/etc/passwd': file('root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/:/bin/false\n'),
  'usr/etc/group': file('root:x:0:\n'),
  'usr/etc/leanos-init/services/web.files/etc/default/made': file('B=1\n'),
};

/** What is said of a service with this row. */
async function said(row: RowVariables, keys: readonly string[] = ['run']): Promise<string> {
  const folder = runFolder();
  const tree = new Map(Object.entries(USR));
  tree.set('usr/etc/leanos-init/services/web', file(formatServiceRow(["It's a row"], row)));
  writeFileSync(join(folder, 'usr.tar'), await encodeTar(tree, 0));
  const context = {options: {services: [{name: 'web', said: keys}]}, inputs: {rootfs: folder}, out: folder};
  return serviceCheck
    .build(context as unknown as Parameters<typeof serviceCheck.build>[0])
    .then(() => 'well')
    .catch((error: unknown) => (error as Error).message);
}

test.each<RowVariables>([
  {COMMAND: "'/usr/bin/nginx' '-g' 'daemon off;'", RUN_AS: 'www-data'},
  {COMMAND: '/usr/sbin/nginx'},
  {COMMAND: '/sbin/nginx'},
  {COMMAND: "'/usr/bin/httpd' '-f'", HEALTH: 'wget -q -O /dev/null http://127.0.0.1/'},
  {COMMAND: '/usr/bin/vi'},
  {COMMAND: '/usr/lib/web/start'},
  {COMMAND: '/opt/app/bin/app'},
  {COMMAND: '/srv/comes/later'},
  {COMMAND: "sh -c 'PATH=/opt/app/bin; app'"},
  {COMMAND: 'sh /usr/lib/web/start now'},
  {
    COMMAND: '/usr/bin/nginx',
    ENVIRONMENT_FILES: '/etc/default/web -/etc/default/other /etc/default/made /run/later',
  },
  {COMMAND: '/usr/bin/nginx', RELOAD: "'/bin/kill -HUP $MAINPID || exit; '", BEFORE: "'+/nowhere || :; '"},
])('%j is well', async (row) => {
  expect(await said(row)).toBe('well');
});

test.each<[RowVariables, readonly string[], string]>([
  [{COMMAND: '/usr/bin/redis-server'}, ['run'], 'run: there is no /usr/bin/redis-server in the image'],
  [{COMMAND: '/usr/bin/gone'}, ['run'], 'run: there is no /usr/bin/gone in the image'],
  [{COMMAND: '/etc/cron.daily/web'}, ['run'], 'run: there is no /etc/cron.daily/web in the image'],
  [
    {COMMAND: '/usr/bin/plain'},
    ['run'],
    'run: /usr/bin/plain is in the image, but nobody may run it: its mode is 0644',
  ],
  [
    {COMMAND: '/usr/lib/web/snake'},
    ['run'],
    'run: /usr/lib/web/snake is run by /usr/bin/python3, which is not in the image',
  ],
  [
    {COMMAND: "sh -c 'cd /; exec redis-server'"},
    ['run'],
    'run: there is no /usr/bin/redis-server in the image',
  ],
  [{COMMAND: 'sh /usr/lib/web/stop'}, ['run'], 'run: there is no /usr/lib/web/stop in the image'],
  [
    {COMMAND: '/usr/bin/nginx', HEALTH: 'curl -f http://x'},
    ['run', 'health'],
    'health: there is no /usr/bin/curl in the image',
  ],
  [
    {COMMAND: '/usr/bin/nginx', BEFORE: "'+/usr/bin/install -d /run/x || exit; '"},
    ['unit'],
    'unit: there is no /usr/bin/install in the image',
  ],
  [
    {COMMAND: '/usr/bin/nginx', ENVIRONMENT_FILES: '/etc/default/nginx'},
    ['unit'],
    'unit: there is no /etc/default/nginx in the image',
  ],
  [
    {COMMAND: '/usr/bin/nginx', RUN_AS: 'wwww'},
    ['run', 'user'],
    'user: there is no account wwww in the image',
  ],
  [
    {COMMAND: '/usr/bin/nginx', RUN_GROUP: 'ssl-cert'},
    ['unit'],
    'unit: there is no group ssl-cert in the image',
  ],
])('%j is refused', async (row, keys, message) => {
  expect(await said(row, keys)).toBe(`services.web.${message}`);
});
