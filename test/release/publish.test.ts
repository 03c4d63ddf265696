import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';
import {sha256} from '../../src/core/canonical.ts';
import {openEmbedded, parsePublicLine} from '../../src/formats/signify.ts';
import {parsePointer, type ChannelPointer} from '../../src/release/pointer.ts';
import type {PublishTarget} from '../../src/release/publish-files.ts';
import {publishTarget} from '../../src/release/publish-target.ts';
import {publish} from '../../src/release/publish.ts';
import {run} from '../../src/system/run.ts';
import {fakeBuild, fakeChannel, fakeKey, VERSION, type FakeKey} from '../support/fake-release.ts';
import {temporary} from '../support/temporary.ts';

// Each file is on the disk before the next one; a disk that others write to is slow.
vi.setConfig({testTimeout: 60_000});
const NOW = Date.parse('2026-11-26T12:00:00Z');
const FOLDER = `stable/${VERSION}/test-x86_64`;
const DISK = `${FOLDER}/leanos-${VERSION}-test-x86_64-disk.qcow2`;
const INDEX = 'streams/v1/index.json';

interface Publishing {
  readonly keys: readonly FakeKey[];
  readonly signers?: readonly FakeKey[];
  readonly place: string;
  readonly nowMs?: number;
  readonly channel?: Parameters<typeof fakeChannel>[1];
  /** Stands between the publisher and the folder. */
  readonly between?: (target: PublishTarget) => PublishTarget;
}

/** Publishes a release of a channel with these keys, and gives what was said. */
async function published({
  keys,
  signers = keys,
  place,
  nowMs = NOW,
  channel: more = {},
  between = (target) => target,
}: Publishing): Promise<{files: string[]; notes: string[]}> {
  const channel = fakeChannel(keys, more);
  const [files, notes]: [string[], string[]] = [[], []];
  await publish(between(publishTarget(place, run)), {
    channel,
    builds: [fakeBuild(channel)],
    keys: signers.map(({secret}) => secret),
    nowMs,
    onFile: (path) => files.push(path),
    onNote: (text) => notes.push(text),
  });
  return {files, notes};
}

/** What a guest that knows these keys hears. */
function heard(place: string, {line, secret}: FakeKey): ChannelPointer | undefined {
  const path = join(place, `stable/test-x86_64.${secret.id}.signed`);
  if (!existsSync(path)) return undefined;
  const message = openEmbedded(readFileSync(path), [parsePublicLine(line)]);
  return message === undefined ? undefined : parsePointer(message.toString());
}

/** Whether what a pointer tells of is there, as a guest fetches it. */
function holds(place: string, pointer: ChannelPointer | undefined): boolean {
  const path = join(place, pointer?.manifest.path ?? 'none');
  return existsSync(path) && sha256(readFileSync(path)) === pointer?.manifest.sha256;
}

function sums(place: string): string[] {
  const lines = readFileSync(join(place, FOLDER, 'SHA256SUMS'), 'utf8')
    .trim()
    .split('\n');
  return lines.filter((line) => {
    const [digest = '', name = ''] = line.split('  ');
    return sha256(readFileSync(join(place, FOLDER, name))) !== digest;
  });
}

const place = (): string => join(temporary(), 'mirror');

test('after a change of keys, what is there by size is there anew by digest', async () => {
  const [old, next, at] = [fakeKey(), fakeKey(), place()];
  await published({keys: [old], place: at});
  const before = statSync(join(at, DISK)).size;
  const {files} = await published({keys: [old, next], place: at, nowMs: NOW + 1000});
  expect(statSync(join(at, DISK)).size).toBe(before);
  expect(files).toContain(DISK);
  expect(files.filter((file) => file.endsWith('-usr.img'))).toEqual([]);
  expect(sums(at)).toEqual([]);
  for (const key of [old, next]) expect(holds(at, heard(at, key))).toBe(true);
});

test('a reader that has an older pointer finds what it tells of, through every change of keys', async () => {
  const [old, next, at] = [fakeKey(), fakeKey(), place()];
  const told: (ChannelPointer | undefined)[] = [];
  const steps = [[old], [old, next], [next]];
  for (const [index, keys] of steps.entries()) {
    // After every single file that comes there, everything that any reader was ever told still holds.
    const between = (target: PublishTarget): PublishTarget => ({
      ...target,
      exchange: async (files) => {
        for (const file of files) {
          await target.exchange([file]);
          for (const key of [old, next]) if (heard(at, key) !== undefined) told.push(heard(at, key));
          for (const pointer of told) expect(holds(at, pointer), file.path).toBe(true);
        }
      },
    });
    await published({keys, place: at, nowMs: NOW + 1000 * index, between});
  }
  expect(told.length).toBeGreaterThan(3);
  expect(heard(at, next)?.keys).toEqual([next.line]);
});

