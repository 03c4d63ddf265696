import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {cachePaths} from '../../src/system/cache.ts';
import {Clone, ended, type Ended} from '../support/clone.ts';
import {builtImage} from '../support/built-image.ts';
import {withSmallDisk} from '../support/small-disk.ts';
import {temporary} from '../support/temporary.ts';

let undisturbed: Readonly<Record<string, string | undefined>> = {};
/** A clone with a store of its own in which the image was built. */
let another: Clone;
/** A clone in which nothing is built. */
let fresh: Clone;

/** Digests without the folder: clones are in different places. */
const byName = (digests: Readonly<Record<string, string>>): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(digests).map(([path, sha256]): [string, string] => [path.split('/').at(-1) ?? '', sha256]),
  );
/** What builds have left behind in a store without an end. */
const unfinished = ({cache}: Clone): string[] =>
  readdirSync(join(cache, 'store')).filter((name) => name.startsWith('.'));

beforeAll(async () => {
  builtImage(); // so that the packages are downloaded
  // From the store of everybody: what other builds have left there, and what is built here with nothing, must be the same.
  undisturbed = byName(await new Clone({cache: cachePaths(process.env).root}).digests());
  another = new Clone();
  fresh = new Clone();
});

test('a host without apt, dpkg and tar asks the mirror, and gives the same bytes', async () => {
  const script = join(import.meta.dirname, '../support/bare-host.sh');
  const clone = new Clone({prefix: ['unshare', '--map-root-user', '--mount', script]});
  // An image without a lock: there is something to ask.
  expect((await clone.run(['plan', '--image', 'advanced'])).stderr).toContain('this host has no apt or dpkg');
  expect(byName(await clone.digests())).toEqual(undisturbed);
});

test('another clone, in another folder and at another time, gives the same bytes, as sha256sum finds', async () => {
  const digests = await another.digests();
  expect(Object.keys(undisturbed)).toHaveLength(10);
  expect(byName(digests)).toEqual(undisturbed);
  const [path = ''] = Object.keys(digests);
  const folder = join(another.folder, path, '..');
  expect(
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], {cwd: folder, encoding: 'utf8'}),
  ).toBe('');
});

/** Builds until something is said, and then sends a signal: to leanos alone, or to all that it has started. */
async function disturbed(
  clone: Clone,
  moment: RegExp,
  signal: 'SIGINT' | 'SIGKILL',
  words: readonly string[] = [],
): Promise<Ended & {signal: string | null}> {
  const child = clone.start(['build', ...words]);
  let said = '';
  let sent = false;
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    // Once: a second one, while the process ends, would be the death of it.
    if (sent || !moment.test(said) || child.pid === undefined) return;
    sent = true;
    process.kill(signal === 'SIGKILL' ? -child.pid : child.pid, signal);
  });
  return {...(await ended(child)), signal: child.signalCode};
}

test('a build that is killed, interrupted, and killed on, gives the same bytes in the end', async () => {
  const clone = new Clone();
  // A stage that is ended may have been done by then: each of these moments is of another stage.
  const early = /\+ debian-userland/;
  expect((await disturbed(clone, early, 'SIGKILL')).signal).toBe('SIGKILL');
  const interrupted = await disturbed(clone, /\+ rootfs {2}/, 'SIGINT');
  expect(interrupted.status).toBe(1);
  expect(interrupted.stderr).toContain('interrupted');
  expect(unfinished(clone)).toEqual([]);
  for (const moment of [/\+ usr-squashfs/, /\+ esp/, /\+ format-qcow2/])
    expect([moment, (await disturbed(clone, moment, 'SIGKILL')).signal]).toEqual([moment, 'SIGKILL']);
  expect(byName(await clone.digests())).toEqual(undisturbed);
  expect(unfinished(clone)).toEqual([]);
});

