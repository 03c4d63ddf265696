import {truncateSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {MetadataServer} from '../../src/vm/metadata-server.ts';
import {execFileSync} from 'node:child_process';
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

test.each([
  ['-n id', '-n -u root -- env HOME=/root id'],
  ['-E -u root id -u', '-u root -- env HOME=/root id -u'],
])('sudo %s is doas %s', async (words, asked) => {
  const machine = await fakeMachine();
  machine.write('bin/doas', '#!/bin/sh\nprintf "%s\\n" "$*"\n', 0o755);
  expect(machine.ash(`PATH=$ROOT/bin:$PATH; sh "$ROOT/usr/bin/sudo" ${words}`).stdout).toBe(`${asked}\n`);
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
    expect({status, stderr}).toEqual({status: 1, stderr: 'ssh-add-key: key 2 is not an ssh public key\n'});
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

  test('waits for the rest of what let somebody in, and for nothing where the search is over', async () => {
    const machine = await fakeMachine();
    const query = 'sh "$ROOT/usr/sbin/leanos-query" datasource';
    const found = 'mkdir "$ROOT/run/leanos/datasource"; echo ec2 >"$ROOT/run/leanos/datasource/dsname"';
    const {stdout, stderr} = machine.ash(
      `${query} & . "$ROOT/usr/lib/leanos/system.sh"; nap 0.6; ${found}; wait`,
    );
    expect([stdout, stderr]).toEqual(['ec2\n', '']);
    const none = machine.ash(`rm -r "$ROOT/run/leanos/datasource"; : >"$ROOT/run/leanos/applied"; ${query}`);
    expect([none.status, none.stdout]).toEqual([1, '']);
  });
});

describe('ssh-import-id', () => {
  const imported = (url: string, words: string): string =>
    `mkdir -p "$ROOT/home"; HOME=$ROOT/home SSH_IMPORT_URL=${url}; export HOME SSH_IMPORT_URL; sh "$ROOT/usr/bin/ssh-import-id" ${words}`;

  test.each([
    ['gh:somebody', '/somebody.keys'],
    ['lp:somebody', '/~somebody/+sshkeys'],
    ['somebody', '/~somebody/+sshkeys'],
  ])('%s', async (id, path) => {
    await using server = await MetadataServer.start({
      [path]: 'ssh-ed25519 AAAA a\r\nnot a key\nssh-rsa BBBB b\n',
    });
    const machine = await fakeMachine();
    const {status} = await machine.run(`${imported(server.url, id)} 2>"$ROOT/err"`);
    expect(server.requests).toEqual([`GET ${path}`]);
    expect(status).toBe(0);
    expect(machine.read('home/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA a\nssh-rsa BBBB b\n');
  });

  test.each(['gh:../x', 'ftp:x', 'gh:'])('refuses %s', async (id) => {
    const {status, stderr} = await (await fakeMachine()).run(imported('http://127.0.0.1:9', `'${id}'`));
    expect({status, stderr}).toEqual({status: 2, stderr: `ssh-import-id: not gh:NAME or lp:NAME: ${id}\n`});
  });
});

describe('ec2metadata', () => {
  test.each([undefined, 'a-token'])('prints items (token: %s)', async (token) => {
    await using server = await MetadataServer.start(
      {'/latest/meta-data/instance-id': 'i-1', '/latest/meta-data/local-ipv4': '10.0.0.1'},
      token === undefined ? {} : {token},
    );
    const machine = await fakeMachine();
    const ask = (words: string) =>
      machine.run(`TMPDIR=$ROOT; export TMPDIR; sh "$ROOT/usr/bin/ec2metadata" --url ${server.url} ${words}`);
    expect((await ask('--instance-id --local-ipv4 --mac')).stdout).toBe('i-1\n10.0.0.1\nunavailable\n');
    expect((await ask('')).stdout).toContain('instance-id: i-1\n');
    expect((await ask('--colour')).status).toBe(2);
  });

  test('says that nobody answers', async () => {
    const {status, stderr} = await (
      await fakeMachine()
    ).run(`sh "$ROOT/usr/bin/ec2metadata" --url http://127.0.0.1:9`);
    expect({status, stderr}).toEqual({status: 1, stderr: 'ec2metadata: no answer from http://127.0.0.1:9\n'});
  });
});

describe('growpart', () => {
  async function machineWithDisk() {
    const machine = await fakeMachine();
    const disk = join(machine.root, 'vdx');
    machine.write('vdx', '');
    truncateSync(disk, 64 * 2 ** 20);
    const path = `${process.env['PATH'] ?? ''}:/usr/sbin`;
    const sgdisk = (...words: string[]): string =>
      execFileSync('sgdisk', [...words, disk], {encoding: 'utf8', env: {...process.env, PATH: path}});
    sgdisk('--new=1:2048:+8M', '--new=2:0:+8M');
    truncateSync(disk, 200 * 2 ** 20);
    machine.write('sys/class/block/vdx/size', `${(200 * 2 ** 20) / 512}\n`);
    for (const [part, start] of [
      ['vdx1', 2048],
      ['vdx2', 18432],
    ] as const) {
      for (const folder of ['sys/class/block', 'sys/class/block/vdx']) {
        machine.write(`${folder}/${part}/start`, `${start}\n`);
        machine.write(`${folder}/${part}/size`, '16384\n');
      }
    }
    const growpart = (words: string) => machine.ash(`cd "$ROOT"; sh "$ROOT/usr/bin/growpart" ${words} 2>&1`);
    return {growpart, sgdisk};
  }

  test('grows the last partition to the end of the disk', async () => {
    const {growpart, sgdisk} = await machineWithDisk();
    const {status, stdout} = growpart('"$ROOT/vdx" 2');
    expect({status, stdout: stdout.slice(0, 8)}).toEqual({status: 0, stdout: 'CHANGED:'});
    expect(sgdisk('--verify')).toMatch(/^\s*No problems found\./);
    expect(sgdisk('--info=2')).toMatch(/Last sector: 407551 /);
  });

  test('changes nothing with --dry-run, and nothing but the last partition', async () => {
    const {growpart, sgdisk} = await machineWithDisk();
    expect(growpart('--dry-run "$ROOT/vdx" 2').stdout).toMatch(
      /^CHANGE: partition=2 start=18432 old: size=16384 /,
    );
    expect(growpart('"$ROOT/vdx" 1')).toMatchObject({
      status: 1,
      stdout: 'NOCHANGE: partition 1 is not the last one\n',
    });
    expect(growpart('"$ROOT/vdx" 3').status).toBe(2);
    expect(sgdisk('--info=2')).toMatch(/Last sector: 34815 /);
  });
});

describe('leanos-dhcpc', () => {
  const event = (name: string, lease: string, as = 'leanos-dhcpc'): string =>
    `ip() { echo "ip $*"; }; ${lease} set -- ${name}; cd "$ROOT/usr/sbin"; . "./${as}"`;

  test('a lease becomes an address, routes and name servers', async () => {
    const machine = await fakeMachine();
    const {stdout, stderr} = machine.ash(
      event(
        'bound',
        'interface=eth0 ip=10.0.0.5 subnet=255.255.240.0 router=10.0.0.1 dns="10.0.0.53 *" search=example.org mtu=1400;',
      ),
    );
    expect({stdout, stderr}).toEqual({
      stdout:
        'ip link set dev eth0 mtu 1400\nip -4 addr replace 10.0.0.5/20 dev eth0\nip route replace default via 10.0.0.1 dev eth0 metric 0\n',
      stderr: '',
    });
    expect(machine.read('etc/resolv.conf')).toBe('search example.org\nnameserver 10.0.0.53\n');
  });

  test.each(['255.255.09.0', '255.255.99999999999999999999.0', '255.255.x.0'])(
    'a netmask that is none, %s, does not end it',
    async (mask) => {
      const {stdout, stderr} = (await fakeMachine()).ash(
        event('bound', `interface=eth0 ip=10.0.0.5 subnet=${mask} router=10.0.0.1;`),
      );
      expect(stderr).toBe('');
      expect(stdout).toContain('ip route replace default via 10.0.0.1');
    },
  );

  test('classless routes take the place of the router', async () => {
    const {stdout} = (await fakeMachine()).ash(
      event(
        'renew',
        'interface=eth0 ip=10.0.0.5 mask=24 router=10.0.0.1 staticroutes="0.0.0.0/0 10.0.0.2 10.9.0.0/16 0.0.0.0";',
      ),
    );
    expect(stdout).toBe(
      'ip -4 addr replace 10.0.0.5/24 dev eth0\nip route replace 0.0.0.0/0 via 10.0.0.2 dev eth0 metric 0\nip route replace 10.9.0.0/16 dev eth0 metric 0\n',
    );
  });

  test.each([
    ['nameserver 1.1.1.1\n', 'search lease.org\nnameserver 1.1.1.1\n'],
    ['search a.org\n', 'search a.org\nnameserver 10.0.0.53\n'],
    ['search a.org\nnameserver 1.1.1.1\n', 'search a.org\nnameserver 1.1.1.1\n'],
  ])('what the instance configures wins over what DHCP says: %j', async (configured, expected) => {
    const machine = await fakeMachine();
    machine.write('run/leanos/resolver/configured', configured);
    machine.ash(event('bound', 'interface=eth0 ip=10.0.0.5 dns=10.0.0.53 domain=lease.org;'));
    expect(machine.read('etc/resolv.conf')).toBe(expected);
  });

  test('name servers of two cards are all there, their domains on one line', async () => {
    const machine = await fakeMachine();
    machine.ash(event('bound', 'interface=eth0 ip=10.0.0.5 dns=10.0.0.53 domain=a.org;'));
    machine.ash(event('bound', 'interface=eth1 ip=10.1.0.5 dns="10.1.0.53 10.0.0.53" search="b.org c.org";'));
    expect(machine.read('etc/resolv.conf')).toBe(
      'search a.org b.org c.org\nnameserver 10.0.0.53\nnameserver 10.1.0.53\n',
    );
  });

  const LEASE =
    'interface=eth0 ip=10.0.0.5 mask=24 router="10.0.0.1 10.0.0.2" dns=10.0.0.53 domain=a.org mtu=1400;';
  const address = 'ip -4 addr replace 10.0.0.5/24 dev eth0\n';
  const first = 'ip route replace default via 10.0.0.1 dev eth0 metric';
  const second = 'ip route replace default via 10.0.0.2 dev eth0 metric';
  const mtu = 'ip link set dev eth0 mtu 1400\n';
  const resolver = 'search a.org\nnameserver 10.0.0.53\n';
  test.each([
    ['', `${mtu}${address}${first} 0\n${second} 1\n`, resolver],
    ['metric=200', `${mtu}${address}${first} 200\n${second} 201\n`, resolver],
    ['routes=no', `${mtu}${address}`, resolver],
    ['mtu=no', `${address}${first} 0\n${second} 1\n`, resolver],
    ['routes=no dns=no', `${mtu}${address}`, ''],
    ['routes=no domains=no', `${mtu}${address}`, 'nameserver 10.0.0.53\n'],
  ])('a lease is taken as the configuration wants it: %j', async (options, commands, servers) => {
    const machine = await fakeMachine();
    machine.write('run/leanos/network-configured', '');
    machine.write('run/leanos/dhcp4.eth0', `${options}\n`);
    expect(machine.ash(event('bound', LEASE))).toMatchObject({stdout: commands, stderr: ''});
    expect(machine.read('etc/resolv.conf')).toBe(servers);
  });

  test.each(['20', '575', '66000', '1400; reboot', '-5', 'x'])('an MTU of %j is not taken', async (size) => {
    const machine = await fakeMachine();
    expect(machine.ash(event('bound', `interface=eth0 ip=10.0.0.5 mask=24 mtu='${size}';`)).stdout).toBe(
      address,
    );
  });

  test('a router beyond the network of the lease is on the link', async () => {
    const refusing = event('bound', 'interface=eth0 ip=10.0.0.5 mask=32 router=10.9.0.1;').replace(
      'ip() {',
      'ip() { case "$*" in *onlink | *addr*) ;; *route*) return 2 ;; esac;',
    );
    const routed = (await fakeMachine()).ash(refusing).stdout;
    expect(routed).toContain('ip route replace default via 10.9.0.1 dev eth0 metric 0 onlink\n');
  });

  test('a client of a card that the configuration leaves alone ends', async () => {
    const machine = await fakeMachine();
    machine.write('run/leanos/network-configured', '');
    const {stdout} = machine.ash(`kill() { echo "kill $*"; }; ${event('bound', LEASE)}`);
    expect(stdout).toMatch(/^kill \d+\n$/);
  });

  test('a lost lease takes its address along; before the first lease nothing is changed', async () => {
    const machine = await fakeMachine();
    const lost = event('deconfig', 'interface=eth0;');
    expect(machine.ash(lost).stdout).toBe('');
    machine.ash(event('bound', 'interface=eth0 ip=10.0.0.5;'));
    expect(machine.ash(lost).stdout).toBe('ip -4 addr flush dev eth0\nip link set dev eth0 up\n');
    expect(machine.ash(lost).stdout).toBe('');
  });

  test('a card that is not there is said', async () => {
    const {status, stderr} = (await fakeMachine()).ash('sh "$ROOT/usr/sbin/cirros-dhcpc" up eth9');
    expect({status, stderr}).toEqual({status: 1, stderr: 'leanos-dhcpc: no such network card: eth9\n'});
  });
});
