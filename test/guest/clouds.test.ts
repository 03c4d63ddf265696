import {describe, expect, test} from 'vitest';
import {MetadataServer, type Answer} from '../../src/vm/metadata-server.ts';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {askCloudInit} from '../support/cloud-init-clouds.ts';
import {cloudInitFacts, type NetworkDocument} from '../support/cloud-init-network.ts';
import {azureDisc, CLOUD_NAMES, cloudOf, MAC, type CloudName} from '../support/clouds.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@home';
const USER_DATA = '#!/bin/sh\necho user-data of the cloud\n';

/** A machine of a cloud, which has one network card. */
async function machineOf(name: CloudName): Promise<FakeMachine> {
  const machine = await fakeMachine();
  for (const [field, text] of Object.entries(cloudOf(name).firmware)) {
    machine.write(`sys/class/dmi/id/${field}`, `${text}\n`);
  }
  machine.write('sys/class/net/eth0/device/.keep', '');
  machine.write('sys/class/net/eth0/ifindex', '2\n');
  machine.write('sys/class/net/eth0/address', `${MAC}\n`);
  machine.write('proc/sys/net/ipv4/ip_local_port_range', '32768\t60999\n');
  machine.write('proc/sys/net/ipv4/ip_unprivileged_port_start', '1024\n');
  machine.write('found/.keep', '');
  return machine;
}

/** What `fetch` of a cloud leaves; changes of the network are noted, not done. */
async function fetched(name: CloudName, server: MetadataServer, machine: FakeMachine): Promise<number> {
  const {status, stderr} = await machine.run(
    `ip() { echo "$*" >>"$ROOT/ip"; }
    CLOUD_URLS=${server.url} PASSWORD_PORT=${server.port}
    set -- fetch "$ROOT/found"; . "$ROOT/usr/lib/leanos/datasource/${name}"`,
  );
  expect(stderr).toBe('');
  return status;
}

async function found(name: CloudName): Promise<{machine: FakeMachine; server: MetadataServer}> {
  const {answers, options} = cloudOf(name);
  const server = await MetadataServer.start(answers(KEY), options);
  const machine = await machineOf(name);
  expect([await fetched(name, server, machine), machine.read('dev/console')]).toEqual([0, '']);
  return {machine, server};
}

describe.each(CLOUD_NAMES)('%s', (name) => {
  test('is what its firmware says, and no other is', async () => {
    const machine = await machineOf(name);
    const {stdout} = machine.ash(
      `. "$ROOT/usr/lib/leanos/platform.sh"; find_platforms ${CLOUD_NAMES.join(' ')} ec2 openstack; echo $seems`,
    );
    expect(stdout.trim()).toBe(name);
  });

  test('its host name, key and user-data are read', async () => {
    const {machine, server} = await found(name);
    await using _ = server;
    expect(machine.read('found/instance-id').trim()).not.toBe('');
    expect(machine.read('found/local-hostname')).toMatch(/^cloudy/);
    expect(machine.read('found/public-keys')).toContain(KEY);
    expect(machine.read('found/user-data')).toBe(USER_DATA);
    expect(machine.read('found/dsmode')).toBe('net\n');
    expect(machine.ash('ls -A "$ROOT/found"').stdout).not.toMatch(/\.list|\.base64|\.probe|\.ahead/);
  });
});

describe('Scaleway', () => {
  test('user-data is asked for from a port of root, and the ports are as before then', async () => {
    const ports: string[] = [];
    const machine = await machineOf('scaleway');
    const asked = (): string => machine.read('proc/sys/net/ipv4/ip_local_port_range').trim();
    await using server = await MetadataServer.start({
      ...cloudOf('scaleway').answers(KEY),
      '/user_data/cloud-init': (_request, response) => {
        ports.push(asked());
        response.end(USER_DATA);
      },
    });
    expect(await fetched('scaleway', server, machine)).toBe(0);
    expect([...ports, asked()]).toEqual(['1000 1023', '32768\t60999']);
    expect(machine.read('proc/sys/net/ipv4/ip_unprivileged_port_start')).toBe('1024\n');
  });

  test('addresses beside that of DHCP, and keys of tags', async () => {
    const {machine, server} = await found('scaleway');
    await using _ = server;
    expect(machine.read('found/public-keys')).toBe(`${KEY}\nssh-ed25519 TAGGED\n`);
    expect(machine.read('found/network-config')).toContain(
      'dhcp4: true\n    addresses: ["2001:db8::42:1/127"]',
    );
  });
});