test('a build of several formats that is interrupted leaves no file of any', async () => {
  const clone = new Clone({cache: another.cache});
  const formats = ['--format', 'raw.xz,raw.gz,gce,oci,lxc', '--out', join(clone.folder, 'formats')];
  const {status, stderr} = await disturbed(clone, /\+ format-raw\b/, 'SIGINT', formats);
  expect([status, stderr]).toEqual([1, expect.stringContaining('interrupted')]);
  expect(existsSync(join(clone.folder, 'formats'))).toBe(false);
  expect(unfinished(clone)).toEqual([]);
});

test('two builds at once in one checkout are both right', async () => {
  const clone = new Clone();
  await clone.run(['--version']); // compiles where that is needed, as a first command would
  const both = await Promise.all([clone.digests(), clone.digests()]);
  expect(both.map(byName)).toEqual([undisturbed, undisturbed]);
});

describe('a full disk', () => {
  test('is a clear error with status 1; with room again the build succeeds', async () => {
    const clone = new Clone();
    const full = temporary();
    const store = join(clone.cache, 'store');
    mkdirSync(store, {recursive: true});
    const environment = {FULL: full, LEANOS_CACHE: clone.cache, CLONE: clone.folder};
    // The store lies on 60 MiB, which the tools and the packages alone fill.
    const small = withSmallDisk(
      60,
      `mkdir "$FULL/store" && mount --bind "$FULL/store" ${store} && cd "$CLONE" && ./leanos build; s=$?; find ${store} -maxdepth 1 -name '.tmp*'; exit $s`,
      environment,
    );
    expect(small.output).toMatch(/^leanos: (stage [a-z-]+ failed: )?the disk is full/m);
    expect(small.output).not.toMatch(/bug in leanos|^\S*\.tmp-/m);
    expect(small.status).toBe(1);
    expect(readdirSync(join(clone.folder)).includes('out')).toBe(false);
    expect(byName(await clone.digests())).toEqual(undisturbed);
  });

  test('of the output folder leaves no file under its final name', async () => {
    const clone = new Clone({cache: another.cache});
    const full = temporary();
    const environment = {FULL: full, LEANOS_CACHE: clone.cache, CLONE: clone.folder};
    const small = withSmallDisk(
      20,
      'cd "$CLONE" && ./leanos build --out "$FULL/out"; s=$?; find "$FULL" -name "*.tmp" -o -name "*rootfs*" ; exit $s',
      environment,
    );
    expect(small.status).toBe(1);
    expect(small.output).toMatch(/the disk is full/);
    expect(small.output).not.toMatch(/\.tmp\n|bug in leanos/);
    expect(byName(await clone.digests())).toEqual(undisturbed);
  });
});

