import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {
  boot,
  BootError,
  build,
  inspect,
  type Image,
  type LibraryEvent,
  type Machine,
} from '../../src/index.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {waitForLogin} from '../../src/vm/ssh-login.ts';
import {temporary} from '../support/temporary.ts';

const events: LibraryEvent[] = [];
const log = join(temporary(), 'console.log');
let image: Image;
let machine: Machine;
beforeAll(async () => {
  image = await build('test', {formats: ['qcow2'], onEvent: (event) => events.push(event)});
  const userData = '#!/bin/sh\necho the user-data has run\nhttpd -p 80 -h /etc\n';
  machine = await boot(image, {
    seed: {userData, hostname: 'web'},
    memoryMib: 192,
    ports: [80],
    log,
    network: 'lab',
  });
});
afterAll(() => machine[Symbol.asyncDispose]());

test('an image is plain values, and its events name steps', async () => {
  expect(JSON.parse(JSON.stringify(image))).toEqual(image);
  expect(events[0]).toMatchObject({type: 'planned'});
  expect(structuredClone(events)).toEqual(events);
  const disk = image.artifacts.find(({kind}) => kind === 'disk');
  expect(await inspect(disk?.path ?? '')).toMatchObject({kind: 'qcow2 disk', sha256: disk?.sha256});
});

test('a command gives its status and both outputs, also as root', async () => {
  expect(await machine.exec('hostname; echo wrong >&2; exit 3')).toEqual({
    status: 3,
    stdout: 'web\n',
    stderr: 'wrong\n',
  });
  expect((await machine.exec(`id -u; echo 'it is' "$0"`, {root: true})).stdout).toBe('0\nit is sh\n');
  expect(machine.reached).toBe('command');
});

test('a command that a signal ends is told with it', async () => {
  await expect(machine.exec('kill -SEGV $$')).rejects.toThrow('SEGV ended it');
});

test('many commands leave nobody behind who listens for the machine’s end', async () => {
  const warnings: string[] = [];
  const hear = ({message}: Error): number => warnings.push(message);
  process.on('warning', hear);
  for (let count = 0; count < 12; count += 1) await machine.exec('true');
  await new Promise(setImmediate);
  process.off('warning', hear);
  expect(warnings).toEqual([]);
});

test('the console is there from its beginning, and can be waited for', async () => {
  await machine.console.waitFor(/the user-data has run/);
  expect(machine.console.text).toContain('info: initramfs: up at');
  await expect(machine.console.waitFor(/never said/, {timeoutMs: 10})).rejects.toThrow(BootError);
});

test('a port leads to the guest’s', async () => {
  const answer = await fetch(`http://127.0.0.1:${machine.port(80)}/hostname`);
  expect(await answer.text()).toBe('web\n');
  expect(() => machine.port(81)).toThrow('port 81 of the guest leads nowhere');
});

test('ssh-audit finds nothing to fail in what ssh offers', () => {
  const {status, stdout} = spawnSync('ssh-audit', ['--port', String(machine.port(22)), '127.0.0.1'], {
    encoding: 'utf8',
  });
  expect(stdout).toContain('(kex) curve25519-sha256');
  expect(stdout.split('\n').filter((line) => line.includes('[fail]'))).toEqual([]);
  expect(status).toBe(2); // it warns of the exchange for old clients
});

test('machines of a network reach each other by name, and each this host', async () => {
  await using other = await boot(image, {memoryMib: 128, network: 'lab', firmware: 'direct'});
  const page = 'wget -q -T 10 -O - http://web/hostname';
  expect((await other.exec(`hostname; ${page}`)).stdout).toBe('lab-2\nweb\n');
  expect((await machine.exec('ping -c 1 -W 10 lab-2', {root: true})).status).toBe(0);
  await expect(boot(image, {network: 'lab', seed: {hostname: 'web'}})).rejects.toThrow(
    'network lab: it has a machine called web already',
  );
});

test('a folder is uploaded to where the login user may not write, a file to where it may', async () => {
  const folder = join(temporary(), 'site');
  mkdirSync(join(folder, 'sub'), {recursive: true});
  writeFileSync(join(folder, 'sub/index.html'), 'hello\n');
  await machine.upload(folder, '/srv/www/site');
  await machine.upload(join(folder, 'sub/index.html'), '/tmp/a b/index.html');
  const {stdout} = await machine.exec(
    'cat /srv/www/site/sub/index.html "/tmp/a b/index.html"; [ -O /srv/www/site ] && echo mine',
  );
  expect(stdout).toBe('hello\nhello\nmine\n');
  await expect(machine.upload('no-such-file', '/tmp/x')).rejects.toThrow(
    'no-such-file: there is no such file',
  );
});

test('a key that is refused is told at once when the guest has all of its keys', async () => {
  const phases: string[] = [];
  const login = waitForLogin({
    port: machine.port(22),
    user: image.user,
    privateKey: generateSshKey('stranger').privateKey,
    timeoutMs: 120_000,
    isSettled: () => true,
    onPhase: (phase) => phases.push(phase),
  });
  await expect(login).rejects.toThrow(/it is refused for good; last: the key is not accepted/);
  expect(phases).toEqual(['banner', 'key-exchange', 'key-refused']);
});

test('a machine restarts, and switches itself off', async () => {
  const before = (await machine.exec('cat /proc/sys/kernel/random/boot_id')).stdout;
  await machine.reboot();
  expect((await machine.exec('cat /proc/sys/kernel/random/boot_id')).stdout).not.toBe(before);
  await machine.powerOff();
  await expect(machine.exec('true')).rejects.toThrow('QEMU ended');
  expect(readFileSync(log, 'utf8')).toContain('reboot: Power down');
  expect(existsSync(log)).toBe(true);
});
