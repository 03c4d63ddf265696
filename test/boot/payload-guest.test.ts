import {execFileSync} from 'node:child_process';
import {copyFileSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {boot, type Machine} from '../../src/index.ts';
import {LEANOS} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

const SOURCE = join(import.meta.dirname, '../support/payloads/program.c');
const PORT = 80;

/** A project of one's own: `web` serves as a dynamic program, with a static one beside it; `once` ends by itself. */
const project = temporary();
mkdirSync(join(project, 'images'));
execFileSync('gcc', ['-Os', '-o', join(project, 'program'), SOURCE]);
execFileSync('gcc', ['-Os', '-static', '-o', join(project, 'static'), SOURCE]);
writeFileSync(
  join(project, 'images/web.yaml'),
  `extends: leanos/test
payload:
  file: program
  args: serve "two  words" 'it"s' \\$HOME
  environment: {GREETING: "don't panic"}
  memory: 32MiB
  files: [{file: static}]
`,
);
writeFileSync(
  join(project, 'images/once.yaml'),
  'extends: web\npayload: {file: static, args: end 0, onExit: poweroff}\n',
);

/** An image of containers, made by umoci: the static program as a user of its own, with a volume that has a file. */
function containerImage(): void {
  const layout = join(project, 'box');
  const bundle = join(temporary(), 'bundle');
  const umoci = (...words: readonly string[]): unknown => execFileSync('umoci', words, {stdio: 'pipe'});
  umoci('init', '--layout', layout);
  umoci('new', '--image', `${layout}:latest`);
  umoci('unpack', '--rootless', '--image', `${layout}:latest`, bundle);
  for (const folder of ['bin', 'etc', 'data']) mkdirSync(join(bundle, 'rootfs', folder));
  copyFileSync(join(project, 'static'), join(bundle, 'rootfs/bin/program'));
  writeFileSync(join(bundle, 'rootfs/etc/passwd'), 'web:x:1234:1234::/:/bin/false\n');
  writeFileSync(join(bundle, 'rootfs/data/first'), 'from the image\n');
  umoci('repack', '--image', `${layout}:latest`, bundle);
  const config = {
    user: 'web',
    entrypoint: '/bin/program',
    cmd: 'serve',
    workingdir: '/data',
    volume: '/data',
  };
  const words = Object.entries(config).flatMap(([name, value]) => [`--config.${name}`, value]);
  umoci('config', '--image', `${layout}:latest`, ...words, '--config.env', 'GREETING=of the image');
}
writeFileSync(
  join(project, 'images/box.yaml'),
  'extends: leanos/container\npayload: {file: box, args: serve too}\n',
);

/** Builds an image of the project and boots it. */
function machineOf(image: string): Promise<Machine> {
  const text = execFileSync(LEANOS, ['build', '--json', '--image', image], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const {artifacts} = JSON.parse(text) as {artifacts: readonly {kind: string; path: string}[]};
  const disk = join(project, artifacts.find(({kind}) => kind === 'disk')?.path ?? '');
  return boot(disk, {memoryMib: 128, user: 'leanos', ports: [PORT]});
}

let machine: Machine;
beforeAll(async () => (machine = await machineOf('web')), 600_000);
afterAll(() => machine[Symbol.asyncDispose]());

/** What a command prints, as root where it says so. */
async function run(command: string, options = {}): Promise<string> {
  const {stdout, stderr} = await machine.exec(command, options);
  return `${stdout}${stderr}`;
}
const asRoot = (command: string): Promise<string> => run(command, {root: true});

/** Runs a command until what it prints fits. */
async function until(command: string, pattern: RegExp): Promise<string> {
  for (;;) {
    const text = await asRoot(command);
    if (pattern.test(text)) return text;
  }
}

test('a dynamic program is the machine’s one application: its words, its environment, its port below 1024', async () => {
  await machine.console.waitFor(/^serving/m);
  const log = await run('leanos-payload log');
  expect(log).toBe(
    'argument 1: serve\nargument 2: two  words\nargument 3: it"s\nargument 4: $HOME\n' +
      "user 100 in /var/lib/payload, GREETING=don't panic\nserving\n",
  );
  const answer = await fetch(`http://127.0.0.1:${machine.port(PORT)}/`);
  expect(await answer.text()).toBe('hello from the payload\n');
  expect(await run('leanos-payload')).toMatch(/^payload: running, process \d+, for \d+ s, started once\n$/);
});

test('it has few rights, limits, and a system that it cannot write to', async () => {
  const pid = /\d+/.exec(await run('leanos-payload'))?.[0] ?? '';
  expect(await asRoot(`grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/${pid}/status`)).toBe(
    'Uid:\t100\t100\t100\t100\nCapEff:\t0000000000000400\nCapBnd:\t0000000000000400\nNoNewPrivs:\t1\nSeccomp:\t2\n',
  );
  const mounts = (await asRoot(`cat /proc/${pid}/mounts`)).split('\n').filter((line) => / rw,/.test(line));
  expect(mounts.map((line) => line.split(' ')[1]).sort()).toEqual(['/dev/shm', '/tmp', '/var/lib/payload']);
  expect(await asRoot('cat /sys/fs/cgroup/service.payload/memory.max')).toBe(`${32 * 2 ** 20}\n`);
});

test('whoever kills it, or what supervises it, has it back', async () => {
  await asRoot('kill -9 $(leanos-payload | sed "s/.*process //; s/,.*//")');
  await until('leanos-payload', /running.* started 2 times/);
  expect(await run('leanos-payload log')).toContain(
    'warning: payload killed by signal 9: started again in 1 s\ninfo: payload is started again\n',
  );
  await asRoot('kill -9 $(pidof leanos-supervise)');
  await until('leanos-payload', /running.* started once/);
  await machine.console.waitFor(/serving[^]*serving[^]*serving/);
  const answer = await fetch(`http://127.0.0.1:${machine.port(PORT)}/`);
  expect(await answer.text()).toBe('hello from the payload\n');
});

test('it is stopped and started by whoever is root', async () => {
  expect(await run('leanos-payload stop')).toContain('this needs root');
  expect(await asRoot('leanos-payload stop')).toMatch(/^payload: stopped, killed by signal 15/);
  expect(await run('pidof program')).toBe('');
  expect(await asRoot('leanos-payload restart')).toMatch(/^payload: running/);
});

test('one that goes on ending is given up, and the machine stays', async () => {
  await asRoot(
    `printf '%s\\n' "COMMAND='/usr/lib/payload/static end 3'" TRIES=3 DELAY=100 >>/etc/leanos-init/services/payload; kill -9 $(pidof leanos-supervise)`,
  );
  await until('leanos-payload', /given-up, ended with status 3, started 3 times/);
  const end = 'error: payload ended with status 3, 3 times in a row: it is given up until somebody starts it';
  await machine.console.waitFor(new RegExp(end));
  expect(await asRoot('leanos-status')).toContain(end);
});

test('the end of one that is to end switches the machine off', async () => {
  await using other = await machineOf('once');
  await other.console.waitFor(
    /info: payload ended with status 0: \/usr\/lib\/leanos\/end-poweroff\r?\n[^]*Power down/,
  );
});

test('a container image runs as it says: its entrypoint, its user, its environment, its volumes', async () => {
  containerImage();
  await using box = await machineOf('box');
  await box.console.waitFor(/^serving/m);
  const {stdout} = await box.exec(
    'leanos-payload log; cat /proc/$(pidof program)/status | grep -E "^(Uid|NSpid|NoNewPrivs|Seccomp):"; cat /var/lib/payload/volumes/data/first',
    {root: true},
  );
  expect(stdout).toMatch(
    /^argument 1: serve\nargument 2: too\nuser 1234 in \/data, GREETING=of the image\nserving\nUid:\t1234\t.*\nNSpid:\t\d+\t1\nNoNewPrivs:\t1\nSeccomp:\t2\nfrom the image\n$/,
  );
  const answer = await fetch(`http://127.0.0.1:${box.port(PORT)}/`);
  expect(await answer.text()).toBe('hello from the payload\n');
});
