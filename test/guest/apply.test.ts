import {statSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

describe('what is applied', () => {
  const login =
    'for l in system network platform accounts network-config apply; do . "$ROOT/usr/lib/leanos/$l.sh"; done; load_config;' +
    'chown() { :; }; ip() { echo "ip $*" >>"$ROOT/ip"; }; restart_ssh() { echo new >>"$ROOT/host-keys"; };' +
    'make_home leanos; apply_login;';
  const apply = `${login} apply_datasource`;

  async function machineKnowing(
    files: Readonly<Record<string, string>>,
    steps = apply,
  ): Promise<FakeMachine> {
    const machine = await fakeMachine();
    machine.write('proc/sys/kernel/hostname', '');
    for (const [name, text] of Object.entries(files))
      machine.write(`run/leanos/datasource/data/${name}`, text);
    expect(machine.ash(steps).status).toBe(0);
    return machine;
  }

  test.each([
    ['web', 'web\n'],
    ['web.example.org', 'web\n'],
  ])('the host name %s', async (name, applied) => {
    expect((await machineKnowing({'local-hostname': `${name}\n`})).read('etc/hostname')).toBe(applied);
  });

  test('the first login finds its keys and the name of the host; files of /etc are changed after it', async () => {
    const machine = await machineKnowing({'local-hostname': 'web.example.org\n'}, login);
    expect(machine.read('proc/sys/kernel/hostname')).toBe('web\n');
    expect([machine.has('etc/hostname'), machine.has('etc/hosts')]).toEqual([false, false]);
  });

  test.each(['$(reboot)', 'a b', '-rf', '"', 'ü', ''])('not the host name %j', async (name) => {
    expect((await machineKnowing({'local-hostname': `${name}\n`})).has('etc/hostname')).toBe(false);
  });

  test('keys for the login user, and for root with a refusal', async () => {
    const machine = await machineKnowing({'public-keys': 'ssh-ed25519 AAAA a\n'});
    expect(machine.read('home/leanos/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA a\n');
    expect(machine.read('root/.ssh/authorized_keys')).toMatch(
      /,command="echo Please login as .*leanos.* user, not as root.*" ssh-ed25519 AAAA a\n$/,
    );
    expect(statSync(join(machine.root, 'home/leanos/.ssh/authorized_keys')).mode & 0o777).toBe(0o600);
  });

  test('no line that is no key', async () => {
    const machine = await machineKnowing({
      'public-keys': 'ssh-ed25519 AAAA a\n\nhello\n',
    });
    expect(machine.read('home/leanos/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA a\n');
    expect(machine.read('run/leanos/notes')).toContain('public-keys: key 2 is not an ssh public key');
  });

  test('new host keys on a disk that was cloned into another instance, and only there', async () => {
    const machine = await machineKnowing({'instance-id': 'i-1\n'});
    machine.ash(apply);
    expect(machine.has('host-keys')).toBe(false);
    machine.write('etc/dropbear/dropbear_ed25519_host_key', 'old');
    machine.write('run/leanos/datasource/data/instance-id', 'i-2\n');
    machine.ash(apply);
    expect(machine.read('host-keys')).toBe('new\n');
    expect(machine.has('etc/dropbear/dropbear_ed25519_host_key')).toBe(false);
    expect(machine.read('dev/console')).toContain('this disk was instance i-1 and is i-2 now');
  });

  test('a boot without data is no other instance', async () => {
    const machine = await machineKnowing({'instance-id': 'i-1\n'});
    machine.write('run/leanos/datasource/data/instance-id', 'i-dsnone\n');
    machine.ash(apply);
    machine.write('run/leanos/datasource/data/instance-id', 'i-1\n');
    machine.ash(apply);
    expect(machine.has('host-keys')).toBe(false);
  });

  test('files at their paths, and nowhere else', async () => {
    const machine = await machineKnowing({
      files:
        '/etc/motd\t/content/0000\n/srv/a b/c\t/content/0001\n/../../outside\t/content/0000\nrelative\t/content/0000\n/etc/secret\t/content/0000\t0400\n/etc/gone\t/content/0009\n',
      'content/0000': 'hello\n',
      'content/0001': Buffer.from([0, 255, 10]).toString('latin1'),
    });
    expect(machine.read('etc/motd')).toBe('hello\n');
    expect(machine.has('srv/a b/c')).toBe(true);
    expect(machine.ash('stat -c %a "$ROOT/etc/motd" "$ROOT/etc/secret"').stdout).toBe('644\n400\n');
    expect(machine.has('etc/gone')).toBe(false);
    expect(machine.has('../outside')).toBe(false);
    expect(machine.read('dev/console')).toContain('not a path for a file: /../../outside');
  });

  test('the random seed', async () => {
    const machine = await fakeMachine();
    machine.write('dev/urandom', '');
    machine.write('run/leanos/datasource/data/random-seed', 'entropy');
    machine.ash(apply);
    expect(machine.read('dev/urandom')).toBe('entropy');
  });
});

test('what stays is started with the usual priority, whatever that of the shell is', async () => {
  const machine = await fakeMachine();
  machine.write('proc/self/stat', '42 (sh) S 1\n');
  const {stdout} = machine.ash(
    '. "$ROOT/usr/lib/leanos/system.sh"; exec 4>&1; renice() { echo "renice $*" >&4; }; as_ever echo first; set_priority 19; as_ever echo second',
  );
  expect(stdout.trim().split('\n')).toEqual([
    'first',
    'renice 19 -p 42',
    'renice 0 -p 42',
    'second',
    'renice 19 -p 42',
  ]);
});