test('a key that the channel does not have any more leaves no pointer, and no signature that does not hold', async () => {
  const [old, next, at] = [fakeKey(), fakeKey(), place()];
  await published({keys: [old], place: at});
  await published({keys: [old, next], place: at, nowMs: NOW + 1000});
  await published({keys: [next], place: at, nowMs: NOW + 2000});
  expect(readdirSync(join(at, 'stable')).filter((name) => name.endsWith('.signed'))).toEqual([
    `test-x86_64.${next.secret.id}.signed`,
  ]);
  expect(readdirSync(join(at, FOLDER)).filter((name) => name.endsWith('.sig'))).toEqual(['SHA256SUMS.sig']);
});

test('a release that no guest would believe is refused: the old key has gone before the new one was told', async () => {
  const [old, next, at] = [fakeKey(), fakeKey(), place()];
  await published({keys: [old], place: at});
  await expect(published({keys: [next], place: at})).rejects.toThrow(/none of the given keys is one of them/);
  await expect(published({keys: [old, next], signers: [next], place: at})).rejects.toThrow(
    /none of the given/,
  );
});

test('the time of publishing only goes forward, and all pointers have the same', async () => {
  const [old, next, at] = [fakeKey(), fakeKey(), place()];
  await published({keys: [old, next], place: at});
  expect(heard(at, old)?.published).toBe(heard(at, next)?.published);
  const again = await published({
    keys: [old, next],
    place: at,
    nowMs: NOW - 3_600_000,
    channel: {rollout: 5},
  });
  expect(again.notes.join()).toMatch(/the clock says 2026-11-26T11:00.*was published at 2026-11-26T12:00/);
  expect(heard(at, old)?.rollout).toBe(5);
  for (const key of [old, next]) expect(heard(at, key)?.published).toBe('2026-11-26T12:00:01.000Z');
  // Another pointer in the same moment is a later one; the same pointer is not.
  await published({keys: [old, next], place: at, nowMs: NOW + 1000, channel: {rollout: 7}});
  expect(heard(at, next)?.published).toBe('2026-11-26T12:00:02.000Z');
  const same = {keys: [old, next], place: at, nowMs: NOW + 60_000, channel: {rollout: 7}};
  await published(same);
  expect((await published(same)).files).toEqual([]);
});

test('a clock that is behind the release is refused', async () => {
  const at = place();
  const early = published({keys: [fakeKey()], place: at, nowMs: Date.parse('2013-01-01T00:00:00Z')});
  await expect(early).rejects.toThrow(/the clock says 2013-01-01.*2026-11-20/);
  expect(existsSync(at)).toBe(false);
});

test('what is published shares no bytes with what it came from', async () => {
  const [key, at] = [fakeKey(), place()];
  await published({keys: [key], place: at});
  for (const name of readdirSync(join(at, FOLDER))) expect(statSync(join(at, FOLDER, name)).nlink).toBe(1);
});

test('what was changed since it was built is neither signed nor published', async () => {
  const [key, at] = [fakeKey(), place()];
  const channel = fakeChannel([key]);
  for (const kind of ['disk', 'usr', 'manifest', 'checksums']) {
    const build = fakeBuild(channel);
    appendFileSync(build.artifacts.find((artifact) => artifact.kind === kind)?.path ?? '', 'x');
    const options = {
      channel,
      builds: [build],
      keys: [key.secret],
      nowMs: NOW,
      onFile: () => 0,
      onNote: () => 0,
    };
    await expect(publish(publishTarget(at, run), options), kind).rejects.toThrow(/is not what was built/);
    expect(existsSync(join(at, 'stable/test-x86_64'))).toBe(false);
    expect(heard(at, key)).toBeUndefined();
  }
});

test.each([
  ['an artifact that has lost its end', DISK.replace('-disk.qcow2', '-usr.img'), 'us'],
  ['an artifact with other bytes of the same size', DISK.replace('-disk.qcow2', '-usr.img'), 'usx'],
  ['half an index', INDEX, '{"format": "index:1.0", "ind'],
  ['an index that is a list', INDEX, '[1, 2]'],
  ['an empty index', INDEX, ''],
  ['a list of products that is no JSON', 'streams/v1/org.leanos:stable:download.json', '{'],
  ['half a SHA256SUMS', `${FOLDER}/SHA256SUMS`, 'abc'],
  ['a signature that is none', `${FOLDER}/SHA256SUMS.sig`, 'untrusted comment: x\nAAAA\n'],
])('%s is made anew', async (_, path, content) => {
  const [key, at] = [fakeKey(), place()];
  await published({keys: [key], place: at});
  const whole = readFileSync(join(at, path), 'utf8');
  writeFileSync(join(at, path), content);
  const {notes} = await published({keys: [key], place: at});
  expect(readFileSync(join(at, path), 'utf8')).toBe(whole);
  if (path === INDEX) expect(notes.join()).toContain('index.json is damaged, and is made anew');
  if (path.endsWith('usr.img')) expect(notes.join()).toContain('was there with bytes that no release has');
});

