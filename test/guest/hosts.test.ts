import {mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {readByCloudInit} from '../support/cloud-init-media.ts';
import {cloudInitFacts, factOf} from '../support/cloud-init-network.ts';
import {LIBRARIES, networkMachine} from '../support/network-machine.ts';
import {smartosHost} from '../support/smartos-host.ts';

interface Found {
  readonly status: number;
  readonly found: Record<string, string>;
  readonly console: string;
}

async function fetched(machine: FakeMachine, name: string, before = ''): Promise<Found> {
  const {status, stderr} = await machine.run(
    `PATH=$ROOT/bin; WAIT=1; set -- fetch "$ROOT/found"; ${before} . "$ROOT/usr/lib/leanos/datasource/${name}"`,
  );
  expect(stderr).toBe('');
  const folder = join(machine.root, 'found');
  const files = readdirSync(folder, {withFileTypes: true, recursive: true}).filter((entry) => entry.isFile());
  return {
    status,
    found: Object.fromEntries(
      files.map(({parentPath, name: file}) => {
        const path = join(parentPath, file).slice(folder.length + 1);
        return [path, machine.read(`found/${path}`)];
      }),
    ),
    console: machine.read('dev/console'),
  };
}

describe('Incus and LXD', () => {
  const META = '#cloud-config\ninstance-id: 1b3c\nlocal-hostname: c1\npublic-keys: [ssh-ed25519 AAAA a]\n';

  /** A container whose host answers at these paths; a program of this host takes the place of leanos-socket. */
  async function container(
    paths: Readonly<Record<string, string | number>>,
    place = 'dev/incus/sock',
  ): Promise<FakeMachine> {
    const machine = await fakeMachine();
    mkdirSync(join(machine.root, place, '..'), {recursive: true});
    const server = createServer((request, response) => {
      const answer =
        request.httpVersion === '1.0' && request.method === 'GET' ? paths[request.url ?? ''] : 400;
      if (typeof answer === 'string') response.end(answer);
      else response.writeHead(answer ?? 404).end('{"error": "not found"}');
    });
    await new Promise<void>((resolve) => server.listen(join(machine.root, place), resolve));
    onTestFinished(() => void server.close());
    machine.write(
      'bin/leanos-socket',
      `#!/usr/bin/env -S PATH=/usr/bin:/usr/local/bin python3
import socket, sys
end = socket.socket(socket.AF_UNIX)
end.connect(sys.argv[1])
end.sendall(sys.stdin.buffer.read())
while True:
    some = end.recv(65536)
    if not some: break
    sys.stdout.buffer.write(some)
`,
      0o755,
    );
    return machine;
  }

  test.each(['dev/incus/sock', 'dev/lxd/sock'])(
    'a container at /%s has all that it is told',
    async (place) => {
      const machine = await container(
        {
          '/1.0/meta-data': META,
          '/1.0/config/cloud-init.user-data': '#!/bin/sh\n\necho hi\n',
          '/1.0/config/user.user-data': 'older',
          '/1.0/config/user.vendor-data': '#cloud-config\n{}\n',
          '/1.0/config/cloud-init.network-config': 'version: 2\n',
        },
        place,
      );
      expect(await fetched(machine, 'lxd')).toEqual({
        status: 0,
        found: {
          'instance-id': '1b3c\n',
          'local-hostname': 'c1\n',
          'public-keys': 'ssh-ed25519 AAAA a\n',
          'user-data': '#!/bin/sh\n\necho hi\n',
          'vendor-data': '#cloud-config\n{}\n',
          'network-config': 'version: 2\n',
        },
        console: '',
      });
    },
  );

  test.each<[string, Record<string, string | number>, string]>([
    ['nothing', {}, ''],
    ['an error', {'/1.0/meta-data': 500}, 'warning: lxd: no answer to /1.0/meta-data\n'],
  ])('a container that is told %s has no instance data', async (_, paths, said) => {
    const {status, console} = await fetched(await container(paths), 'lxd');
    expect({status, console}).toEqual({status: 1, console: said});
  });

  test('user-data that is too large is not read, and the rest is', async () => {
    const large = {'/1.0/meta-data': META, '/1.0/config/user.user-data': 'x'.repeat(2_000_000)};
    const {status, found, console} = await fetched(await container(large), 'lxd');
    expect({status, names: Object.keys(found).sort()}).toEqual({
      status: 0,
      names: ['instance-id', 'local-hostname', 'public-keys'],
    });
    expect(console).toContain('no whole answer to /1.0/config/user.user-data');
  });

  const MOUNT = `mkdir() { command mkdir "$@"; }; umount() { rm -rf "$1"; }
    mount() { echo "mount $*" >>"$ROOT/mounted"; [ "$2" = "$WORKS" ] && cp -a "$ROOT/share/." "$6"; };`;

  test.each(['virtiofs', '9p'])('a virtual machine has the files of its share, over %s', async (works) => {
    const machine = await fakeMachine();
    machine.write('sys/class/dmi/id/board_name', 'Incus\n');
    machine.write('share/cloud-init/meta-data', META);
    machine.write('share/cloud-init/user-data', '#!/bin/sh\n');
    const {status, found} = await fetched(machine, 'lxd', `WORKS=${works}; ${MOUNT}`);
    expect({status, found}).toMatchObject({
      status: 0,
      found: {'local-hostname': 'c1\n', 'user-data': '#!/bin/sh\n'},
    });
    expect(machine.read('mounted')).toMatch(/^mount -t virtiofs -o ro,nosuid,nodev,noexec config /);
  });

  test('a virtual machine without such a share says so', async () => {
    const machine = await fakeMachine();
    machine.write('sys/class/dmi/id/board_name', 'LXD\n');
    const {status, console} = await fetched(machine, 'lxd', `WORKS=''; ${MOUNT}`);
    expect({status, console}).toEqual({
      status: 1,
      console:
        'warning: lxd: the share config cannot be mounted: this kernel has neither virtiofs nor 9p, or the host gives none\n',
    });
  });
});

describe('SmartOS', () => {
  const CARDS = {net0: '90:b8:d0:f5:e4:f5', net1: '90:b8:d0:a5:ff:cd'};
  const VALUES = {
    'sdc:uuid': '6d2c-11',
    hostname: 'web',
    root_authorized_keys: 'ssh-ed25519 AAAA a\nssh-rsa BBBB b\n',
    'cloud-init:user-data': `#!/bin/sh\n${'x'.repeat(50_000)}\n`,
    'user-data': 'for programs',
    'user-script': '#!/bin/ash\necho user\n',
    'sdc:operator-script': 'echo operator',
    'sdc:datacenter_name': 'somewhere',
    'sdc:dns_domain': 'example.org',
    'sdc:resolvers': '["8.8.8.8","8.8.8.4"]',
    'sdc:routes': '[{"linklocal":false,"dst":"10.9.0.0/16","gateway":"10.0.2.9"}]',
    'sdc:nics': JSON.stringify([
      {
        interface: 'net0',
        mac: CARDS.net0,
        vlan_id: 4057,
        nic_tag: 'external',
        gateway: '10.0.2.2',
        gateways: ['10.0.2.2'],
        netmask: '255.255.255.0',
        ip: '10.0.2.90',
        ips: ['10.0.2.90/24', 'fd00::90/64'],
        mtu: 1500,
        primary: true,
      },
      {interface: 'net1', mac: CARDS.net1, gateways: ['192.168.0.1'], ips: ['192.168.128.93/22']},
    ]),
  };

  /** A machine whose second serial port leads to the metadata's host. */
  async function zone(
    values: Readonly<Record<string, string>>,
    faults: readonly string[] = [],
  ): Promise<FakeMachine> {
    const machine = await fakeMachine();
    machine.write('sys/class/dmi/id/product_name', 'SmartDC HVM\n');
    const terminal = await smartosHost(values, faults);
    symlinkSync(terminal, join(machine.root, 'dev/ttyS1'));
    writeFileSync(join(machine.root, 'dev/urandom'), 'abc');
    return machine;
  }

  test('is read over the serial port as cloud-init reads it', async () => {
    const machine = await zone(VALUES);
    const {status, found, console} = await fetched(machine, 'smartos');
    expect({status, console}).toEqual({status: 0, console: ''});
    const known = readByCloudInit({kind: 'smartos', values: VALUES});
    expect(found['local-hostname']?.trim()).toBe(known.hostname);
    expect(found['public-keys']?.split('\n').slice(0, -1)).toEqual(known.keys);
    expect(found['user-data']).toBe(known.userData);
    expect(found).toMatchObject({
      'instance-id': '6d2c-11',
      'availability-zone': 'somewhere',
      'content/0000': 'for programs',
      files: '/var/db/mdata-user-data\t/content/0000\t0400\n',
    });
    const cards = await networkMachine({'network-config': found['network-config'] ?? ''}, CARDS);
    const steps = cards.ash(`${LIBRARIES} plan_network`).stdout.split('\n');
    const {facts} = cloudInitFacts([['network-config', JSON.stringify(known.network)]], CARDS);
    // It gives the route to every card; the gateway is in the network of one.
    const wanted = facts[0]?.filter((fact) => !/^route net1 10\.9/.test(fact));
    expect([...new Set(steps.flatMap(factOf))].sort()).toEqual(wanted);
    expect(Object.keys(found).filter((name) => name.endsWith('.list'))).toEqual([]);
    expect(
      Buffer.from(found['vendor-data']?.split('\n\n')[2]?.split('\n--')[0] ?? '', 'base64').toString(),
    ).toBe('#!/bin/sh\necho operator');
  });

  test.each(['length', 'checksum', 'number', 'silence'])(
    'an answer of a wrong %s is asked for again',
    async (fault) => {
      const {status, found} = await fetched(await zone({'sdc:uuid': 'i-1'}, [fault, fault]), 'smartos');
      expect({status, found}).toMatchObject({
        status: 0,
        found: {'instance-id': 'i-1', 'local-hostname': 'i-1'},
      });
    },
  );

  test('answers that stay wrong are none', async () => {
    const {status, console} = await fetched(
      await zone({'sdc:uuid': 'i-1'}, Array(3).fill('checksum')),
      'smartos',
    );
    expect({status, console}).toEqual({
      status: 1,
      console: 'warning: smartos: no right answer to sdc:uuid\n',
    });
  });

  test('where nobody answers it is not there, and says so', async () => {
    const machine = await zone({});
    const {status, console} = await fetched(
      machine,
      'smartos',
      `MOST_TRIES=1; printf() { case $1 in '%s\\n') [ -n "$2" ] || return 0 ;; esac; command printf "$@"; };`,
    );
    expect({status, console: console.split('\n').length}).toEqual({status: 1, console: 2});
  });
});
