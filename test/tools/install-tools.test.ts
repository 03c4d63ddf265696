import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {installTools, type InstallDoors} from '../../src/build/install-tools.ts';
import {LeanosError} from '../../src/core/error.ts';
import {run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

const ABSENT = {name: 'no-such-program', package: 'no-such-package', why: 'a test'};
const LOCKS = ['var/lib/apt/lists/lock', 'var/cache/apt/archives/lock', 'var/lib/dpkg/lock-frontend'];
/** What another apt does: it has the kernel's lock of a file until its input ends. */
const HOLD =
  'import fcntl, sys; f = open(sys.argv[1], "w"); fcntl.lockf(f, fcntl.LOCK_EX); print("held", flush=True); sys.stdin.read()';

/** The host's own apt in a folder of its own, which knows one package that cannot be had. */
function aptRoot(): string {
  const root = temporary();
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), {recursive: true});
    writeFileSync(join(root, name), text);
  };
  for (const lock of LOCKS) write(join(dirname(lock), 'partial/.keep'), '');
  for (const file of ['var/lib/dpkg/status', 'etc/apt/sources.list', 'etc/apt/apt.conf.d/.keep'])
    write(file, '');
  const stanza = {
    Package: ABSENT.package,
    Version: '1',
    Architecture: 'all',
    Maintainer: 'a test',
    Filename: './absent.deb',
    Size: '1',
    SHA256: '0'.repeat(64),
    Description: 'a test',
  };
  const text = Object.entries(stanza).map(([key, value]) => `${key}: ${value}\n`);
  write('archive/Packages', text.join(''));
  write('etc/apt/sources.list', `deb [trusted=yes] file:${root}/archive ./\n`);
  write('apt.conf', `Dir "${root}";\nAPT::Sandbox::User "root";\nAcquire::Retries "0";\n`);
  return root;
}

/** Installs in that folder while another process has a lock of it. */
async function installWhileLocked(
  lock: string,
  doors: (other: {readonly stop: () => void}) => Partial<InstallDoors>,
): Promise<{readonly error: unknown; readonly said: string[]; readonly pid: number | undefined}> {
  const root = aptRoot();
  const holder = spawn('python3', ['-c', HOLD, join(root, lock)], {stdio: ['pipe', 'pipe', 'inherit']});
  await once(holder.stdout, 'data');
  const said: string[] = [];
  const {say, ...more} = doors({stop: () => holder.stdin.end()});
  try {
    const error: unknown = await installTools([ABSENT], {
      run: (argv, options) => run(argv, {...options, env: {APT_CONFIG: join(root, 'apt.conf')}}),
      say: (text) => {
        said.push(text);
        if (said.length > 1) say?.(text);
      },
      isRoot: true,
      patience: {limitMs: 60_000, pollMs: 10},
      ...more,
    }).catch((thrown: unknown) => thrown);
    return {error, said: said.slice(1), pid: holder.pid};
  } finally {
    holder.stdin.end();
  }
}

test.each(LOCKS)('another apt that has %s is waited for, and named once', async (lock) => {
  const {error, said, pid} = await installWhileLocked(lock, ({stop}) => ({say: stop}));
  expect(said).toEqual([
    `leanos: another apt is at work: process ${pid} (python3); waiting until it has finished`,
  ]);
  // It went on to where this archive has no file.
  expect(error).toMatchObject({
    code: 'COMMAND_FAILED',
    message: expect.stringContaining('absent.deb') as string,
  });
});

test('ctrl-C ends the wait for another apt', async () => {
  const interrupted = new AbortController();
  const {error} = await installWhileLocked(LOCKS[0] ?? '', () => ({
    say: () => interrupted.abort(new LeanosError('INTERRUPTED', 'interrupted')),
    signal: interrupted.signal,
    patience: {limitMs: 60_000, pollMs: 60_000},
  }));
  expect(error).toMatchObject({code: 'INTERRUPTED'});
});

test('another apt that does not end is said, with what it is', async () => {
  const {error, pid} = await installWhileLocked(LOCKS[0] ?? '', () => ({patience: {limitMs: 0, pollMs: 1}}));
  expect(error).toMatchObject({
    code: 'COMMAND_FAILED',
    message: expect.stringContaining(`process ${pid} (python3)`) as string,
    hint: expect.stringContaining('once it has finished') as string,
  });
});
