import {execFileSync} from 'node:child_process';
import {appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, expect, test} from 'vitest';
import {builtImage, CHECKOUT} from '../support/built-image.ts';
import {Clone, type Ended} from '../support/clone.ts';
import {cachePaths} from '../../src/system/cache.ts';
import {passTests} from '../support/release-place.ts';
import {temporary} from '../support/temporary.ts';

const DAY = 24 * 3600;
/** 2026-11-21 12:00 UTC. */
const START = Date.parse('2026-11-21T12:00:00Z') / 1000;
let clone: Clone;
let keys: string;

const path = (name: string): string => join(clone.folder, name);
const at = async (days: number, ...args: readonly string[]): Promise<Ended> =>
  clone.run(args, {SOURCE_DATE_EPOCH: String(START + days * DAY)});
const done = async (days: number, ...args: readonly string[]): Promise<string> => {
  const {status, stdout, stderr} = await at(days, ...args);
  expect(status, stderr).toBe(0);
  return stdout;
};
const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', clone.folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    encoding: 'utf8',
  });
const commit = (): void => {
  git('add', '--all');
  git('commit', '--quiet', '--message', 'x');
};
const record = (version: string): string => path(`releases/${version}/release.json`);

beforeAll(async () => {
  builtImage(); // so that the packages are downloaded
  clone = new Clone({cache: cachePaths(process.env).root});
  appendFileSync(path('.git/info/exclude'), 'node_modules\n');
  keys = temporary();
  for (const name of ['first', 'second']) await done(0, 'keygen', join(keys, name));
  const key = readFileSync(join(keys, 'first.pub'), 'utf8').split('\n')[1] ?? '';
  for (const name of ['alpha', 'beta', 'stable']) {
    const text = `description: ${name}\nimages: {test: [x86_64]}\nkeys: ["${key}"]\ngates: {tests: ${name !== 'alpha'}, soakDays: ${name === 'alpha' ? 0 : 2}}\n`;
    writeFileSync(path(`channels/${name}.yaml`), text);
  }
  commit();
});

test('a release, its way through the channels, and what is refused on it', async () => {
  expect((await at(0, 'promote', 'alpha', 'beta')).stderr).toContain('alpha points to no release');
  expect((await at(0, 'release', '--fix')).stderr).toContain('alpha points to none');

  await done(0, 'release', '--dry-run');
  expect(existsSync(record('4891.0.0'))).toBe(false);
  expect(git('status', '--porcelain')).toBe('');

  await done(0, 'release');
  const released = JSON.parse(readFileSync(record('4891.0.0'), 'utf8')) as {
    images: Record<string, {digests: Record<string, string>}>;
  };
  expect(Object.keys(released.images['test-x86_64']?.digests ?? {})).toContain('usr');
  const again = await at(0, 'release');
  expect(again.status).toBe(2);
  expect(again.stderr).toContain('4891.0.0 is released, and a version names one set of bytes for ever');

  const early = await at(1, 'promote', 'alpha', 'beta');
  expect(early.status).toBe(2);
  expect(early.stderr).toMatch(/was not tested as test-x86_64[^]*was on alpha for 1 of the 2 days/);
  passTests(record('4891.0.0')); // booting is for the boot tests
  expect((await at(2, 'promote', 'alpha', 'stable')).stderr).toContain('alpha to stable skips beta');
  await done(2, 'promote', 'alpha', 'beta', '--dry-run');
  expect(readFileSync(path('channels/beta.yaml'), 'utf8')).not.toContain('4891.0.0');
  await done(2, 'promote', 'alpha', 'beta');
  await done(4, 'promote', 'beta', 'stable');
  expect((await at(4, 'promote', 'beta', 'stable')).stderr).toContain('stable points to 4891.0.0 already');
  commit();

  await done(5, 'release', '--fix');
  expect(readFileSync(path('channels/alpha.yaml'), 'utf8')).toMatch(
    /current:\n {2}version: 4891\.0\.1\n[^]*history:\n {2}- version: 4891\.0\.0/,
  );
  const fixed = await at(9, 'rollout', 'alpha', '12.5');
  expect(fixed.status, fixed.stderr).toBe(0);
  expect(readFileSync(path('channels/alpha.yaml'), 'utf8')).toContain('rollout: 12.5');
  expect((await at(9, 'rollout', 'alpha', '120')).status).toBe(2);
});