describe('Google', () => {
  test('keys: of the login user as long as they count, of others for users of their own', async () => {
    const {machine, server} = await found('google');
    await using _ = server;
    expect(machine.read('found/public-keys')).toBe(`${KEY}\nssh-ed25519 PROJECT of-project\n`);
    expect(machine.read('found/users.alice')).toMatch(/^ssh-ed25519 AAAA google-ssh \{.*\}\n$/);
    expect(machine.read('found/users.bob')).toBe('ssh-ed25519 BOB b\n');
    expect(machine.read('found/startup-script')).toContain('startup-script ran');
    expect(machine.read('found/network-config')).toContain('dhcp4: true\n    mtu: 1460');
  });

  test.each([
    ['2018-12-04T20:12:00+0000', 1543954320, [true, false]],
    ['2018-12-04T20:12:00Z', 1543954320, [true, false]],
    ['2018-12-04T20:12:00-0330', 1543966920, [true, false]],
    ['2024-02-29T00:00:00+01:00', 1709161200, [true, false]],
    ['2018-12-04T20:12:00.999Z', 1543954320, [true, false]],
    ['never', 1543954320, [false, false]],
  ])('a key that expires on %s', async (expireOn, moment, taken) => {
    const line = `leanos:ssh-ed25519 AAAA google-ssh {"userName":"x","expireOn":"${expireOn}"}`;
    const machine = await machineOf('google');
    machine.write('md', JSON.stringify({instance: {id: '1', attributes: {'ssh-keys': line}}}));
    const read = (now: number): boolean => {
      machine.ash(
        `rm -f "$ROOT/found/public-keys"; DIR=$ROOT/found; set -- detect; . "$ROOT/usr/lib/leanos/datasource/google"
        . "$ROOT/usr/lib/leanos/http.sh"; . "$ROOT/usr/lib/leanos/cloud.sh"; read_cloud google "$ROOT/md" login=leanos now=${now}`,
      );
      return machine.has('found/public-keys');
    };
    expect([read(moment), read(moment + 1)]).toEqual(taken);
  });

  test('no user of the system comes in', async () => {
    const names = ['root', 'nobody', 'sshd', 'carol', 'Carol.B', '../carol'];
    const lines = names.map((user) => `${user}:ssh-ed25519 AAAA ${user}`);
    const document = JSON.stringify({instance: {id: '1', attributes: {'ssh-keys': lines.join('\n')}}});
    await using server = await MetadataServer.start({
      '/computeMetadata/v1/?recursive=true&alt=json': document,
    });
    const machine = await machineOf('google');
    machine.write(
      'etc/passwd',
      'root:x:0:0::/root:/bin/sh\nsshd:x:22:22::/:\nnobody:x:65534:65534::/:\ncarol:x:1001:1001::/:\n',
    );
    expect(await fetched('google', server, machine)).toBe(0);
    expect(machine.ash('cd "$ROOT/found" && echo users.*').stdout).toBe('users.carol\n');
    const told = machine.read('dev/console');
    expect(told).toContain('warning: google: root is a user of the system');
    expect(told.match(/a user's name is none: passed over/g)).toHaveLength(2);
  });

  test('no more users than there are people of a machine', async () => {
    const lines = Array.from({length: 70}, (_, n) => `u${n}:ssh-ed25519 AAAA ${n}`);
    await using server = await MetadataServer.start({
      '/computeMetadata/v1/?recursive=true&alt=json': JSON.stringify({
        instance: {id: '1', attributes: {'ssh-keys': [...lines, ...lines].join('\n')}},
      }),
    });
    const machine = await machineOf('google');
    expect(await fetched('google', server, machine)).toBe(0);
    expect(machine.ash('cd "$ROOT/found" && ls users.* | wc -l').stdout.trim()).toBe('64');
    expect(machine.read('found/users.u63')).toBe('ssh-ed25519 AAAA 63\nssh-ed25519 AAAA 63\n');
    expect(machine.read('dev/console')).toBe(
      'warning: google: more than 64 users are named: the rest is passed over\n',
    );
  });

  test.each([
    ['true', [KEY]],
    ['TRUE', [KEY]],
    ['false', [KEY, 'ssh-ed25519 PROJECT']],
  ])('keys of the project, where block-project-ssh-keys is %s', async (block, keys) => {
    await using server = await MetadataServer.start({
      '/computeMetadata/v1/?recursive=true&alt=json': JSON.stringify({
        instance: {id: '1', attributes: {'ssh-keys': `leanos:${KEY}`, 'block-project-ssh-keys': block}},
        project: {attributes: {'ssh-keys': 'leanos:ssh-ed25519 PROJECT'}},
      }),
    });
    const machine = await machineOf('google');
    expect(await fetched('google', server, machine)).toBe(0);
    expect(machine.read('found/public-keys').trim().split('\n')).toEqual(keys);
  });
});

test('Hetzner’s network-config is as it stands in its document', async () => {
  const {machine, server} = await found('hetzner');
  await using _ = server;
  const whole = String(cloudOf('hetzner').answers(KEY)['/hetzner/v1/metadata']);
  const inside = /network-config:\n((?: .*\n)+)/.exec(whole)?.[1];
  expect(machine.read('found/network-config')).toBe(inside);
});

describe('DigitalOcean', () => {
  test('is asked from an address of the link, which goes when it has said the others', async () => {
    const {machine, server} = await found('digitalocean');
    await using _ = server;
    const address = '169.254.53.86/16'; // of 52:54:00:12:34:56
    expect(machine.read('ip')).toBe(
      `link set dev eth0 up\naddr add ${address} dev eth0 scope link\naddr del ${address} dev eth0\n`,
    );
  });

  test('is asked from the address that DHCP gave, where one did', async () => {
    const {answers} = cloudOf('digitalocean');
    await using server = await MetadataServer.start(answers(KEY));
    const machine = await machineOf('digitalocean');
    machine.write('run/leanos/lease.eth0', '10.0.0.1\n');
    expect(await fetched('digitalocean', server, machine)).toBe(0);
    expect(machine.has('ip')).toBe(false);
  });
});

describe('CloudStack', () => {
  const answers = (password: string, heard: string[]): Record<string, Answer> => ({
    ...cloudOf('cloudstack').answers(KEY),
    '/': ({headers}, response) => {
      const word = String(headers['domu_request']);
      heard.push(word);
      response.end(word === 'send_my_password' ? password : 'saved_password');
    },
  });

  test.each([
    ['a new password', 'pa"ss word\n', 'pa"ss word\n'],
    ['one that was taken before', 'saved_password\n', undefined],
    ['none', '', undefined],
  ])('%s', async (_, sent, taken) => {
    const heard: string[] = [];
    await using server = await MetadataServer.start(answers(sent, heard));
    const machine = await machineOf('cloudstack');
    expect(await fetched('cloudstack', server, machine)).toBe(0);
    expect(machine.has('found/password') ? machine.read('found/password') : undefined).toBe(taken);
    expect(machine.has('found/report')).toBe(taken !== undefined);
    expect(heard).toEqual(['send_my_password']);
    if (taken === undefined) return;
    await machine.run(
      `PASSWORD_PORT=${server.port}; set -- report "$ROOT/found"; . "$ROOT/usr/lib/leanos/datasource/cloudstack"`,
    );
    expect(heard).toEqual(['send_my_password', 'saved_password']);
  });

  test('is the server of DHCP, or the router that it names', async () => {
    const machine = await machineOf('cloudstack');
    machine.write('run/leanos/lease.eth0', '10.1.1.1 10.1.1.254\n');
    machine.write('run/leanos/lease.eth1', '\n');
    const {stdout} = machine.ash(
      'set -- detect; . "$ROOT/usr/lib/leanos/datasource/cloudstack"; find_router; echo $METADATA_URLS',
    );
    expect(stdout.trim()).toBe('http://10.1.1.1 http://10.1.1.254 http://data-server');
  });
});

describe('Oracle', () => {
  test('version 1 is asked, without a header of its own, where there is no version 2', async () => {
    await using server = await MetadataServer.start({
      '/opc/v1/instance/': JSON.stringify({id: 'one', hostname: 'old', metadata: {ssh_authorized_keys: KEY}}),
    });
    const machine = await machineOf('oracle');
    expect(await fetched('oracle', server, machine)).toBe(0);
    expect(machine.read('found/instance-id')).toBe('one\n');
  });
});

describe('Azure', () => {
  /** What a machine finds, at one boot after another, with the discs that are in it then. */
  async function provisioned(ask: boolean, ...discs: readonly (string | undefined)[]): Promise<FakeMachine> {
    const {answers, options} = cloudOf('azure');
    await using server = await MetadataServer.start(ask ? answers(KEY) : {}, options);
    const machine = await machineOf('azure');
    machine.write('dev/sr0', '');
    for (const disc of discs) {
      machine.ash('rm -rf "$ROOT/disc" "$ROOT/found"/*');
      if (disc !== undefined) machine.write('disc/ovf-env.xml', disc);
      await machine.run(
        `nap() { :; }; mount() { [ "$2" = udf ] && cp "$ROOT/disc/ovf-env.xml" "$6" 2>/dev/null; }
        umount() { rm "$1/ovf-env.xml"; }
        CLOUD_URLS=${server.url}; set -- fetch "$ROOT/found"; . "$ROOT/usr/lib/leanos/datasource/azure"`,
      );
    }
    return machine;
  }
  const disc = azureDisc('ssh-ed25519 DISC d');

  test('the disc alone says who may come in, and with what', async () => {
    const machine = await provisioned(false, disc);
    expect(machine.read('found/instance-id')).toBe('a0b1c2d3-0000-4000-8000-000000000001\n');
    expect(machine.read('found/local-hostname')).toBe('from-disc\n');
    expect(machine.read('found/public-keys')).toBe('ssh-ed25519 DISC d\n');
    expect(machine.read('found/user-data')).toBe(USER_DATA);
    expect(machine.read('found/users.azureuser')).toBe('ssh-ed25519 DISC d\n');
    expect([machine.read('found/password'), machine.read('found/password-user')]).toEqual([
      'a "b" & c',
      'azureuser\n',
    ]);
  });

  test('what the service says of name and keys goes before the disc, whose custom data goes before user-data', async () => {
    const custom = disc.replace(
      /<CustomData>.*</,
      `<CustomData>${Buffer.from('#!custom').toString('base64')}<`,
    );
    const machine = await provisioned(true, custom);
    expect(machine.read('found/local-hostname')).toBe('cloudy\n');
    expect(machine.read('found/public-keys')).toBe(`${KEY}\n`);
    expect(machine.read('found/user-data')).toBe('#!custom');
  });

  test.each([
    ['as it is', (text: string) => text],
    ['as it stands', (text: string) => text.replace(/UserPassword>(.*?)</, 'UserPassword><![CDATA[$1]]><')],
    ['with attributes', (text: string) => text.replace('UserPassword>', 'UserPassword a="b">')],
  ])('what the disc said is known when it is gone, but no password %s', async (_, written) => {
    const machine = await provisioned(false, written(disc), undefined);
    expect(machine.read('found/user-data')).toBe(USER_DATA);
    const kept = machine.read('var/lib/leanos/ovf-env.a0b1c2d3-0000-4000-8000-000000000001');
    expect(kept).toContain('azureuser');
    expect(kept).not.toMatch(/UserPassword|a &quot;b|a "b/);
  });

  test.each(['<a><b></a>', 'no XML', '<Environment><Other/></Environment>', ''])(
    'a disc that holds %j is not one of Azure',
    async (text) => {
      const machine = await provisioned(true, text);
      expect(machine.read('found/public-keys')).toBe(`${KEY}\n`);
      expect(machine.ash('ls "$ROOT"/var/lib/leanos').stdout).toBe('');
    },
  );

  test('the machine is reported ready, by the names of the goal state', async () => {
    const {machine, server} = await found('azure');
    await using _ = server;
    expect(machine.has('found/report')).toBe(true);
    expect(server.requests.filter((line) => line.startsWith('POST'))).toEqual([]);
    await machine.run(
      `WIRE_URL=${server.url}; set -- report "$ROOT/found"; . "$ROOT/usr/lib/leanos/datasource/azure"`,
    );
    const post = server.requests.find((line) => line.startsWith('POST'));
    expect(post).toContain('/machine?comp=health');
    expect(post).toMatch(
      /<GoalStateIncarnation>1<[^]*<ContainerId>c-1<[^]*<InstanceId>r-1<[^]*<State>Ready</,
    );
    expect(server.requests.some((line) => line.endsWith('refused'))).toBe(false);
  });
});

const CARDS = {[MAC]: 'eth0', '52:54:00:00:00:02': 'eth1'};

describe('as cloud-init takes it', () => {
  test.each(['google', 'digitalocean', 'hetzner', 'vultr', 'upcloud', 'oracle', 'exoscale'] as const)(
    '%s',
    async (name) => {
      const {machine, server} = await found(name);
      await using _ = server;
      const known = await askCloudInit(name, {
        url: server.url,
        firmware: cloudOf(name).firmware,
        cards: CARDS,
      });
      const {id, name: hostName, keys, userData} = known;
      expect({
        id: machine.read('found/instance-id').trim(),
        hostName: machine.read('found/local-hostname').trim().replace(/\..*/, ''),
        keys: machine.read('found/public-keys').trim().split('\n'),
        userData: machine.read('found/user-data'),
      }).toEqual({id, hostName, keys, userData});
      if (known.network === null) return;
      const ours = machine.read('found/network-config');
      const documents: NetworkDocument[] = [
        ['network-config', ours],
        ['network-config', JSON.stringify(known.network)],
      ];
      const names = Object.fromEntries(Object.entries(CARDS).map(([mac, card]) => [card, mac]));
      const [read = [], wanted = []] = cloudInitFacts(documents, names).facts;
      // cloud-init 22.4 takes ::/0 of version 2 for ::/64.
      const named = read.map((fact) =>
        fact
          .replace(/\bcard(\d)/, (_match, n: string) => `eth${Number(n) - 1}`)
          .replace(' ::/64 ', ' default '),
      );
      expect(named.sort()).toEqual([...wanted].sort());
    },
  );
});
