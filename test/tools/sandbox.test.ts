import {execFileSync} from 'node:child_process';
import {chmodSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {hostArchitecture} from '../../src/core/architecture.ts';
import {run, type Run} from '../../src/system/run.ts';
import {scriptedUserland, type BuildUserland} from '../support/scripted-userland.ts';
import {runFolder, temporary} from '../support/temporary.ts';

const FACTORY = 'usr/lib/leanos/factory';
const NOBODY = '65534';

let built: BuildUserland;

beforeAll(async () => {
  built = await scriptedUserland(hostArchitecture());
}, 600_000);

/** Commands as an ordinary account starts them, which has further accounts by subuid(5) or has none. */
function ordinary(subordinate: string): Run {
  const names = join(temporary(), 'subuid');
  writeFileSync(names, subordinate);
  const script = `mount --bind "$1" /etc/subuid
mount --bind "$1" /etc/subgid
shift
exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups "$@"`;
  return (argv, options) => {
    const confine = argv.find((word) => word.endsWith('/confine'));
    if (confine === undefined && !['id', 'cat'].includes(argv[0])) return run(argv, options);
    if (confine !== undefined) {
      chmodSync(runFolder(), 0o711);
      execFileSync('chown', ['-R', NOBODY, join(confine, '../..')]);
    }
    return run(['unshare', '--mount', 'sh', '-euc', script, 'ordinary', names, ...argv], options);
  };
}

test('a script that nobody can read is run in a sandbox, whose result is the same bytes for root and for an ordinary account', async () => {
  const {tar, tree, accounts, facts, notes} = await built(run);
  const uid = (JSON.parse(accounts) as {user?: string; uid?: number}[]).find(({user}) => user === 'web')?.uid;
  const text = (path: string): string | undefined => {
    const entry = tree.get(path);
    return entry?.type === 'file' ? entry.data.toString() : undefined;
  };
  expect(text('etc/web.conf')).toBe('port=80\n');
  expect(text('etc/web.time')).toBe('1700000000 web,root\n');
  expect(text('etc/web.network')).toBe('none\n');
  expect(tree.get('usr/bin/serve')).toMatchObject({type: 'symlink', target: '/usr/bin/web'});
  expect(uid).toBeGreaterThanOrEqual(300);
  expect(tree.get(`${FACTORY}/var/lib/web`)).toMatchObject({type: 'directory', uid});
  expect(tree.get(`${FACTORY}/var/log/web.log`)).toMatchObject({
    uid,
    gid: 4,
    mode: 0o640,
    data: Buffer.alloc(0),
  });
  expect([...tree.keys()].filter((path) => /key|db|dpkg|passwd/.test(path))).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(/^web's scripts were run in a sandbox: postinst:\d+: /) as string,
    'web: its scripts make another /etc/web.key each time: it is not in the image, and a guest has to make its own',
    'web: its scripts make another /var/lib/web each time: it is not in the image, and a guest has to make its own',
  ]);
  expect(facts).toMatchObject([{name: 'web', sandboxed: {left: ['etc/web.key', 'var/lib/web']}}]);
  const other = await built(ordinary('nobody:200000:65536\n'));
  expect(other.tar).toBe(tar);
  expect(other.accounts).toBe(accounts);
}, 600_000);

test('where there are no namespaces the deeds are told, and what would help', async () => {
  await expect(built(ordinary(''))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(
      /^web would not be set up as on Debian[^]*\n {2}web: postinst:4: [^]*\n {2}they were not run in a sandbox: this host gives nobody no namespaces: subuid\(5\) and subgid\(5\) give it no 65535 accounts$/,
    ) as string,
    hint: expect.stringMatching(
      /^sudo usermod --add-subuids [^]* nobody [^]*\n {2}scripts: \{web: ignore\}/,
    ) as string,
  });
}, 600_000);
