import {execFileSync} from 'node:child_process';
import {appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {parsePublicKey, signMessage} from '../../src/formats/signify.ts';
import {publishTarget} from '../../src/release/publish-target.ts';
import {publish} from '../../src/release/publish.ts';
import {verifyFolder, type FolderReport} from '../../src/release/verify-folder.ts';
import {run} from '../../src/system/run.ts';
import {fakeBuild, fakeChannel, fakeKey, VERSION, type FakeKey} from '../support/fake-release.ts';
import {temporary} from '../support/temporary.ts';

// Each file is on the disk before the next one; a disk that others write to is slow.
vi.setConfig({testTimeout: 60_000});
const NOW = Date.parse('2026-11-26T12:00:00Z');

async function publishedFolder(
  keys: readonly FakeKey[],
  root = join(temporary(), 'mirror'),
): Promise<string> {
  const channel = fakeChannel(keys);
  const secrets = keys.map(({secret}) => secret);
  const quiet = {onFile: () => undefined, onNote: () => undefined};
  await publish(publishTarget(root, run), {
    channel,
    builds: [fakeBuild(channel)],
    keys: secrets,
    nowMs: NOW,
    ...quiet,
  });
  return join(root, `stable/${VERSION}/test-x86_64`);
}

function verified(folder: string, ...keys: readonly FakeKey[]): Promise<FolderReport> {
  return verifyFolder(
    folder,
    keys.map(({publicFile}) => parsePublicKey(readFileSync(publicFile, 'utf8'))),
  );
}

test('a release is all that its folder has, by each of its keys', async () => {
  const [first, second] = [fakeKey(), fakeKey()];
  const folder = await publishedFolder([first, second]);
  for (const key of [first, second]) {
    const {key: signer, wrong, unchecked, checked, otherSignatures} = await verified(folder, key);
    expect({wrong, unchecked}).toEqual({wrong: [], unchecked: []});
    expect(signer).toBe(key.secret.id);
    expect(checked).toContain(`leanos-${VERSION}-test-x86_64-disk.qcow2`);
    expect(otherSignatures).toHaveLength(1);
  }
  expect((await verified(folder, fakeKey())).wrong).toContain('SHA256SUMS is not signed by any of the keys');
});

test.each<[string, (path: string) => void, string]>([
  ['a file', (path) => writeFileSync(path, 'x'), 'a file'],
  ['a hidden file', (path) => writeFileSync(path.replace(/more$/, '.more'), 'x'), 'a file'],
  ['a folder', (path) => mkdirSync(path), 'a folder'],
  ['a link out of the folder', (path) => symlinkSync('/etc/passwd', path), 'a link'],
  ['a link to nothing', (path) => symlinkSync('/nowhere', path), 'a link'],
  ['a pipe', (path) => execFileSync('mkfifo', [path]), 'a named pipe'],
  [
    'a signature that is none',
    (path) => writeFileSync(join(path, '../SHA256SUMS.0123456789abcdef.sig'), 'x'),
    'no signature',
  ],
  [
    'a pipe in the place of a signature',
    (path) => execFileSync('mkfifo', [join(path, '../SHA256SUMS.0123456789abcdef.sig')]),
    'a named pipe',
  ],
  ['a name with an end of line', (path) => writeFileSync(`${path}\n.sig`, 'x'), 'a file'],
])('%s that no list names is named, and not waited for', async (_, add, what) => {
  const key = fakeKey();
  const folder = await publishedFolder([key]);
  add(join(folder, 'more'));
  const report = await verified(folder, key);
  expect(report.wrong).toEqual([]);
  expect(report.unchecked).toEqual([expect.objectContaining({what})]);
});

test('a socket that no list names is named', async () => {
  const key = fakeKey();
  const folder = await publishedFolder([key]);
  const server = createServer().listen(join(folder, 'more'));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  expect((await verified(folder, key)).unchecked).toEqual([{name: 'more', what: 'a socket'}]);
});

test.each<[string, (path: string) => void, RegExp]>([
  ['changed', (path) => appendFileSync(path, 'x'), /sha256 is [0-9a-f]{64}, not/],
  ['missing', (path) => rmSync(path), /-usr\.img: missing/],
  ['a pipe', (path) => (rmSync(path), execFileSync('mkfifo', [path])), /-usr\.img: is a named pipe/],
  ['a folder', (path) => (rmSync(path), mkdirSync(path)), /-usr\.img: is a folder/],
  [
    'a link to the same bytes',
    (path) => (rmSync(path), writeFileSync(`${path}.x`, 'usr'), symlinkSync(`${path}.x`, path)),
    /-usr\.img: is a link/,
  ],
])('an artifact that is %s is wrong', async (_, damage, reason) => {
  const key = fakeKey();
  const folder = await publishedFolder([key]);
  damage(join(folder, `leanos-${VERSION}-test-x86_64-usr.img`));
  expect((await verified(folder, key)).wrong).toEqual([expect.stringMatching(reason)]);
});

test.each([
  ['names nothing', '', /names no file/],
  ['leads out of the folder', `${'a'.repeat(64)}  ../x\n`, /no digest and name/],
  ['names the folder', `${'a'.repeat(64)}  ..\n`, /no digest and name/],
  ['names itself', `${'a'.repeat(64)}  SHA256SUMS\n`, /no digest and name/],
  ['names a file twice', `${'a'.repeat(64)}  x\n${'b'.repeat(64)}  x\n`, /names x twice/],
])('a signed SHA256SUMS that %s is wrong', async (_, text, reason) => {
  const [key, folder] = [fakeKey(), temporary()];
  writeFileSync(join(folder, 'SHA256SUMS'), text);
  writeFileSync(join(folder, 'SHA256SUMS.sig'), signMessage(Buffer.from(text), key.secret, 'x'));
  expect((await verified(folder, key)).wrong.join('\n')).toMatch(reason);
});

test('SHA256SUMS that is a pipe or a link is said', async () => {
  const folder = temporary();
  execFileSync('mkfifo', [join(folder, 'SHA256SUMS')]);
  await expect(verified(folder, fakeKey())).rejects.toThrow(/SHA256SUMS is a named pipe/);
  rmSync(join(folder, 'SHA256SUMS'));
  symlinkSync('/etc/passwd', join(folder, 'SHA256SUMS'));
  await expect(verified(folder, fakeKey())).rejects.toThrow(/SHA256SUMS is a link/);
});

test('a release that is exchanged for another one while it is looked at is whole at every moment', async () => {
  const [old, next] = [fakeKey(), fakeKey()];
  const root = join(temporary(), 'mirror');
  const folder = await publishedFolder([old], root);
  let isOver = false;
  const look = async (): Promise<FolderReport[]> => {
    const reports: FolderReport[] = [];
    while (!isOver) reports.push(await verified(folder, old, next));
    return reports;
  };
  const looking = Promise.all([look(), look()]);
  for (const keys of [[old, next], [old], [old, next], [next]]) await publishedFolder(keys, root);
  isOver = true;
  const reports = (await looking).flat();
  expect(reports.length).toBeGreaterThan(4);
  for (const {wrong, unchecked} of reports) expect({wrong, unchecked}).toEqual({wrong: [], unchecked: []});
});
