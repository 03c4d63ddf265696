import {describe, expect, test} from 'vitest';
import {fakeMachine} from '../support/ash.ts';

describe('leanos-per', () => {
  const per = (frequency: string) =>
    `sh "$ROOT/usr/sbin/leanos-per" ${frequency} job sh -c 'echo x >>"$ROOT/trace"'`;

  test.each([
    ['always', 'x\nx\n'],
    ['boot', 'x\n'],
    ['once', 'x\n'],
    ['instance', 'x\n'],
  ])('%s', async (frequency, trace) => {
    const machine = await fakeMachine();
    machine.ash(`${per(frequency)}; ${per(frequency)}`);
    expect(machine.read('trace')).toBe(trace);
  });

  test('a new instance-id runs it again, once does not', async () => {
    const machine = await fakeMachine();
    for (const id of ['i-1', 'i-2']) {
      machine.write('run/leanos/datasource/data/instance-id', `${id}\n`);
      machine.ash(`${per('instance')}; ${per('once').replace('job', 'other')}`);
    }
    expect(machine.read('trace')).toBe('x\nx\nx\n');
  });

  test.each(['../x', '', 'a b', '.x'])('refuses the name %j', async (name) => {
    const machine = await fakeMachine();
    expect(machine.ash(`sh "$ROOT/usr/sbin/leanos-per" once "${name}" true`).status).toBe(2);
  });
});

test.each([
  ...['apply', 'dhcpc', 'ds', 'per', 'query', 'status', 'userdata'].flatMap((name) => [
    `usr/sbin/leanos-${name}`,
    `usr/sbin/cirros-${name}`,
  ]),
  ...['ec2metadata', 'growpart', 'ssh-add-key', 'ssh-import-id', 'sudo'].map((name) => `usr/bin/${name}`),
])('%s explains itself', async (path) => {
  const machine = await fakeMachine();
  for (const option of ['--help', '-h']) {
    const {status, stdout} = machine.ash(`sh "$ROOT/${path}" ${option}`);
    expect({status, usage: stdout.split(' ')[0]}).toEqual({status: 0, usage: 'usage:'});
  }
});

describe('ssh-add-key', () => {
  const add = (words: string): string =>
    `mkdir -p "$ROOT/home"; HOME=$ROOT/home; export HOME; sh "$ROOT/usr/bin/ssh-add-key" ${words}`;

  test('adds a key once', async () => {
    const machine = await fakeMachine();
    machine.ash(add("'ssh-ed25519 A a'"));
    machine.ash(add("'ssh-ed25519 A a' 'ssh-rsa B b'"));
    expect(machine.read('home/.ssh/authorized_keys')).toBe('ssh-ed25519 A a\nssh-rsa B b\n');
  });

  test('reads stdin, puts a prefix before, and replaces', async () => {
    const machine = await fakeMachine();
    machine.write('home/.ssh/authorized_keys', 'ssh-rsa OLD\n');
    expect(machine.ash(`echo 'ssh-ed25519 A' | (${add('-r -p no-pty -')})`).status).toBe(0);
    expect(machine.read('home/.ssh/authorized_keys')).toBe('no-pty ssh-ed25519 A\n');
  });

  test('refuses what is no key, and changes nothing', async () => {
    const machine = await fakeMachine();
    machine.write('home/.ssh/authorized_keys', 'ssh-rsa OLD\n');
    const {status, stderr} = machine.ash(add("'ssh-ed25519 A' 'hello'"));
    expect({status, stderr}).toEqual({status: 1, stderr: 'ssh-add-key: not a public key: hello\n'});
    expect(machine.read('home/.ssh/authorized_keys')).toBe('ssh-rsa OLD\n');
  });
});

describe('leanos-query', () => {
  test('prints what the datasource brought', async () => {
    const machine = await fakeMachine();
    machine.write('run/leanos/datasource/dsname', 'ec2\n');
    machine.write('run/leanos/datasource/data/instance-id', 'i-1\n');
    const query = (words: string) => machine.ash(`sh "$ROOT/usr/sbin/cirros-query" ${words}`);
    expect(query('datasource').stdout).toBe('ec2\n');
    expect(query('available').stdout).toBe('instance-id\n');
    expect(query('get instance-id').stdout).toBe('i-1\n');
    expect(query('get user-data').status).toBe(1);
    expect(query('get ../dsname').status).toBe(2);
  });
});
