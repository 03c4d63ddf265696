import {describe, expect, test} from 'vitest';
import {MetadataServer} from '../../src/vm/metadata-server.ts';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {cloudOf, MAC} from '../support/clouds.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@home';
const KEYS = 'home/leanos/.ssh/authorized_keys';
const USER_DATA = '#!/bin/sh\n:\n';

interface Service {
  readonly name: string;
  readonly product: string;
  readonly answers: Readonly<Record<string, string>>;
}

/** Those that are asked for more after their keys have come: the last answer of each is user-data. */
const SERVICES: Service[] = [
  {
    name: 'openstack',
    product: 'OpenStack Nova',
    answers: {
      '/openstack/latest/meta_data.json': JSON.stringify({
        uuid: 'i',
        public_keys: {me: KEY},
        hostname: 'web',
      }),
      '/openstack/latest/network_data.json': '{}',
      '/openstack/latest/vendor_data.json': '{}',
      '/openstack/latest/vendor_data2.json': '{}',
      '/openstack/latest/user_data': USER_DATA,
    },
  },
  {
    name: 'ec2',
    product: 'OpenStack of somebody',
    answers: {
      '/latest/meta-data/': 'instance-id\nlocal-hostname\npublic-keys/',
      '/latest/meta-data/instance-id': 'i',
      '/latest/meta-data/local-hostname': 'web',
      '/latest/meta-data/public-keys/': '0=me',
      '/latest/meta-data/public-keys/0/openssh-key': KEY,
      '/latest/user-data': USER_DATA,
    },
  },
  {
    name: 'hetzner',
    product: '',
    answers: {
      '/hetzner/v1/metadata': `instance-id: i\nhostname: web\npublic-keys:\n- ${KEY}\n`,
      '/hetzner/v1/userdata': USER_DATA,
    },
  },
];

/** The search, and the login after it, of a machine that has one of them; `before` goes before it in the list. */
const SEARCH = `for l in system network drivers platform label datasource accounts network-config apply; do . "$ROOT/usr/lib/leanos/$l.sh"; done
  load_config; ip() { :; }; chown() { :; }; renice() { :; }; make_home leanos; find_datasource; keep_found`;

async function machineOf({name, product}: Service, before = ''): Promise<FakeMachine> {
  const machine = await fakeMachine();
  machine.write('sys/class/dmi/id/product_name', `${product}\n`);
  if (name === 'hetzner') machine.write('sys/class/dmi/id/sys_vendor', 'Hetzner\n');
  machine.write('sys/class/net/eth0/device/.keep', '');
  machine.write('sys/class/net/eth0/address', `${MAC}\n`);
  machine.write('proc/self/stat', '42 (sh) S 1\n');
  machine.write('proc/sys/kernel/hostname', '');
  machine.write(
    'etc/leanos-init/config',
    `LOGIN_USER=leanos\nDATASOURCE_LIST="${before} ${name}"\nDATASOURCE_DEADLINE=20\n`,
  );
  return machine;
}

describe.each(SERVICES)('$name', (service) => {
  /** Notes, when user-data is asked for, whether the key and the name were there. */
  async function serve(machine: FakeMachine): Promise<{server: MetadataServer; seen: boolean[]}> {
    const seen: boolean[] = [];
    const paths = Object.keys(service.answers);
    const last = paths.at(-1) ?? '';
    const server = await MetadataServer.start({
      ...service.answers,
      [last]: (_request, response) => {
        seen.push(machine.has(KEYS) && machine.read('proc/sys/kernel/hostname') === 'web\n');
        response.end(USER_DATA);
      },
    });
    return {server, seen};
  }
  const urls = (server: MetadataServer): string => `CLOUD_URLS=${server.url} METADATA_URLS=${server.url};`;

  test('who has the key comes in before user-data is asked for', async () => {
    const machine = await machineOf(service);
    const {server, seen} = await serve(machine);
    await using _ = server;
    await machine.run(`${urls(server)} ${SEARCH}; rm "$ROOT/${KEYS}"; apply_login`);
    expect(seen).toEqual([true]);
    expect(machine.read('run/leanos/datasource/dsname')).toBe(`${service.name}\n`);
    expect(machine.read('run/leanos/datasource/data/user-data')).toBe(USER_DATA);
    // What was done is not done again, and asked for by hand it is.
    expect(machine.has(KEYS)).toBe(false);
    await machine.run(`${SEARCH.replace(/find_datasource.*/, '')} apply_login`);
    expect(machine.read(KEYS)).toBe(`${KEY}\n`);
  });

  test('not while one may be there that goes before it', async () => {
    const machine = await machineOf(service, 'azure');
    machine.write('sys/class/dmi/id/chassis_asset_tag', '7783-7084-3265-9085-8269-3286-77\n');
    const {server, seen} = await serve(machine);
    await using _ = server;
    await machine.run(
      `${urls(server)} mount() { return 1; }; ${SEARCH.replace('find_datasource', 'TRIES=1; find_datasource')}`,
    );
    expect(seen).toEqual([false]);
  });
});

test('the clouds whose keys come with all the rest are let in all the same', async () => {
  const {answers, options, firmware} = cloudOf('google');
  await using server = await MetadataServer.start(answers(KEY), options);
  const machine = await machineOf({name: 'google', product: String(firmware['product_name']), answers: {}});
  machine.write('etc/passwd', 'root:x:0:0::/root:/bin/sh\nleanos:x:1000:1000::/home/leanos:/bin/sh\n');
  machine.write('etc/shadow', 'root:*:0::::::\n');
  machine.write('etc/group', 'root:x:0:\n');
  const {stderr} = await machine.run(`CLOUD_URLS=${server.url}; ${SEARCH}; apply_login`);
  expect(stderr).toBe('');
  expect(machine.read('home/alice/.ssh/authorized_keys')).toContain('ssh-ed25519 AAAA google-ssh');
  expect(machine.read('home/bob/.ssh/authorized_keys')).toBe('ssh-ed25519 BOB b\n');
  expect(machine.read('etc/doas.conf')).toBe('permit nopass alice\npermit nopass bob\n');
  expect(machine.read('etc/shadow')).toContain('bob:*:');
});
