import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {file, symlink, type Entry, type FileTree} from '../../src/formats/file-tree.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import {enterSandbox, withFloor} from '../../src/stages/userland/sandbox/enter-sandbox.ts';
import {run} from '../../src/system/run.ts';
import {imageBusybox} from '../support/busybox.ts';
import {temporary} from '../support/temporary.ts';

/** A root that has BusyBox alone, and what packages have beside it. */
async function sandbox(text: string, more: FileTree = new Map()): Promise<string> {
  const scratch = join(temporary(), 'with a space');
  for (const name of ['root', 'packages', 'results'])
    mkdirSync(join(scratch, name), {recursive: true, mode: 0o700});
  writeFileSync(join(scratch, 'packages/a.deb'), 'as it was');
  const root = new Map<string, Entry>([
    ['bin/busybox', file(readFileSync(await imageBusybox()), 0o755)],
    ['bin/sh', symlink('busybox')],
    ['usr/bin/env', symlink('/bin/busybox')],
    ...more,
  ]);
  writeFileSync(join(scratch, 'base.tar'), await encodeTar(withFloor(root, text), 0));
  return scratch;
}

/** What of these shell texts succeeds, each told by itself. */
async function succeeding(deeds: readonly string[]): Promise<string[]> {
  const lines = deeds.map((deed, at) => `if (${deed}) 2>/dev/null; then echo ${at}; fi`);
  const scratch = await sandbox(
    `busybox --install -s /bin\n{ ${lines.join('\n')}\n} >/leanos/results/done\n`,
  );
  await enterSandbox(run, scratch);
  const numbers = readFileSync(join(scratch, 'results/done'), 'utf8').split('\n').filter(Boolean);
  return numbers.map((at) => deeds[Number(at)] ?? '');
}

test('a script in a sandbox, root or not, changes nothing of the host, and sees nothing of it', async () => {
  const allowed = [
    'echo x >/dev/null && echo x >/anywhere && [ "$(id -u)" = 0 ]',
    '[ "$(ls /leanos/packages)" = a.deb ]',
    'chown 33:33 /anywhere',
  ];
  const refused = [
    ': >>/proc/sys/kernel/core_pattern',
    ': >>/proc/sysrq-trigger',
    'mount -o remount,rw /proc',
    'mount -t proc proc /mnt || mount -t tmpfs none /tmp',
    'umount /proc/sys || umount /proc',
    'unshare -Ur true || unshare -Urm true',
    'chmod 0666 /dev/null', // as it is: a sandbox that is open harms nothing here
    'mknod /tmp/disk b 8 0 && : </tmp/disk',
    'echo x >/leanos/packages/a.deb || rm /leanos/packages/a.deb || echo x >/leanos/packages/b.deb',
    'ls /leanos/host/* || ls /home/* || ls /root/*',
    'ip link | grep -v "lo:" | grep "^[0-9]"',
    'ls -d /proc/[0-9]* | grep -c . | grep ..',
  ];
  expect(await succeeding([...allowed, ...refused])).toEqual(allowed);
});

test('links of a package lead nothing of the host into its sandbox, or out of it', async () => {
  const victim = temporary();
  writeFileSync(join(victim, 'null'), 'as it was');
  const root = new Map<string, Entry>(
    ['dev', 'proc', 'sys', 'tmp', 'leanos'].map((path) => [path, symlink(victim)]),
  );
  await enterSandbox(run, await sandbox('[ -d /leanos/results ] && [ ! -L /dev ]\n', root));
  expect(readdirSync(victim)).toEqual(['null']);
  expect(readFileSync(join(victim, 'null'), 'utf8')).toBe('as it was');
});

test('a program of a package that is called as one of the host runs only once the host is gone', async () => {
  const spy =
    '#!/bin/sh\n[ ! -e /leanos/host/etc ] || echo seen >/leanos/results/seen\nexec busybox "${0##*/}" "$@"\n';
  const programs = ['umount', 'chroot', 'setpriv', 'pivot_root'].flatMap((name): [string, Entry][] =>
    ['bin', 'sbin', 'usr/bin', 'usr/sbin'].map((folder) => [`${folder}/${name}`, file(spy, 0o755)]),
  );
  const scratch = await sandbox('echo >/leanos/results/done\n', new Map(programs));
  await enterSandbox(run, scratch);
  expect(readdirSync(join(scratch, 'results'))).toEqual(['done']);
});
