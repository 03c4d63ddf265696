import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test, vi} from 'vitest';
import {loadChannel} from '../../src/config/channel.ts';
import {LeanosError} from '../../src/core/error.ts';
import {parsePublicKey} from '../../src/formats/signify.ts';
import {publishTarget} from '../../src/release/publish-target.ts';
import {publish} from '../../src/release/publish.ts';
import {loadRecord} from '../../src/release/record.ts';
import {verifyFolder} from '../../src/release/verify-folder.ts';
import {ARCHIVE_NAMES} from '../../src/core/archives.ts';
import {loadLock} from '../../src/recipes/lock.ts';
import type {InputRequest} from '../../src/recipes/input-request.ts';
import {run} from '../../src/system/run.ts';
import {fakeBuild, fakeChannel, fakeKey, VERSION} from '../support/fake-release.ts';
import {randomFrom} from '../support/random.ts';
import {temporary} from '../support/temporary.ts';

/** More of them: LEANOS_FUZZ=5000. */
const ROUNDS = Number(process.env['LEANOS_FUZZ'] ?? 40);
vi.setConfig({testTimeout: 60_000 + ROUNDS * 2000});

/** Ends well or with what a user can act on; anything else is a bug. */
async function endsWell(what: string, work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    const isSaid = error instanceof LeanosError || (error instanceof Error && 'syscall' in error);
    if (!isSaid) throw new Error(`${what}: ${String(error)}`, {cause: error});
  });
}

function filesBelow(root: string): string[] {
  const names = readdirSync(root, {recursive: true, encoding: 'utf8'});
  return names.filter((name) => statSync(join(root, name)).isFile()).sort();
}

test('a place with damaged files is published to and verified, or refused, and nothing beside it changes', async () => {
  const key = fakeKey();
  const parent = temporary();
  const root = join(parent, 'mirror');
  writeFileSync(join(parent, 'beside'), 'mine');
  const channel = fakeChannel([key]);
  const build = fakeBuild(channel);
  const quiet = {onFile: () => undefined, onNote: () => undefined};
  const again = (nowMs: number): Promise<unknown> =>
    publish(publishTarget(root, run), {channel, builds: [build], keys: [key.secret], nowMs, ...quiet});
  const keys = [parsePublicKey(readFileSync(key.publicFile, 'utf8'))];
  const folder = join(root, `stable/${VERSION}/test-x86_64`);
  const start = Date.parse('2026-11-26T12:00:00Z');
  await again(start);
  const files = filesBelow(root);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const random = randomFrom(round);
    const victim = join(root, random.of(files));
    const whole = readFileSync(victim);
    writeFileSync(victim, random.damage(whole));
    if (round % 4 === 0) await endsWell(`verify ${round}`, verifyFolder(folder, keys));
    // Whatever it was, publishing mends it.
    await endsWell(`publish ${round}: ${victim}`, again(start + round * 2000));
    expect(filesBelow(root), String(round)).toEqual(files);
  }
  expect((await verifyFolder(folder, keys)).wrong).toEqual([]);
  expect(readdirSync(parent).sort()).toEqual(['beside', 'mirror']);
});

/** What no lock here was made for. */
const REQUEST = {archives: ARCHIVE_NAMES} as unknown as InputRequest;

test('damaged channels, records and locks are read or refused with their place', async () => {
  const key = fakeKey();
  const checkout = temporary();
  const pin = {
    name: 'busybox',
    version: '1:1.37.0-6',
    architecture: 'amd64',
    source: 'busybox',
    url: 'debian:pool/main/b/x.deb',
    bytes: 1,
    sha256: 'a'.repeat(64),
  };
  const lists = ['userland', 'initramfs', 'kernel', 'boot', 'tools', 'toolchain', 'sysroot'];
  const seeds = {
    'channels/stable.yaml': `description: x\nimages: {test: [x86_64]}\nkeys: ["${key.line}"]\nrollout: 100\ncurrent:\n  version: ${VERSION}\n  since: "2026-11-20T12:00:00Z"\n`,
    [`releases/${VERSION}/release.json`]: JSON.stringify({
      version: VERSION,
      commit: 'c'.repeat(40),
      epoch: 1,
      images: {'test-x86_64': {digests: {usr: 'a'.repeat(64)}}},
    }),
    'locks/test-x86_64.json': JSON.stringify({
      request: 'x',
      ...Object.fromEntries(lists.map((name) => [name, [pin]])),
    }),
  };
  for (const path of Object.keys(seeds)) mkdirSync(dirname(join(checkout, path)), {recursive: true});
  for (let round = 1; round <= ROUNDS * 10; round += 1) {
    for (const [path, text] of Object.entries(seeds))
      writeFileSync(join(checkout, path), randomFrom(round).damage(Buffer.from(text)));
    await endsWell(`channel ${round}`, loadChannel(checkout, 'stable'));
    await endsWell(`record ${round}`, loadRecord(checkout, VERSION));
    await endsWell(`lock ${round}`, loadLock(join(checkout, 'locks/test-x86_64.json'), REQUEST));
  }
});
