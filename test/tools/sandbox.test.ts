import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {debianSources, workspace} from '../../src/build/workspace.ts';
import {hostArchitecture} from '../../src/core/architecture.ts';
import {sha256} from '../../src/core/canonical.ts';
import type {FileTree} from '../../src/formats/file-tree.ts';
import {decodeTar} from '../../src/formats/tar.ts';
import type {BuildContext} from '../../src/pipeline/stage.ts';
import {debianUserland, type UserlandOptions} from '../../src/stages/userland/debian-userland.ts';
import {SANDBOX_PACKAGES} from '../../src/stages/userland/sandbox/base-tree.ts';
import {Apt, mirrors, type PackagePin} from '../../src/system/apt.ts';
import {fetchFiles} from '../../src/system/fetch.ts';
import {run, type Run} from '../../src/system/run.ts';
import {runFolder, temporary} from '../support/temporary.ts';

const FACTORY = 'usr/lib/leanos/factory';
const NOBODY = '65534';
/** A script that no reader of scripts follows: programs of its own package, another language, clocks, random numbers, the network. */
const POSTINST = `#!/bin/sh
set -e
adduser --system --group --home /var/lib/web web
/usr/lib/web/setup /etc/web.conf
perl -e 'printf "%s %s\\n", time, join ",", map { (getpwnam $_)[0] } qw(web root)' >/etc/web.time
perl -e 'use Socket; socket S, PF_INET, SOCK_DGRAM, 0; print connect(S, sockaddr_in(53, inet_aton("192.0.2.1"))) ? "net\\n" : "none\\n"' >/etc/web.network
head -c 16 /dev/urandom >/etc/web.key
mkdir /var/lib/web/db
head -c 16 /dev/urandom >/var/lib/web/db/data
echo first >/var/lib/web/db/version
date >/var/log/web.log
chown web:adm /var/log/web.log
chmod 640 /var/log/web.log
update-alternatives --install /usr/bin/serve serve /usr/bin/web 10
`;

let folder: string;
let archives: ReadonlyMap<string, string>;
let sandbox: readonly PackagePin[];
let web: PackagePin;

/** A package of Debian with that script, and all of a Debian that it needs. */
beforeAll(async () => {
  folder = join(runFolder(), 'sandbox-packages');
  const tree = join(folder, 'web');
  for (const path of ['DEBIAN', 'usr/bin', 'usr/lib/web']) mkdirSync(join(tree, path), {recursive: true});
  const control =
    'Package: web\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody\nDescription: a web\nDepends: adduser\n';
  writeFileSync(join(tree, 'DEBIAN/control'), control);
  writeFileSync(join(tree, 'DEBIAN/postinst'), POSTINST, {mode: 0o755});
  writeFileSync(join(tree, 'usr/bin/web'), '#!/bin/sh\n', {mode: 0o755});
  writeFileSync(
    join(tree, 'usr/lib/web/setup'),
    '#!/usr/bin/perl\nopen F, ">", $ARGV[0]; print F "port=80\\n";\n',
    {
      mode: 0o755,
    },
  );
  const archive = join(folder, 'web.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, archive], {stdio: 'ignore'});

  const here = workspace(process.env);
  const sources = debianSources({suite: 'trixie', archives: ['main']}, here, process.env);
  const apt = await Apt.open(temporary(), {sources, run, architecture: hostArchitecture().debian});
  sandbox = await apt.resolve({packages: [...SANDBOX_PACKAGES, 'adduser'], depth: 'closure'});
  const files = await fetchFiles(sandbox, {folder: here.cache.downloads, run, mirrors: mirrors(sources)});
  web = {
    name: 'web',
    version: '1.0',
    architecture: 'all',
    source: 'web',
    url: 'debian:web.deb',
    bytes: statSync(archive).size,
    sha256: sha256(readFileSync(archive)),
  };
  archives = new Map([
    [web.url, archive],
    ...sandbox.map((pin, at): [string, string] => [pin.url, files[at] ?? '']),
  ]);
}, 600_000);

/** The userland of that package, built with these commands. */
async function built(by: Run): Promise<{tar: string; tree: FileTree; accounts: string; notes: string[]}> {
  const out = temporary();
  const notes: string[] = [];
  const context = {
    options: {packages: [web], only: {}, unscripted: [], sandbox},
    out,
    run: by,
    fetch: async (pins: readonly {url: string}[]) =>
      Promise.resolve(pins.map(({url}) => archives.get(url) ?? '')),
    progress: () => undefined,
    note: (text: string) => notes.push(text),
  } as unknown as BuildContext<UserlandOptions, never>;
  await debianUserland.build(context);
  const bytes = readFileSync(join(out, 'tree.tar'));
  const accounts = readFileSync(join(out, 'accounts.json'), 'utf8');
  return {tar: sha256(bytes), tree: await decodeTar(bytes), accounts, notes};
}

/** Commands as an ordinary account starts them, which has further accounts by subuid(5) or has none. */
function ordinary(subordinate: string): Run {
  const names = join(temporary(), 'subuid');
  writeFileSync(names, subordinate);
  const script = `mount --bind "$1" /etc/subuid
mount --bind "$1" /etc/subgid
shift
exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups "$@"`;
  return (argv, options) => {
    const [program, confine = ''] = argv;
    if (!['sh', 'id', 'cat'].includes(program)) return run(argv, options);
    if (program === 'sh') {
      chmodSync(runFolder(), 0o711);
      execFileSync('chown', ['-R', NOBODY, join(confine, '../..')]);
    }
    return run(['unshare', '--mount', 'sh', '-euc', script, 'ordinary', names, ...argv], options);
  };
}

test('a script that nobody can read is run in a sandbox, whose result is the same bytes for root and for an ordinary account', async () => {
  const {tar, tree, accounts, notes} = await built(run);
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