test('a channel gives its release byte for byte, from a later commit too', async () => {
  appendFileSync(path('init-scripts/rootfs/usr/lib/leanos/settle'), '# changed\n');
  commit();
  const {version, artifacts} = JSON.parse(
    await done(9, 'build', '--channel', 'beta', '--json', '--locked'),
  ) as {
    version: string;
    artifacts: {kind: string; sha256: string}[];
  };
  expect(version).toBe('4891.0.0');
  const released = JSON.parse(readFileSync(record('4891.0.0'), 'utf8')) as {
    images: Record<string, {digests: Record<string, string>}>;
  };
  const usr = artifacts.find(({kind}) => kind === 'usr')?.sha256;
  expect(usr).toBe(released.images['test-x86_64']?.digests['usr']);
  // The record is the law: bytes that differ are not given out under its version.
  writeFileSync(
    record('4891.0.0'),
    readFileSync(record('4891.0.0'), 'utf8').replaceAll(usr ?? '', 'f'.repeat(64)),
  );
  const locked = await at(9, 'build', '--channel', 'beta', '--locked');
  expect(locked.status).toBe(2);
  expect(locked.stderr).toContain('4891.0.0 of channel beta comes out with another usr than its record says');
  expect(await done(9, 'build', '--channel', 'beta')).toContain('a development build');
  git('checkout', '--quiet', '.');
  expect(await done(9, 'build', '--channel', 'beta')).toContain(
    'version  4891.0.0, the release that channel beta points to',
  );
});

test('what is published is signed, whole, and a mirror', async () => {
  const place = join(temporary(), 'mirror');
  expect((await at(9, 'publish', place, '--channel', 'beta')).stderr).toContain('--key FILE.sec is needed');
  const unknown = await at(9, 'publish', place, '--channel', 'beta', '--key', join(keys, 'second.sec'));
  expect(unknown.stderr).toContain('is not among the keys of channels/beta.yaml');
  expect(existsSync(place)).toBe(false);
  const {stderr} = await at(9, 'publish', place, '--channel', 'beta', '--key', join(keys, 'first.sec'));
  // A reader at any moment finds what the pointer tells of: it comes last.
  const files = stderr
    .split('\n')
    .filter((line) => line.startsWith('  beta/') || line.startsWith('  streams/'));
  expect(files.at(-1)).toMatch(/\.signed$/);
  expect(files.filter((line) => line.endsWith('.signed'))).toHaveLength(1);

  const folder = join(place, 'beta/4891.0.0/test-x86_64');
  execFileSync(
    'signify-openbsd',
    ['-V', '-p', join(keys, 'first.pub'), '-x', 'SHA256SUMS.sig', '-m', 'SHA256SUMS'],
    {
      cwd: folder,
    },
  );
  await done(9, 'verify', folder, '--key', join(keys, 'first.pub'));
  expect((await at(9, 'verify', folder, '--key', join(keys, 'second.pub'))).stderr).toContain(
    'not signed by any of the keys',
  );

  const pointers = readdirSync(join(place, 'beta')).filter((name) => name.endsWith('.signed'));
  expect(pointers).toEqual([expect.stringMatching(/^test-x86_64\.[0-9a-f]{16}\.signed$/)]);
  const opened = join(temporary(), 'pointer');
  const embedded = [
    '-V',
    '-e',
    '-p',
    join(keys, 'first.pub'),
    '-x',
    join(place, 'beta', pointers[0] ?? ''),
    '-m',
    opened,
  ];
  execFileSync('signify-openbsd', embedded);
  expect(JSON.parse(readFileSync(opened, 'utf8'))).toMatchObject({
    channel: 'beta',
    version: '4891.0.0',
    rollout: 100,
    expires: '2026-12-30T12:00:00.000Z',
  });
  const index = JSON.parse(readFileSync(join(place, 'streams/v1/index.json'), 'utf8')) as {
    index: Record<string, {path: string}>;
  };
  const products = readFileSync(join(place, index.index['org.leanos:beta:download']?.path ?? ''), 'utf8');
  const disk = /"path": "(beta\/[^"]*-disk\.qcow2)"/.exec(products)?.[1] ?? '';
  expect(existsSync(join(place, disk))).toBe(true);

  appendFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith('-kernel')) ?? ''), 'x');
  const damaged = await at(9, 'verify', folder, '--key', join(keys, 'first.pub'));
  expect(damaged.status).toBe(1);
  expect(damaged.stderr).toMatch(/-kernel: sha256 is [0-9a-f]{64}, not/);
});

