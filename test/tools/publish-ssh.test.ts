import {execFileSync} from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {publishTarget} from '../../src/release/publish-target.ts';
import {publish, type PublishOutcome} from '../../src/release/publish.ts';
import {run, type Run, type RunOptions} from '../../src/system/run.ts';
import {fakeBuild, fakeChannel, fakeKey, VERSION, type FakeKey} from '../support/fake-release.ts';
import {temporary} from '../support/temporary.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const FOLDER = `stable/${VERSION}/test-x86_64`;
const DISK = `${FOLDER}/leanos-${VERSION}-test-x86_64-disk.qcow2`;

/** What comes of an input on its way to the other machine. */
type Line = (command: string, options: RunOptions) => RunOptions;

interface Publishing {
  readonly keys: readonly FakeKey[];
  readonly root: string;
  readonly line?: Line;
  readonly nowMs?: number;
}

/** Publishes over a connection that does what sshd does with a command: the account's shell runs its text. */
async function published({
  keys,
  root,
  line = (_, options) => options,
  nowMs = NOW,
}: Publishing): Promise<PublishOutcome & {commands: string[]; notes: string[]}> {
  const [commands, notes]: [string[], string[]] = [[], []];
  const connection: Run = async ([, ...words], options = {}) => {
    const command = words.at(-1) ?? '';
    commands.push(command);
    return run(['sh', '-c', command], line(command, options));
  };
  const channel = fakeChannel(keys);
  const outcome = await publish(publishTarget(`ssh://mirror@example.org:2222${root}`, connection), {
    channel,
    builds: [fakeBuild(channel)],
    keys: keys.map(({secret}) => secret),
    nowMs,
    onFile: () => undefined,
    onNote: (text) => notes.push(text),
  });
  return {...outcome, commands, notes};
}

function tree(root: string): string {
  return execFileSync('sh', ['-c', 'find . -type f | sort | xargs sha256sum'], {cwd: root, encoding: 'utf8'});
}

/** The content of an input, whichever way it is given. */
function content({input, inputFile}: RunOptions): Buffer {
  return inputFile === undefined ? Buffer.from(input ?? '') : readFileSync(inputFile);
}

test('over ssh the same comes to be as in a folder, and once more nothing is brought', async () => {
  const [key, folder, root] = [fakeKey(), join(temporary(), 'here'), join(temporary(), 'there')];
  const channel = fakeChannel([key]);
  const quiet = {onFile: () => undefined, onNote: () => undefined};
  const options = {channel, builds: [fakeBuild(channel)], keys: [key.secret], nowMs: NOW, ...quiet};
  await publish(publishTarget(folder, run), options);
  await published({keys: [key], root});
  expect(tree(root)).toBe(tree(folder));
  const again = await published({keys: [key], root});
  expect(again.brought).toBe(0);
  expect(again.commands.length).toBeLessThan(12);
});

test('the keys are changed over ssh as they are in a folder', async () => {
  const [old, next, root] = [fakeKey(), fakeKey(), join(temporary(), 'there')];
  await published({keys: [old], root});
  const before = readFileSync(join(root, DISK), 'utf8');
  await expect(published({keys: [next], root})).rejects.toThrow(/none of the given keys is one of them/);
  await published({keys: [old, next], root});
  expect(readFileSync(join(root, DISK), 'utf8')).not.toBe(before);
  expect(statSync(join(root, DISK)).size).toBe(before.length);
  await published({keys: [next], root, nowMs: NOW + 5000});
  expect(readdirSync(join(root, 'stable')).filter((name) => name.endsWith('.signed'))).toHaveLength(1);
  const {notes} = await published({keys: [next], root, nowMs: NOW - 5000});
  expect(notes.join()).toContain('the clock says');
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ['ends early', (bytes) => bytes.subarray(0, bytes.length / 2)],
  ['brings nothing', () => Buffer.alloc(0)],
  ['changes a byte', (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from('?')])],
  ['brings more', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
])('a connection that %s puts nothing in place', async (_, change) => {
  const [key, root] = [fakeKey(), join(temporary(), 'there')];
  await published({keys: [key], root});
  const old = tree(root);
  for (const name of ['-disk.qcow2', 'SHA256SUMS.sig', 'index.json', '.signed']) {
    const line: Line = (command, options) =>
      command.includes(`${name}'`) && command.includes('cat >') ? {input: change(content(options))} : options;
    const later = {keys: [key, fakeKey()], root, nowMs: NOW + 86_400_000};
    await expect(published({...later, line}), name).rejects.toThrow(/did not arrive whole/);
    expect(tree(root)).toBe(old);
  }
});

test('half an index and half a pointer of an earlier time are made anew', async () => {
  const [key, root] = [fakeKey(), join(temporary(), 'there')];
  await published({keys: [key], root});
  const whole = tree(root);
  writeFileSync(join(root, 'streams/v1/index.json'), '{"format": "index:1.0", "ind');
  writeFileSync(join(root, `stable/test-x86_64.${key.secret.id}.signed`), 'untrusted comment: x\nRWQ');
  const {notes} = await published({keys: [key], root});
  expect(notes.join('\n')).toMatch(/\.signed is damaged[^]*index\.json is damaged/);
  expect(tree(root)).toBe(whole);
});

test('nothing is written through a link at the other end', async () => {
  const [key, outside] = [fakeKey(), temporary()];
  for (const link of ['.incoming', 'stable', `stable/${VERSION}`, FOLDER, 'streams/v1']) {
    const root = join(temporary(), 'there');
    mkdirSync(join(root, link, '..'), {recursive: true});
    symlinkSync(outside, join(root, link));
    await expect(published({keys: [key], root}), link).rejects.toThrow(/is a link/);
    expect(readdirSync(outside)).toEqual([]);
  }
  const root = join(temporary(), 'there');
  mkdirSync(join(root, FOLDER), {recursive: true});
  symlinkSync(outside, join(root, DISK));
  await published({keys: [key], root});
  expect(readdirSync(outside)).toEqual([]);
  expect(readFileSync(join(root, DISK), 'utf8')).toMatch(/^x86_64 qcow2 /);
});

test('a folder in the place of a file is said before anything is put in place', async () => {
  const [key, root] = [fakeKey(), join(temporary(), 'there')];
  mkdirSync(join(root, DISK), {recursive: true});
  await expect(published({keys: [key], root})).rejects.toThrow(/-disk\.qcow2 is a folder/);
  expect(existsSync(join(root, FOLDER, 'SHA256SUMS'))).toBe(false);
  expect(readdirSync(join(root, '.incoming'))).toEqual([]);
});

test.each([
  'ssh://host',
  'ssh://host/',
  'ssh://-oProxyCommand=touch%20x/srv',
  'ssh://-oProxyCommand=x@host/srv',
  'ssh://user:secret@host/srv',
  'ssh://host:ssh/srv',
  'ssh://host/srv?x',
  'ssh://host/a b',
  "ssh://host/a'b",
  'ssh://host/a$(b)',
  'ssh://host/../srv',
  'ssh://host/srv\nx',
  'ftp://host/srv',
  'file:///srv',
  '',
])('%j is no place', (place) => {
  expect(() => publishTarget(place, run)).toThrow(/is no place to publish to/);
});
