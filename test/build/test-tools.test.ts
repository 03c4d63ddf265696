import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {allTools} from '../../src/build/host-tools.ts';
import {CHECKOUT} from '../support/built-image.ts';

/** What every Debian has, and what Node.js, git and a compiler bring along. */
const THERE = [
  ...[
    'apt-get',
    'bash',
    'chown',
    'cp',
    'dash',
    'dd',
    'dpkg-deb',
    'find',
    'grep',
    'gzip',
    'mkfifo',
    'nsenter',
    'perl',
    'pgrep',
  ],
  ...['python3', 'sh', 'sha256sum', 'tar', 'timeout', 'unshare', 'xz', 'npm', 'objcopy'],
];
/** Other programs of packages that are installed for the one that the list names. */
const BESIDE: Readonly<Record<string, string>> = {
  debugfs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  'lxc-attach': 'lxc',
  'lxc-info': 'lxc',
  'lxc-start': 'lxc',
  mcopy: 'mtools',
  ruby: 'vagrant-libvirt',
  'write-mime-multipart': 'cloud-image-utils',
};
/** A run that fills docs/packages.md has a compiler of Go. */
const ASKED_FOR = ['go'];

test('every program that a test starts is installed for the tests', () => {
  const files = readdirSync(join(CHECKOUT, 'test'), {recursive: true, encoding: 'utf8'}).filter(
    (path) => path.endsWith('.ts') && !path.startsWith('buildroot/'),
  );
  const started = new Set(
    files.flatMap((path) =>
      [
        ...readFileSync(join(CHECKOUT, 'test', path), 'utf8').matchAll(
          /\b(?:execFileSync|spawn|spawnSync|opener)\(\s*'([\w.-]+)'/g,
        ),
      ].map(([, name = '']) => name),
    ),
  );
  const tools = allTools('x86_64', {dev: true, buildroot: false});
  const names = new Set([...THERE, ...ASKED_FOR, ...tools.map(({name}) => name)]);
  const packages = new Set(tools.map((tool) => tool.package));
  const missing = [...started].filter((name) => !names.has(name) && !packages.has(BESIDE[name] ?? ''));
  expect(missing).toEqual([]);
});
