import {expect, test} from 'vitest';
import {file} from '../../src/formats/file-tree.ts';
import {mustHave, takenFiles} from '../../src/stages/userland/ballast.ts';

const OLD = new Map(['sbin/tool', 'lib/security/a.so', 'usr/share/doc/x'].map((path) => [path, file('')]));

test('what is named of a package is taken wherever its release has /bin, /sbin and /lib, and nothing else', () => {
  expect([...takenFiles(OLD, ['usr/sbin/tool', 'usr/lib/security']).keys()]).toEqual([
    'sbin/tool',
    'lib/security/a.so',
  ]);
  expect([...takenFiles(OLD).keys()]).toEqual(['sbin/tool', 'lib/security/a.so']);
});

test('what is named and is not there is said, with what is near', () => {
  const tools = {name: 'tools', version: '1.0-1', tree: OLD};
  expect(() => mustHave(tools, ['usr/sbin/tool'])).not.toThrow();
  expect(() => mustHave(tools, ['sbin/tol', 'usr/bin/other'])).toThrow(
    expect.objectContaining({
      message: 'packages: tools 1.0-1 has no sbin/tol, no usr/bin/other',
      hint: 'it has sbin/tool',
    }),
  );
  expect(() => mustHave(tools, ['usr/games/a.so'])).toThrow(
    expect.objectContaining({hint: 'it has lib/security/a.so'}),
  );
});

test('what another package of the image reads is taken with that, and defaults that a program of their own package names', () => {
  const tree = new Map([
    ...['etc/cron.d/web', 'etc/logrotate.d/web', 'etc/default/other'].map(
      (path) => [path, file('')] as const,
    ),
    ['etc/default/web', file('A=1\n')] as const,
    ['usr/bin/web', file('#!/bin/sh\n. /etc/default/web\n', 0o755)] as const,
    ['etc/init.d/web', file('#!/bin/sh\n. /etc/default/other\n', 0o755)] as const,
  ]);
  const taken = (...packages: readonly string[]): string[] => [
    ...takenFiles(tree, undefined, new Set(packages)).keys(),
  ];
  expect(taken()).toEqual(['etc/default/web', 'usr/bin/web']);
  expect(taken('logrotate')).toEqual(['etc/logrotate.d/web', 'etc/default/web', 'usr/bin/web']);
  expect(taken('cron')).toEqual(['etc/cron.d/web', 'etc/default/web', 'usr/bin/web']);
});
