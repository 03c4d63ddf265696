import {spawnSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {builtImage, CHECKOUT, LEANOS} from '../support/built-image.ts';
import {ended} from '../support/clone.ts';
import {spawn} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {processIdentity} from '../../src/system/process-identity.ts';
import {cachePaths} from '../../src/system/cache.ts';

const RUNNING = join(cachePaths(process.env).machines, 'running');

interface TestRecord {
  readonly failed: number;
  readonly passed: number;
  readonly digests: Readonly<Record<string, string>>;
  readonly results: readonly {
    readonly path: string;
    readonly promise: string;
    readonly kept: boolean;
    readonly found: string;
  }[];
}

test('leanos test boots the image under BIOS, under UEFI and from RAM, and every promise is kept', () => {
  const built = builtImage();
  const {status, stdout, stderr} = spawnSync(LEANOS, ['test', '--json'], {cwd: CHECKOUT, encoding: 'utf8'});
  expect(status, stderr).toBe(0);
  const record = JSON.parse(stdout) as TestRecord;
  expect(record.results.filter(({kept}) => !kept)).toEqual([]);
  expect([...new Set(record.results.map(({path}) => path))]).toEqual([
    'bios',
    'bios, second boot',
    'bios, read-only disk',
    'uefi',
    'uefi, second boot',
    'direct',
  ]);
  const disk = built.artifacts.find(({kind}) => kind === 'disk');
  expect(record.digests['disk.qcow2']).toBe(disk?.sha256);
});

/** The QEMU that a process has started, by its process id. */
function machineOf(parent: number): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      const [, name, , of] = /^\d+ \((.*)\) (\S) (\d+) /.exec(readOr(`/proc/${pid}/stat`, '')) ?? [];
      return name?.startsWith('qemu-system') === true && Number(of) === parent;
    });
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return otherwise;
  }
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, {timeout: 120_000, interval: 50}).toBe(true);
}

test('leanos run has the console, leanos ssh a shell in it, and ctrl-a x leaves', async () => {
  const run = spawn(LEANOS, ['run', '--firmware', 'direct'], {
    cwd: CHECKOUT,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const over = ended(run);
  await until(
    () => existsSync(RUNNING) && readdirSync(RUNNING).includes(`${processIdentity(run.pid ?? 0)}.json`),
  );
  const ssh = spawnSync(LEANOS, ['ssh', '--', 'echo', 'here;', 'exit', '7'], {
    cwd: CHECKOUT,
    encoding: 'utf8',
  });
  expect({status: ssh.status, stdout: ssh.stdout}).toEqual({status: 7, stdout: 'here\n'});
  run.stdin.write('\x01x');
  const {status, stdout} = await over;
  expect(status).toBe(0);
  expect(stdout).toContain('info: initramfs: up at');
});

test('a machine does not outlive its command, however that ends', async () => {
  const run = spawn(LEANOS, ['run', '--firmware', 'direct'], {
    cwd: CHECKOUT,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const over = ended(run);
  const command = run.pid ?? 0;
  await until(() => machineOf(command) !== undefined);
  const machine = machineOf(command) ?? 0;
  expect(readOr(`/proc/${machine}/cmdline`, '')).toMatch(/^qemu-system/);
  run.kill('SIGKILL');
  await over;
  await until(() => !readOr(`/proc/${machine}/cmdline`, '').startsWith('qemu-system'));
});