describe('what the user gets wrong ends with 2 and writes nothing', () => {
  test.each([
    ['an unknown command', ['biuld'], /unknown command 'biuld'\n\(Did you mean build\?\)/],
    [
      'an unknown option',
      ['build', '--chanel', 'beta'],
      /unknown option '--chanel'\n\(Did you mean --channel\?\)/,
    ],
    [
      'an unknown image',
      ['build', '--image', 'tset'],
      /^leanos: no image "tset" in images\/; did you mean "test"\?/m,
    ],
    [
      'an unknown channel',
      ['build', '--channel', 'bta'],
      /^leanos: no channel "bta" in channels\/; did you mean "beta"\?/m,
    ],
    ['an unknown architecture', ['build', '--arch', 'x86'], /"x86" is not known/],
    ['an unknown format', ['build', '--format', 'qcow'], /"qcow" is not known; did you mean "qcow2"\?/],
    ['a bad memory', ['run', '--memory', 'lots'], /a whole number from 16 to 1048576 is needed/],
    ['a missing user-data', ['run', '--user-data', 'none'], /--user-data none: there is no such file/],
    [
      'a firmware of other machines',
      ['run', '--arch', 'x86_64', '--firmware', 'openfirmware'],
      /known: bios, uefi, direct/,
    ],
    [
      'no key where one is named',
      ['publish', 'there', '--channel', 'beta', '--key', 'none'],
      /none: there is no such file$/m,
    ],
    ['a file that is nothing', ['inspect', 'package.json'], /package.json: is nothing that leanos knows/],
    ['nothing to connect to', ['ssh'], /nothing runs\n {2}leanos run/],
  ])('%s', async (_what, args, message) => {
    const {status, stdout, stderr} = await fresh.run(args);
    expect(stderr).toMatch(message);
    expect({status, stdout}).toEqual({status: 2, stdout: ''});
    expect(readdirSync(fresh.folder).includes('out')).toBe(false);
  });

  test('a wrong definition is told with its place; with --json as one value', async () => {
    const clone = new Clone();
    writeFileSync(join(clone.folder, 'images/mine.yaml'), 'extends: test\nusr: {compresion: zstd}\n');
    const {status, stdout, stderr} = await clone.run(['build', '--image', 'mine', '--json']);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^images\/mine\.yaml:2:7: usr\.compresion: unknown key; did you mean "compression"\?$/m,
    );
    expect(JSON.parse(stdout)).toMatchObject({error: {code: 'CONFIG_INVALID'}});
  });

  test('--locked without a lock, and with pins that the mirror does not have', async () => {
    const clone = new Clone();
    const lock = join(clone.folder, 'locks/test-x86_64.json');
    const text = readFileSync(lock, 'utf8');
    rmSync(lock);
    expect(await clone.run(['build', '--locked'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--locked: there is no .*test-x86_64\.json/) as string,
    });
    writeFileSync(lock, text.replace(/"sha256": "[0-9a-f]{64}"/, `"sha256": "${'0'.repeat(64)}"`));
    const gone = await clone.run(['build', '--locked'], {LEANOS_DEBIAN_MIRROR: 'http://127.0.0.1:9/debian'});
    expect(gone.stderr).toMatch(/--locked, but the mirror has moved on/);
    expect(gone.status).toBe(2);
  });
});

test('an image on another base than its own has a lock of its own', async () => {
  const clone = new Clone();
  const own = readFileSync(join(clone.folder, 'locks/test-x86_64.json'), 'utf8');
  const plan = ['plan', '--locked', '--base'];
  expect(await clone.run([...plan, 'debian'])).toMatchObject({status: 0});
  expect(await clone.run([...plan, 'buildroot'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/there is no locks\/test-x86_64-buildroot\.json/) as string,
  });
  const unlocked = await clone.run(['plan', '--base', 'buildroot']);
  expect(unlocked.stdout + unlocked.stderr).not.toContain('stale');
  expect(await clone.run(['lock', '--base', 'buildroot'])).toMatchObject({status: 0});
  expect(await clone.run([...plan, 'buildroot'])).toMatchObject({status: 0});
  expect(readFileSync(join(clone.folder, 'locks/test-x86_64.json'), 'utf8')).toBe(own);
});

test('a checkout without git works, and says what it took', async () => {
  const clone = new Clone({cache: another.cache});
  rmSync(join(clone.folder, '.git'), {recursive: true});
  const {status, stdout} = await clone.run(['build']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/version {2}0\.0\.0-dev, a development build: no git checkout/);
});

test('SOURCE_DATE_EPOCH wins over the commit', async () => {
  const {stdout} = await another.run(['plan', '--json'], {SOURCE_DATE_EPOCH: '1380758400'});
  expect(JSON.parse(stdout)).toMatchObject({version: '94.0.0-dev', epoch: 1380758400});
});

test('every command explains itself with examples', async () => {
  for (const command of ['build', 'plan', 'run', 'ssh', 'test', 'doctor', 'lock', 'inspect', 'clean']) {
    const {status, stdout} = await another.run([command, '--help']);
    expect({command, status, examples: stdout.includes('Examples:')}).toEqual({
      command,
      status: 0,
      examples: true,
    });
  }
});
