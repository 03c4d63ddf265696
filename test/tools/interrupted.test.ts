import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, onTestFinished, test} from 'vitest';
import {CHECKOUT, LEANOS} from '../support/built-image.ts';
import {fakeBuildFolder} from '../support/fake-build-folder.ts';
import {mockRegistry} from '../support/mock-registry.ts';
import {temporary} from '../support/temporary.ts';

const WAIT = {timeout: 60_000};
/** Half the time after which a transfer that is silent ends by itself. */
const SOON_MS = 30_000;
const BYTES = 2_000_000;
const STALLS = 100_000;

interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<{status: number | null; said: string}>;
}

function leanos(...words: readonly string[]): Command {
  const child = spawn(LEANOS, words, {cwd: CHECKOUT, stdio: ['ignore', 'ignore', 'pipe']});
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return {child, ended: once(child, 'close').then(() => ({status: child.exitCode, said}))};
}

async function interrupted({child, ended}: Command): Promise<void> {
  child.kill('SIGINT');
  const outcome = await Promise.race([ended, sleep(SOON_MS, undefined, {ref: false})]);
  if (outcome === undefined) throw new Error('it goes on');
  const {status, said} = outcome;
  expect(said).toContain('interrupted');
  expect(status).toBe(1);
}

test('a push and a pull that are interrupted while nothing moves leave nothing half-done, and go on the next time', async () => {
  const options: {stalls?: number} = {stalls: STALLS};
  const mock = await mockRegistry(options);
  const source = fakeBuildFolder({bytes: BYTES});
  const place = `oci://${mock.host}/me/test:beta`;
  const pushing = leanos('push', source, place);
  await expect.poll(() => mock.received, WAIT).toBeGreaterThan(STALLS);
  await interrupted(pushing);
  expect([...mock.manifests.keys()]).toEqual([]);

  delete options.stalls;
  expect(await leanos('push', source, place).ended).toMatchObject({status: 0});
  expect(mock.manifests.has('beta')).toBe(true);

  options.stalls = STALLS;
  const folder = join(temporary(), 'here');
  const pulling = leanos('pull', place, folder, '--arch', 'x86_64');
  const coming = (): string[] =>
    existsSync(join(folder, '.coming')) ? readdirSync(join(folder, '.coming')) : [];
  await expect.poll(coming, WAIT).not.toEqual([]);
  await interrupted(pulling);
  expect(readdirSync(folder)).toEqual(['.coming']);

  delete options.stalls;
  expect(await leanos('pull', place, folder, '--arch', 'x86_64').ended).toMatchObject({status: 0});
  const disk = 'leanos-4891.0.0-test-x86_64-disk.qcow2';
  expect(readFileSync(join(folder, disk)).equals(readFileSync(join(source, disk)))).toBe(true);
});
