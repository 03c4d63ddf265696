import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {ARCHITECTURES, hostArchitecture} from '../../src/core/architecture.ts';
import {formatBinfmt} from '../../src/formats/binfmt.ts';
import {file, symlink, type Entry, type FileTree} from '../../src/formats/file-tree.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import type {Emulator} from '../../src/stages/userland/sandbox/emulator.ts';
import {enterSandbox, withFloor} from '../../src/stages/userland/sandbox/enter-sandbox.ts';
import {runConfined} from '../../src/system/namespace.ts';
import {run, type Run} from '../../src/system/run.ts';
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
async function succeeding(
  deeds: readonly string[],
  {more, emulator}: {readonly more?: FileTree; readonly emulator?: Emulator} = {},
): Promise<string[]> {
  const lines = deeds.map((deed, at) => `if (${deed}) 2>/dev/null; then echo ${at}; fi`);
  const scratch = await sandbox(
    `busybox --install -s /bin\n{ ${lines.join('\n')}\n} >/leanos/results/done\n`,
    more,
  );
  expect(await enterSandbox(run, scratch, {emulator})).toBe(true);
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
    '[ -e /proc/sys/fs/binfmt_misc/status ] || mount -t binfmt_misc none /mnt',
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

test('an emulator is started by programs of its architecture alone, and no script reaches what says so', async () => {
  const foreign = ARCHITECTURES[hostArchitecture().name === 's390x' ? 'aarch64' : 's390x'];
  const [program, registration] = [await imageBusybox(), formatBinfmt(foreign, './emulator')];
  const head = registration.split(':')[4]?.replaceAll('\\x', '') ?? '';
  const more = new Map([['foreign', file(Buffer.from(head.padEnd(256, '0'), 'hex'), 0o755)]]);
  const started = '/foreign 2>&1 | grep -q "^emulator: applet not found"'; // what BusyBox says that is called so
  const allowed = [
    started,
    'cp /foreign /other && chown 33:33 /other && chmod 711 /other && /other; [ $? = 127 ]',
  ];
  const refused = [
    'find / -xdev -name emulator -o -xdev -name register | grep .',
    'find /proc /sys -name register 2>/dev/null | grep .',
    'umount /proc || mount --move /proc /mnt || mount --bind /proc /mnt',
    'for file in /proc/sys/fs/binfmt_misc/*; do echo -1 >"$file" && exit 0; done; false',
    'ls /proc/1/cwd/emulator /proc/1/root/leanos/programs/emulator',
  ];
  expect(
    await succeeding([...allowed, ...refused, started], {more, emulator: {program, registration}}),
  ).toEqual([...allowed, started]);
  expect(await succeeding([started], {more})).toEqual([]);
});

test('of a root whose programs the kernel does not run it is said, and nothing has happened', async () => {
  const foreign = Buffer.from(readFileSync(await imageBusybox()).subarray(0, 4096));
  foreign.writeUInt16LE(0xfeed, 18); // no machine
  const root = new Map(['usr/bin/env', 'bin/sh'].map((path) => [path, file(foreign, 0o755)]));
  const scratch = await sandbox('echo >/leanos/results/done\n', root);
  expect(await enterSandbox(run, scratch)).toBe(false);
  expect(readdirSync(join(scratch, 'results'))).toEqual([]);
});

/** The processes of this host that have a text among their words. */
function processesOf(text: string): number[] {
  return readdirSync('/proc').flatMap((pid) => {
    const file = `/proc/${pid}/cmdline`;
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid || !existsSync(file)) return [];
    try {
      return readFileSync(file, 'utf8').includes(text) ? [Number(pid)] : [];
    } catch {
      return []; // it has ended
    }
  });
}

/** A text that no other test has among the words of a process; who still has it when the test is over is killed. */
function marked(text: string): string {
  onTestFinished(() => processesOf(text).forEach((pid) => process.kill(pid, 'SIGKILL')));
  return text;
}

/** Runs a command below a process that stands for leanos, whose number is told. */
const below =
  (file: string): Run =>
  (argv, options) =>
    run(['sh', '-c', 'echo $$ >"$0"; "$@"; exit $?', file, ...argv], options);

const SOON = {timeout: 30_000};

test('nothing of a sandbox outlives leanos, however that ends', async () => {
  const seconds = marked(`8640${process.pid}`);
  const scratch = await sandbox(
    `busybox --install -s /bin\n(setsid sleep ${seconds} &)\necho >/leanos/results/started\nsleep ${seconds}\n`,
  );
  const file = join(temporary(), 'leanos');
  const ended = enterSandbox(below(file), scratch).catch((error: unknown) => error);
  await expect.poll(() => existsSync(join(scratch, 'results/started')), SOON).toBe(true);
  expect(processesOf(seconds)).not.toEqual([]);
  process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  await ended;
  await expect.poll(() => [...processesOf(seconds), ...processesOf(scratch)], SOON).toEqual([]);
});

test('scripts that take too long are ended, with all that they have started, and that is said', async () => {
  const seconds = marked(`8650${process.pid}`);
  const scratch = await sandbox(
    `busybox --install -s /bin\n(setsid sleep ${seconds} &)\nwhile :; do sleep ${seconds}; done\n`,
  );
  await expect(enterSandbox(run, scratch, {longestMs: 500})).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    message: expect.stringContaining('scripts failed: timed out after') as string,
  });
  await expect.poll(() => [...processesOf(seconds), ...processesOf(scratch)], SOON).toEqual([]);
});

/** Runs a command with a program of this text before all others of its name. */
function instead(name: string, text: string): Run {
  const folder = temporary();
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, {mode: 0o755});
  return (argv, options) => run(argv, {...options, env: {PATH: `${folder}:${process.env['PATH'] ?? ''}`}});
}

test.each<[string, string, string, RegExp]>([
  [
    'that the kernel refuses where it has just given some',
    'unshare',
    '[ "$*" = "--user true" ] || { echo "unshare: refused" >&2; exit 1; }',
    /unshare: refused/,
  ],
  ['whose shell is killed before it has named the accounts', 'readlink', 'kill -9 $PPID', /SIGKILL/],
])('nobody waits for namespaces %s', async (_what, name, text, message) => {
  const scratch = marked(temporary());
  const entering = runConfined(instead(name, text), {scratch, script: 'true', args: []});
  await expect(entering).rejects.toThrow(message);
  await expect.poll(() => processesOf(scratch), SOON).toEqual([]);
});