test.each([
  ['is empty', ''],
  ['is half of one', 'untrusted comment: verify with x.pub\nRWQ'],
  ['has a signature and no message', 'untrusted comment: x\n'],
  ['is signed, and no pointer', undefined],
])('a pointer that %s is said, and made anew', async (_, content) => {
  const [key, at] = [fakeKey(), place()];
  await published({keys: [key], place: at});
  const path = join(at, `stable/test-x86_64.${key.secret.id}.signed`);
  const whole = readFileSync(path);
  writeFileSync(path, content ?? whole.toString().replace(/^\{[^]*/m, '{"type": "leanos-channel"}'));
  const {notes} = await published({keys: [key], place: at});
  expect(notes.join()).toMatch(/\.signed is damaged/);
  expect(heard(at, key)?.version).toBe(VERSION);
});

test('an index that is made anew has the other channels, and one that holds keeps what others wrote', async () => {
  const [key, at] = [fakeKey(), place()];
  await published({keys: [key], place: at, channel: {name: 'beta'}});
  await published({keys: [key], place: at});
  const ids = (): string[] =>
    Object.keys((JSON.parse(readFileSync(join(at, INDEX), 'utf8')) as {index: object}).index);
  const own = ['org.leanos:beta:download', 'org.leanos:stable:download'];
  expect(ids()).toEqual(own);
  writeFileSync(join(at, INDEX), '{');
  await published({keys: [key], place: at});
  expect(ids()).toEqual(own);
  const foreign = JSON.parse(readFileSync(join(at, INDEX), 'utf8')) as {index: Record<string, object>};
  foreign.index['com.example:daily'] = {path: 'streams/v1/x.json', format: 'products:1.0'};
  writeFileSync(join(at, INDEX), JSON.stringify(foreign));
  await published({keys: [key], place: at});
  expect(ids()).toEqual(['com.example:daily', ...own]);
});

test('nothing is written through a link in the place', async () => {
  const [key, at, outside] = [fakeKey(), place(), temporary()];
  writeFileSync(join(outside, 'mine'), 'mine');
  for (const link of ['.incoming', 'stable', `stable/${VERSION}`, FOLDER, 'streams', 'streams/v1']) {
    rmSync(at, {recursive: true, force: true});
    mkdirSync(join(at, link, '..'), {recursive: true});
    symlinkSync(outside, join(at, link));
    await expect(published({keys: [key], place: at}), link).rejects.toThrow(/is a link/);
    expect(readdirSync(outside)).toEqual(['mine']);
  }
  // A link in the place of a file is replaced, and what it leads to stays.
  rmSync(at, {recursive: true, force: true});
  mkdirSync(join(at, FOLDER), {recursive: true});
  symlinkSync(join(outside, 'mine'), join(at, DISK));
  await published({keys: [key], place: at});
  expect(readFileSync(join(outside, 'mine'), 'utf8')).toBe('mine');
  expect(sums(at)).toEqual([]);
});

test('a folder in the place of a file is said', async () => {
  const [key, at] = [fakeKey(), place()];
  mkdirSync(join(at, DISK), {recursive: true});
  await expect(published({keys: [key], place: at})).rejects.toThrow(/-disk\.qcow2 is a folder/);
  expect(readdirSync(join(at, '.incoming'))).toEqual([]);
});

test('what comes out of a place other than it went in is said', async () => {
  const at = place();
  const between = (target: PublishTarget): PublishTarget => ({
    ...target,
    remove: async (paths) => {
      await target.remove(paths);
      writeFileSync(join(at, DISK), 'other');
    },
  });
  await expect(published({keys: [fakeKey()], place: at, between})).rejects.toThrow(
    /what is there is not what was published:\n.*-disk\.qcow2: sha256 is/,
  );
});

test('what a publishing that was cut off has left is taken away', async () => {
  const [key, at] = [fakeKey(), place()];
  await published({keys: [key], place: at});
  for (const name of ['stable.0123456789abcdef.SHA256SUMS', 'beta.0123456789abcdef.SHA256SUMS'])
    writeFileSync(join(at, '.incoming', name), 'half');
  await published({keys: [key], place: at});
  // What another channel has there may be on its way.
  expect(readdirSync(join(at, '.incoming'))).toEqual(['beta.0123456789abcdef.SHA256SUMS']);
});