test('a new key needs the signature of an old one', async () => {
  const place = join(temporary(), 'mirror');
  await done(9, 'publish', place, '--channel', 'stable', '--key', join(keys, 'first.sec'));
  const line = readFileSync(join(keys, 'second.pub'), 'utf8').split('\n')[1] ?? '';
  const file = path('channels/stable.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('keys: [', `keys: ["${line}", `));
  const alone = await at(9, 'publish', place, '--channel', 'stable', '--key', join(keys, 'second.sec'));
  expect(alone.status).toBe(2);
  expect(alone.stderr).toContain('none of the given keys is one of them');
  const both = ['--key', join(keys, 'first.sec'), '--key', join(keys, 'second.sec')];
  await done(9, 'publish', place, '--channel', 'stable', ...both);
  await done(9, 'publish', place, '--channel', 'stable', '--key', join(keys, 'second.sec'));
});

test('over ssh the same files come to the other machine', async () => {
  const [programs, folder, remote] = [temporary(), join(temporary(), 'here'), join(temporary(), 'there')];
  // What sshd does with a command: the user's shell runs its text.
  writeFileSync(join(programs, 'ssh'), '#!/bin/sh\nfor command; do :; done\nexec sh -c "$command"\n', {
    mode: 0o755,
  });
  const publish = async (place: string): Promise<Ended> =>
    clone.run(['publish', place, '--channel', 'beta', '--key', join(keys, 'first.sec')], {
      SOURCE_DATE_EPOCH: String(START + 9 * DAY),
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    });
  for (const place of [
    folder,
    `ssh://mirror@example.org:2222${remote}`,
    `ssh://mirror@example.org:2222${remote}`,
  ]) {
    const {status, stderr} = await publish(place);
    expect(status, stderr).toBe(0);
  }
  const tree = (root: string): string =>
    execFileSync('sh', ['-c', 'find . -type f | sort | xargs sha256sum'], {cwd: root, encoding: 'utf8'});
  expect(tree(remote)).toBe(tree(folder));
  for (const place of ['ssh://host', 'ftp://host/x', "ssh://host/a'b"]) {
    const {status, stderr} = await publish(place);
    expect(status).toBe(2);
    expect(stderr).toContain('is no place to publish to');
  }
});

test('a release is made of what is committed', async () => {
  appendFileSync(path('init-scripts/rootfs/usr/lib/leanos/settle'), '# not committed\n');
  const {status, stderr} = await at(20, 'release');
  expect(status).toBe(2);
  expect(stderr).toMatch(/these are not in it:\n M init-scripts\/rootfs\/usr\/lib\/leanos\/settle/);
});

test('the checkout of this project is a valid one', () => {
  for (const name of ['alpha', 'beta', 'stable'])
    expect(readFileSync(join(CHECKOUT, `channels/${name}.yaml`), 'utf8')).toMatch(/^description: /);
});
