import {execFileSync} from 'node:child_process';
import {mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {LeanosError} from '../../src/core/error.ts';
import {directory, file, symlink, type Entry, type FileTree} from '../../src/formats/file-tree.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import {applyChange} from '../../src/stages/userland/sandbox/apply-change.ts';
import {readChange, type Change} from '../../src/stages/userland/sandbox/changes.ts';
import {commonOf} from '../../src/stages/userland/sandbox/same-twice.ts';
import {stepsOf} from '../../src/stages/userland/sandbox/steps.ts';
import {Machine} from '../../src/stages/userland/scripts/machine.ts';
import {mustHaveNamespaces} from '../../src/system/namespace.ts';
import type {Run} from '../../src/system/run.ts';
import {scriptedPackage} from '../support/scripted-package.ts';
import {temporary} from '../support/temporary.ts';

const PASSWD = 'root:x:0:0:root:/root:/bin/bash\n';
const GROUP = 'root:x:0:\nadm:x:4:\n';
const NO_ACCOUNTS: Change['accounts'] = {
  passwd: {before: PASSWD, after: PASSWD},
  group: {before: GROUP, after: GROUP},
};
const UNCHANGED: Change = {entries: new Map(), gone: [], accounts: NO_ACCOUNTS};

function change(entries: Readonly<Record<string, Entry>>, more: Partial<Change> = {}): Change {
  return {...UNCHANGED, entries: new Map(Object.entries(entries)), ...more};
}

/** What is read of a part of an installation that left these files. */
async function readOf(
  after: FileTree,
  {listed = [], own = {}}: {listed?: string[]; own?: Record<string, string>},
) {
  const folder = temporary();
  mkdirSync(folder, {recursive: true});
  const write = (name: string, data: string | Buffer): void => {
    writeFileSync(join(folder, `web.configure.${name}`), data);
  };
  write('tar', await encodeTar(after, 0));
  write('before', listed.map((path) => `${path}\0`).join(''));
  for (const name of ['passwd', 'passwd-before']) write(name, PASSWD);
  for (const name of ['group', 'group-before']) write(name, GROUP);
  return readChange(folder, 'web.configure', scriptedPackage('web', {}, own));
}

describe('what scripts changed in a sandbox', () => {
  test('is read from files alone: a link to one of the host, a pipe and nothing are refused', async () => {
    const folder = temporary();
    const secret = join(folder, 'secret');
    writeFileSync(secret, await encodeTar(new Map([['etc/secret', file('x')]]), 0));
    const path = join(folder, 'web.configure.tar');
    const read = (): Promise<Change> => readChange(folder, 'web.configure', scriptedPackage('web', {}, {}));
    await expect(read()).rejects.toMatchObject({code: 'FILE', message: `the sandbox has left no ${path}`});
    symlinkSync(secret, path);
    await expect(read()).rejects.toMatchObject({message: `${path} is a link, and a file is needed`});
    rmSync(path);
    execFileSync('mkfifo', [path]);
    await expect(read()).rejects.toMatchObject({message: `${path} is a named pipe, and a file is needed`});
  });

  test('is what is new or other, without what the package itself brings and what no machine has', async () => {
    const {entries, gone} = await readOf(
      new Map<string, Entry>([
        ['etc/web.conf', file('as it is')],
        ['etc/own', file('x')],
        ['etc/other', {...file('x'), uid: 5}],
        ['etc/passwd', file('x')],
        ['etc/a.dpkg-new', file('x')],
        ['var/lib/dpkg/status', file('x')],
        ['var/log/web.log', {...file('2023 started'), mode: 0o640}],
        ['tmp/x', file('x')],
      ]),
      {own: {'etc/own': 'x', 'etc/other': 'x'}, listed: ['etc/other', 'etc/gone', 'etc/b.dpkg-new']},
    );
    expect([...entries.keys()].filter((path) => entries.get(path)?.type === 'file')).toEqual([
      'etc/other',
      'etc/web.conf',
      'var/log/web.log',
    ]);
    expect(entries.get('var/log/web.log')).toEqual({...file(''), mode: 0o640});
    expect(gone).toEqual(['etc/gone']);
  });

  test('alternatives lead straight to programs, slaves too', async () => {
    const {entries} = await readOf(
      new Map<string, Entry>([
        ['etc/alternatives/pager', symlink('/usr/bin/less')],
        ['etc/alternatives/pager.1.gz', symlink('/usr/share/man/man1/less.1.gz')],
        [
          'var/lib/dpkg/alternatives/pager',
          file('auto\n/usr/bin/pager\npager.1.gz\n/usr/share/man/man1/pager.1.gz\n\n/usr/bin/less\n77\n\n'),
        ],
      ]),
      {},
    );
    expect([...entries].filter(([, {type}]) => type === 'symlink')).toEqual([
      ['usr/bin/pager', symlink('/usr/bin/less')],
      ['usr/share/man/man1/pager.1.gz', symlink('/usr/share/man/man1/less.1.gz')],
    ]);
  });

  test("is done to a machine with the machine's numbers of accounts", () => {
    const machine = new Machine([scriptedPackage('web', {}, {'etc/web.conf': 'x', 'etc/old': 'x'})]);
    machine.accounts.addUser({name: 'known'});
    applyChange(
      change(
        {
          'var/lib/web': {...directory(0o750), uid: 100, gid: 101},
          'etc/web.conf': {...file('y', 0o640), uid: 0, gid: 101},
          'etc/known': {...file(''), uid: 102, gid: 4},
        },
        {
          gone: ['etc/old'],
          accounts: {
            passwd: {
              before: `${PASSWD}known:x:102:102::/:/bin/sh\n`,
              after: `${PASSWD}known:x:102:102::/:/bin/sh\nweb:x:100:101:The web:/var/lib/web:/usr/sbin/nologin\nfixed:x:64000:101::/:/bin/sh\n`,
            },
            group: {before: GROUP, after: 'root:x:0:\nadm:x:4:web\nweb:x:101:\n'},
          },
        },
      ),
      machine,
    );
    const {accounts} = machine;
    const uid = accounts.user('web')?.uid;
    expect(uid).toBeGreaterThanOrEqual(300);
    expect(accounts.user('web')).toMatchObject({
      shell: '/bin/false',
      comment: 'The web',
      home: '/var/lib/web',
    });
    expect([...(accounts.user('web')?.groups ?? [])]).toEqual(['adm']);
    expect(accounts.uid('fixed')).toBe(64000);
    expect(machine.get('var/lib/web')).toMatchObject({uid, gid: accounts.gid('web'), mode: 0o750});
    expect(machine.get('etc/web.conf')).toMatchObject({uid: 0, gid: accounts.gid('web'), mode: 0o640});
    expect(machine.get('etc/known')).toMatchObject({uid: accounts.uid('known'), gid: 4});
    expect(machine.get('etc/old')).toBeUndefined();
  });
});

describe('two runs', () => {
  const deeds = (configure: Change) => ({unpack: UNCHANGED, configure, trigger: UNCHANGED});

  test('what they have in common stays; a file that differs does not, and no state that has one', () => {
    const run = (random: string) =>
      deeds(
        change({
          'etc/web.conf': file('same'),
          'etc/web.key': file(random),
          'var/lib/web': directory(0o700),
          'var/lib/web/db': directory(),
          'var/lib/web/db/data': file(random),
          'var/lib/web/version': file('1'),
          'var/lib/web.key': file(random),
          'var/lib/other/version': file('1'),
        }),
      );
    const {deeds: common, left} = commonOf(run('one'), run('two'));
    expect([...common.configure.entries.keys()]).toEqual([
      'etc/web.conf',
      'var/lib/web',
      'var/lib/other/version',
    ]);
    expect(left).toEqual(['etc/web.key', 'var/lib/web', 'var/lib/web.key']);
  });

  test('what only one of them made is other too', () => {
    const {left} = commonOf(deeds(change({'etc/a': file('')})), deeds(change({'etc/b': file('')})));
    expect(left).toEqual(['etc/a', 'etc/b']);
  });
});

test('packages are unpacked behind what they need before, and watched one at a time, each behind what it depends on', () => {
  const packages = [
    scriptedPackage('dpkg', {}),
    scriptedPackage('after', {control: 'Package: after\nDepends: watched\n'}),
    scriptedPackage('early', {control: 'Package: early\nPre-Depends: library\n'}),
    scriptedPackage('library', {}),
    scriptedPackage('watched', {control: 'Package: watched\nDepends: early\n'}),
  ];
  const told = stepsOf(packages, new Set(['watched'])).flatMap((step) => {
    if (step.kind === 'watch') return [`${step.part} ${step.package}`];
    return step.packages.length === 0 ? [] : [`${step.kind} ${step.packages.join(' ')}`];
  });
  expect(told).toEqual([
    'unpack dpkg',
    'configure dpkg',
    'unpack library',
    'configure library',
    'unpack early',
    'configure early',
    'unpack watched',
    'configure watched',
    'unpack after',
    'configure after',
    'trigger watched',
  ]);
});

describe('a host without namespaces', () => {
  /** A host where nobody gets any, with files and an account. */
  const host =
    (
      files: Readonly<Record<string, string>>,
      [uid, name]: readonly [string, string?],
      said = ['unshare: Operation not permitted'],
    ): Run =>
    async ([program, word = '']) => {
      if (program === 'id' && word === '-un' && name === undefined)
        throw new LeanosError('COMMAND_FAILED', 'id: unknown ID');
      if (program === 'id') return Promise.resolve(word === '-u' ? uid : (name ?? ''));
      if (program === 'cat') return Promise.resolve(files[word] ?? '');
      const lines = ['exit status 1', 'sh confine', ...said, 'full log: /logs/userland.log'];
      throw new LeanosError('COMMAND_FAILED', lines.join('\n  '));
    };
  const ME = ['1000', 'me'] as const;
  const SUBUID = {'/etc/subuid': 'me:100000:65536\n'};

  test.each<[string, Readonly<Record<string, string>>, readonly [string, string], RegExp]>([
    [
      'Ubuntu',
      {...SUBUID, '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n'},
      ME,
      /^sudo sysctl kernel\.apparmor_restrict_unprivileged_userns=0 {5}\S[^\n]*$/,
    ],
    [
      'a hardened kernel',
      {...SUBUID, '/proc/sys/user/max_user_namespaces': '0\n'},
      ME,
      /max_user_namespaces=15000/,
    ],
    ['no numbers for the account', {}, ME, /^sudo usermod --add-subuids 100000-165535 \S+ 100000-165535 me /],
    ['no newuidmap', SUBUID, ME, /^sudo apt install uidmap /],
    ['root in a container', {}, ['0', 'root'], /^docker run --privileged /],
  ])('%s: what would help is said', async (_, files, account, hint) => {
    const failure = await mustHaveNamespaces(host(files, account), temporary()).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      code: 'TOOL_MISSING',
      message: `this host gives ${account[1]} no namespaces: unshare: Operation not permitted`,
      hint: expect.stringMatching(hint) as string,
    });
  });

  test("BusyBox's setpriv is told from a kernel that refuses, and an account may have no name", async () => {
    const usage = [
      "setpriv: unrecognized option '--pdeathsig'",
      'BusyBox v1.37.0',
      'Usage: setpriv PROG ARGS',
    ];
    const failure = mustHaveNamespaces(host({}, ['0'], usage), temporary());
    await expect(failure).rejects.toMatchObject({
      message: `this host gives 0 no namespaces: ${usage[0] ?? ''}`,
      hint: expect.stringMatching(/^the host's package util-linux /) as string,
    });
  });
});
