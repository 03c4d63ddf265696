import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {MetadataServer} from '../../src/vm/metadata-server.ts';
import {randomFrom} from '../support/random.ts';

async function fetched(
  name: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<{machine: FakeMachine; status: number; found: Record<string, string>}> {
  const machine = await fakeMachine();
  for (const [path, content] of Object.entries(files)) machine.write(path, content);
  return {machine, ...(await fetchInto(machine, name))};
}

async function fetchInto(
  machine: FakeMachine,
  name: string,
): Promise<{status: number; found: Record<string, string>}> {
  const {status} = await machine.run(
    `mkdir -p "$ROOT/found"; timeout 20 sh "$ROOT/usr/lib/leanos/datasource/${name}" fetch "$ROOT/found"`,
  );
  const names = readdirSync(join(machine.root, 'found'), {withFileTypes: true}).filter((entry) =>
    entry.isFile(),
  );
  return {
    status,
    found: Object.fromEntries(names.map((entry) => [entry.name, machine.read(`found/${entry.name}`)])),
  };
}

/** What a reader of meta-data says of a document: `read_plain_facts`, which takes few, or `read_all_facts`, which takes all. */
async function factsBy(reader: string, text: string): Promise<Record<string, string> | undefined> {
  const machine = await fakeMachine();
  machine.write('meta-data', text);
  const {status} = machine.ash(
    `set -u; mkdir "$ROOT/found"; DIR=$ROOT/found; . "$ROOT/usr/lib/leanos/seed.sh"; ${reader} "$ROOT/meta-data"`,
  );
  const names = readdirSync(join(machine.root, 'found'));
  const facts = Object.fromEntries(names.map((name) => [name, machine.read(`found/${name}`)]));
  if (status === 0) return facts;
  expect(facts).toEqual({});
  return undefined;
}

const PLAIN = [
  'instance-id: i-1\nlocal-hostname: web\npublic-keys:\n  - ssh-ed25519 AAAA+/= me@host\n  - ssh-rsa B\n',
  'instance-id: "i-1"\n\npublic-keys:\n- "ssh-ed25519 A b c"\nlocal-hostname: web.example.org',
  'instance-id: 2013-07-01 12:00:00\n',
  'public-keys:\n- a:b\n',
  'local-hostname: a - b\n',
];

/** Documents that only the reader of all YAML reads, each for another reason. */
const NOT_PLAIN = [
  '{"instance-id": "i-1"}',
  'instance-id: i-1 # mine\n',
  "instance-id: 'i-1'\n",
  'instance-id: null\n',
  'instance-id: ~\n',
  'instance-id: a\\b\n',
  'instance-id: "a\\tb"\n',
  'instance-id: a: b\n',
  'instance-id: a:\n',
  'instance-id: a \n',
  'instance-id: i-1\r\n',
  'instance-id: a\ninstance-id: b\n',
  'instance-id: a\n  b\n',
  'instance-id:\n  a\n',
  'instance-id: |\n  a\n',
  'instance-id: *a\n',
  'instance-id: é\n',
  'instance_id: a\n',
  'hostname: a\nlocal-hostname: b\n',
  '- a\n',
  'public-keys:\n  - a\n- b\n',
  'public-keys:\n  - a\ninstance-id: b\n  - c\n',
  'public-keys:\n  - a\npublic-keys:\n  - b\n',
  'public-keys:\n  - - a\n',
  'public-keys:\n  - a: b\n',
  'public-keys:\n    - a\n',
  'public-keys: []\n',
  '---\ninstance-id: a\n',
  `instance-id: ${'x'.repeat(20_000)}\n`,
];

describe('meta-data that the shell reads by itself', () => {
  test.each(PLAIN)('%j is what the reader of all YAML makes of it', async (text) => {
    const facts = await factsBy('read_plain_facts', text);
    expect(facts).toBeDefined();
    expect(facts).toEqual(await factsBy('read_all_facts', text));
  });

  test.each(NOT_PLAIN)('%j is left to the reader of all YAML', async (text) => {
    expect(await factsBy('read_plain_facts', text)).toBeUndefined();
  });
});

const NOCLOUD = 'var/lib/cloud/seed/nocloud';

describe('NoCloud in a folder', () => {
  test.each([
    [
      'plain YAML',
      'instance-id: i-1\nlocal-hostname: web\n',
      {'instance-id': 'i-1\n', 'local-hostname': 'web\n'},
    ],
    [
      'quotes, comments and CRLF',
      'instance-id: "i 1" # mine\r\nlocal_hostname: \'web\'\r\n',
      {'instance-id': 'i 1\n', 'local-hostname': 'web\n'},
    ],
    [
      'JSON',
      '{"instance-id": "i-1", "public-keys": ["ssh-ed25519 A", "ssh-rsa B"]}',
      {'instance-id': 'i-1\n', 'public-keys': 'ssh-ed25519 A\nssh-rsa B\n'},
    ],
    [
      'a list of keys',
      'public-keys:\n  - ssh-ed25519 AAAA a\n  - ssh-rsa BBBB b\n',
      {'public-keys': 'ssh-ed25519 AAAA a\nssh-rsa BBBB b\n', 'instance-id': 'i-nocloud-default\n'},
    ],
    [
      'a map of keys',
      'public-keys:\n  mine: ssh-ed25519 AAAA a\n',
      {'public-keys': 'ssh-ed25519 AAAA a\n', 'instance-id': 'i-nocloud-default\n'},
    ],
    [
      'keys in one text',
      'public-keys: |\n  ssh-ed25519 A\n  ssh-rsa B\n',
      {'public-keys': 'ssh-ed25519 A\nssh-rsa B\n', 'instance-id': 'i-nocloud-default\n'},
    ],
    [
      'the better of two names',
      'hostname: a\nlocal-hostname: b\n',
      {'local-hostname': 'b\n', 'instance-id': 'i-nocloud-default\n'},
    ],
    ['nothing at all', '', {'instance-id': 'i-nocloud-default\n'}],
    [
      'a command as a name',
      'instance-id: $(touch /tmp/leanos-owned)\n',
      {'instance-id': '$(touch /tmp/leanos-owned)\n'},
    ],
    ['keys that are no facts', 'colour: red\n../../etc/passwd: x\n', {'instance-id': 'i-nocloud-default\n'}],
  ])('%s', async (_, text, expected) => {
    const {status, found} = await fetched('nocloud', {[`${NOCLOUD}/meta-data`]: text});
    expect({status, found}).toEqual({status: 0, found: expected});
  });

  test('user-data, vendor-data and network-config are taken as they are', async () => {
    const bytes = Buffer.from([0, 1, 255, 10, 13]);
    const {found, machine} = await fetched('nocloud', {
      [`${NOCLOUD}/meta-data`]: 'instance-id: i-1\n',
      [`${NOCLOUD}/user-data`]: bytes,
      [`${NOCLOUD}/vendor-data`]: '#!/bin/sh\n',
      [`${NOCLOUD}/network-config`]: 'version: 2\n',
    });
    expect(Object.keys(found).sort()).toEqual(['instance-id', 'network-config', 'user-data', 'vendor-data']);
    expect(
      machine.ash('cmp "$ROOT/found/user-data" "$ROOT/var/lib/cloud/seed/nocloud/user-data"').status,
    ).toBe(0);
  });

  test.each([
    ['broken YAML', 'instance-id: [1\n', /meta-data: line 1: the document ends/],
    [
      'binary junk',
      Buffer.from(Array.from({length: 4096}, (_, index) => (index * 131) % 256)),
      /meta-data: line/,
    ],
    ['a megabyte', `instance-id: ${'x'.repeat(1024 * 1024)}\n`, /more than 262144 bytes/],
  ])('%s is passed over, and said', async (_, text, said) => {
    const {status, found, machine} = await fetched('nocloud', {[`${NOCLOUD}/meta-data`]: text});
    expect({status, found}).toEqual({status: 0, found: {'instance-id': 'i-nocloud-default\n'}});
    expect(machine.read('dev/console')).toMatch(said);
  });

  test('a files/ tree comes along and is root’s; one that is too large does not', async () => {
    const machine = await fakeMachine();
    machine.write(`${NOCLOUD}/files/etc/motd`, 'hello\n', 0o640);
    machine.ash(`chown 1234 "$ROOT/${NOCLOUD}/files/etc/motd"`);
    await fetchInto(machine, 'nocloud');
    expect(machine.ash('stat -c "%u %a" "$ROOT/found/tree/etc/motd"').stdout).toBe('0 640\n');
    machine.write(`${NOCLOUD}/files/big`, Buffer.alloc(9 * 1024 * 1024));
    machine.ash('rm -rf "$ROOT/found"');
    await fetchInto(machine, 'nocloud');
    expect(machine.has('found/tree')).toBe(false);
    expect(machine.read('dev/console')).toMatch(/files\/ has \d+ KiB, more than 8192, and is not read/);
  });

  test('user-data that is too large is passed over, and said', async () => {
    const {found, machine} = await fetched('nocloud', {
      [`${NOCLOUD}/meta-data`]: 'instance-id: i-1\n',
      [`${NOCLOUD}/user-data`]: 'x'.repeat(1048577),
    });
    expect(found).toEqual({'instance-id': 'i-1\n'});
    expect(machine.read('dev/console')).toContain('user-data is larger than 1048576 bytes');
  });
});

describe('ds=nocloud', () => {
  test.each([
    ['in the SMBIOS serial number', {'sys/class/dmi/id/product_serial': 'ds=nocloud;s=URL;h=web;i=i-7\n'}],
    [
      'on the kernel command line',
      {'proc/cmdline': 'quiet ds=nocloud-net;seedfrom=URL/;local-hostname=web;instance-id=i-7 x\n'},
    ],
  ])('%s names an address, a host name and an instance-id', async (_, files) => {
    await using server = await MetadataServer.start({
      '/meta-data': 'instance-id: i-0\npublic-keys: [ssh-ed25519 A]\n',
      '/user-data': '#!/bin/sh\n',
    });
    const {status, found} = await fetched(
      'nocloud',
      Object.fromEntries(
        Object.entries(files).map(([path, text]) => [path, text.replace('URL', server.url)]),
      ),
    );
    expect(status).toBe(0);
    expect(found).toMatchObject({
      'instance-id': 'i-7\n',
      'local-hostname': 'web\n',
      'public-keys': 'ssh-ed25519 A\n',
      'user-data': '#!/bin/sh\n',
      dsmode: 'net\n',
    });
  });

  test('names a folder', async () => {
    const {found} = await fetched('nocloud', {
      'proc/cmdline': 'ds=nocloud;s=/srv/seed/\n',
      'srv/seed/meta-data': 'instance-id: i-8\n',
    });
    expect(found).toEqual({'instance-id': 'i-8\n'});
  });

  test('names nothing but a host name', async () => {
    const {found} = await fetched('nocloud', {'proc/cmdline': 'ds=nocloud;h=web\n'});
    expect(found).toEqual({'instance-id': 'i-nocloud-default\n', 'local-hostname': 'web\n'});
  });

  test.each([
    ['as it is', '', '/meta-data'],
    ['with a slash', '/', '/meta-data'],
    ['with folders', '/a/b', '/a/b/meta-data'],
    ['with a place for the name', '/seed/%s?of=me', '/seed/meta-data?of=me'],
    ['with a query that the name belongs to', '/seed?file=', '/seed?file=meta-data'],
    ['with the machine’s UUID', '/__dmi.system-uuid__/', '/11111111-2222/meta-data'],
    [
      'with two things that the firmware says',
      '/__dmi.chassis-serial-number__/__dmi.baseboard-product-name__',
      '/c%202/QEMU/meta-data',
    ],
  ])('an address %s', async (_, path, asked) => {
    await using server = await MetadataServer.start({[asked]: 'instance-id: i-9\n'});
    const {status, found} = await fetched('nocloud', {
      'sys/class/dmi/id/product_serial': `ds=nocloud;s=${server.url}${path}\n`,
      'sys/class/dmi/id/product_uuid': '11111111-2222\n',
      'sys/class/dmi/id/chassis_serial': 'c 2\n',
      'sys/class/dmi/id/board_name': 'QEMU\n',
    });
    expect(server.requests[0]).toBe(`GET ${asked}`);
    expect({status, id: found['instance-id']}).toEqual({status: 0, id: 'i-9\n'});
  });

  test('every name of cloud-init’s stands for what the kernel calls otherwise', async () => {
    const names = {
      'baseboard-asset-tag': 'board_asset_tag',
      'baseboard-manufacturer': 'board_vendor',
      'baseboard-product-name': 'board_name',
      'baseboard-serial-number': 'board_serial',
      'baseboard-version': 'board_version',
      'bios-release-date': 'bios_date',
      'bios-vendor': 'bios_vendor',
      'bios-version': 'bios_version',
      'chassis-asset-tag': 'chassis_asset_tag',
      'chassis-manufacturer': 'chassis_vendor',
      'chassis-serial-number': 'chassis_serial',
      'chassis-version': 'chassis_version',
      'system-manufacturer': 'sys_vendor',
      'system-product-name': 'product_name',
      'system-serial-number': 'product_serial',
      'system-uuid': 'product_uuid',
      'system-version': 'product_version',
    };
    const machine = await fakeMachine();
    for (const field of Object.values(names)) machine.write(`sys/class/dmi/id/${field}`, `<${field}>\n`);
    const words = Object.keys(names).map((name) => `__dmi.${name}__`);
    const {stdout} = machine.ash(
      `set -- detect; . "$ROOT/usr/lib/leanos/datasource/nocloud"; source='${words.join('')}'; fill_in_source; echo "$source"`,
    );
    expect(stdout.trim()).toBe(
      Object.values(names)
        .map((field) => `<${field}>`)
        .join(''),
    );
  });

  test.each([
    [
      'a word that is not known',
      's=/srv/__dmi.colour__/',
      '__dmi.colour__ in the seed’s address is not known',
    ],
    [
      'a word of which the firmware says nothing',
      's=/srv/__dmi.system-uuid__/',
      'firmware says nothing there',
    ],
    ['a key that is not known', 'h=web;colour=red', 'colour in ds=nocloud is not known'],
    ['an address of another kind', 's=ftp://host/', 'a seed’s address begins with http://'],
  ])('%s is named', async (_, words, said) => {
    const {machine} = await fetched('nocloud', {'proc/cmdline': `ds=nocloud;${words}\n`});
    expect(machine.read('dev/console').replaceAll("'", '’')).toContain(said);
  });

  test('without an address goes before what a disk says, and takes the rest from there', async () => {
    const {found} = await fetched('nocloud', {
      'proc/cmdline': 'ds=nocloud;h=word\n',
      [`${NOCLOUD}/meta-data`]: 'instance-id: i-1\nlocal-hostname: disk\n',
      [`${NOCLOUD}/user-data`]: '#!/bin/sh\n',
    });
    expect(found).toEqual({'instance-id': 'i-1\n', 'local-hostname': 'word\n', 'user-data': '#!/bin/sh\n'});
  });

  test('of another datasource is not its own', async () => {
    expect((await fetched('nocloud', {'proc/cmdline': 'ds=ec2;s=x\n'})).status).toBe(1);
  });
});

describe('meta-data that cloud-init would obey', () => {
  test('seedfrom names where the rest is; of facts in both, the first’s count', async () => {
    await using server = await MetadataServer.start({
      '/meta-data': 'instance-id: i-2\nlocal-hostname: far\nseedfrom: http://127.0.0.1:1/\n',
      '/user-data': '#!/bin/far\n',
    });
    const {status, found} = await fetched('nocloud', {
      [`${NOCLOUD}/meta-data`]: `instance-id: i-1\nseedfrom: ${server.url}/\n`,
      [`${NOCLOUD}/user-data`]: '#!/bin/near\n',
    });
    expect(status).toBe(0);
    expect(found).toMatchObject({
      'instance-id': 'i-1\n',
      'local-hostname': 'far\n',
      'user-data': '#!/bin/far\n',
    });
    expect(found).not.toHaveProperty('seedfrom');
  });

  test('seedfrom names another folder, which names itself', async () => {
    const {status, found} = await fetched('nocloud', {
      [`${NOCLOUD}/meta-data`]: 'seedfrom: file:///srv/\n',
      'srv/meta-data': 'instance-id: i-3\nseedfrom: /srv\n',
      'srv/user-data': 'x',
    });
    expect({status, found}).toEqual({status: 0, found: {'instance-id': 'i-3\n', 'user-data': 'x'}});
  });

  test('seedfrom is asked by the search, and holds nobody up before it', async () => {
    const machine = await fakeMachine();
    machine.write(`${NOCLOUD}/meta-data`, 'seedfrom: http://127.0.0.1:1/\n');
    const {status} = machine.ash(
      `cd "$ROOT/usr/lib/leanos"; for name in system drivers platform label datasource; do . ./$name.sh; done
      load_config; first_datasource`,
    );
    expect(status).toBe(1);
  });

  test.each([
    ['disabled', 1, undefined],
    ['net', 0, 'net\n'],
  ])('dsmode: %s', async (mode, status, dsmode) => {
    const {found, ...rest} = await fetched('nocloud', {
      [`${NOCLOUD}/meta-data`]: `instance-id: i-1\ndsmode: ${mode}\n`,
    });
    expect(rest.status).toBe(status);
    if (dsmode === undefined) expect(rest.machine.read('dev/console')).toContain('dsmode: disabled');
    else expect(found['dsmode']).toBe(dsmode);
  });

  test('an empty folder is no seed', async () => {
    const {status, machine} = await fetched('nocloud', {[`${NOCLOUD}/readme`]: ''});
    expect(status).toBe(1);
    expect(machine.read('dev/console')).toContain('no meta-data in the seed');
  });

  test('a seed whose meta-data is missing and whose user-data is empty is one', async () => {
    const {status, found} = await fetched('nocloud', {[`${NOCLOUD}/user-data`]: ''});
    expect({status, found}).toEqual({status: 0, found: {'instance-id': 'i-nocloud-default\n'}});
  });
});

const DRIVE = 'var/lib/cloud/seed/config_drive';
const META = JSON.stringify({
  uuid: 'u-1',
  hostname: 'web.novalocal',
  public_keys: {mine: 'ssh-rsa A\n'},
  files: [{path: '/etc/motd', content_path: '/content/0000'}],
  network_config: {content_path: '/content/0001'},
});

describe('a drive as others make it', () => {
  const at = (files: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`${DRIVE}/${path}`, text]));

  test.each<[string, Record<string, string>, Record<string, string>]>([
    [
      'Proxmox',
      {
        'openstack/latest/meta_data.json':
          '{"uuid": "a1", "network_config": {"content_path": "/content/0000"}}',
        'openstack/latest/user_data': '#cloud-config\nhostname: web\n',
        'openstack/content/0000': 'auto eth0\niface eth0 inet dhcp\n',
      },
      {
        'instance-id': 'a1\n',
        'user-data': '#cloud-config\nhostname: web\n',
        'network-interfaces': 'auto eth0\niface eth0 inet dhcp\n',
      },
    ],
    [
      'KubeVirt',
      {
        'openstack/latest/meta_data.json': JSON.stringify({
          instance_id: 'vm.default',
          hostname: 'vm',
          uuid: 'u',
          devices: [
            {type: 'nic', bus: 'pci', address: '0000:01:00.0', mac: '02:00:00:00:00:01', tags: ['x']},
          ],
          public_keys: {'0': 'ssh-ed25519 A', '1': 'ssh-rsa B'},
        }),
        'openstack/latest/network_data.json': '{}',
      },
      {'local-hostname': 'vm\n', 'public-keys': 'ssh-ed25519 A\nssh-rsa B\n', 'network_data.json': '{}'},
    ],
    [
      'Nutanix',
      {
        'openstack/latest/meta_data.json':
          '{"public_keys": {"mine": "ssh-rsa A"}, "uuid": "n1", "hostname": "web", "availability_zone": "pe"}',
        'openstack/latest/user_data': '#cloud-config\n{}\n',
      },
      {'instance-id': 'n1\n', 'local-hostname': 'web\n', 'public-keys': 'ssh-rsa A\n'},
    ],
    [
      'CloudStack',
      {
        'openstack/latest/meta_data.json':
          '{"uuid": "c1", "hostname": "web", "public_keys": {"k": "ssh-rsa A"}}',
        'openstack/latest/vendor_data.json': '{}',
        'cloudstack/metadata/instance-id.txt': 'c1',
        'cloudstack/password/vm_password.txt': 'pass word',
      },
      {'instance-id': 'c1\n', password: 'pass word\n'},
    ],
  ])('%s', async (_, files, facts) => {
    const {status, found, machine} = await fetched('configdrive', at(files));
    expect({status, found, console: machine.read('dev/console')}).toMatchObject({
      status: 0,
      found: facts,
      console: '',
    });
  });

  test('CloudStack, without a new password', async () => {
    const {found} = await fetched(
      'configdrive',
      at({
        'openstack/latest/meta_data.json': '{"uuid": "c1"}',
        'cloudstack/password/vm_password.txt': 'saved_password\n',
      }),
    );
    expect(found).toMatchObject({'instance-id': 'c1\n'});
    expect(found).not.toHaveProperty('password');
  });

  test('IBM, by its label', async () => {
    const machine = await fakeMachine();
    machine.write(
      'drive/openstack/latest/meta_data.json',
      '{"uuid": "i1", "public_keys": {"k": "ssh-rsa A"}}',
    );
    const {status} = machine.ash(
      `mkdir "$ROOT/found"; set -- fetch "$ROOT/found"; . "$ROOT/usr/lib/leanos/label.sh"
      read_labels() { LABELS=' xvdh/vfat/metadata' LABELS_READ=1; }
      mount() { cp -a "$ROOT/drive/." "$6"; }; umount() { :; }
      . "$ROOT/usr/lib/leanos/datasource/configdrive"`,
    );
    expect(status).toBe(0);
    expect(machine.read('found/instance-id') + machine.read('found/public-keys')).toBe('i1\nssh-rsa A\n');
  });
});

describe('a config drive', () => {
  const content = {
    [`${DRIVE}/openstack/content/0000`]: 'hello\n',
    [`${DRIVE}/openstack/content/0001`]: 'auto eth0\niface eth0 inet dhcp\n',
  };

  test.each(['latest', '2018-08-27'])('openstack/%s', async (version) => {
    const {status, found, machine} = await fetched('configdrive', {
      [`${DRIVE}/openstack/${version}/meta_data.json`]: META,
      [`${DRIVE}/openstack/${version}/user_data`]: '#!/bin/sh\n',
      [`${DRIVE}/openstack/${version}/network_data.json`]: '{}',
      [`${DRIVE}/openstack/${version}/vendor_data2.json`]: '{"cloud-init": "x"}',
      ...content,
    });
    expect(status).toBe(0);
    expect(found).toMatchObject({
      'instance-id': 'u-1\n',
      'local-hostname': 'web.novalocal\n',
      'public-keys': 'ssh-rsa A\n',
      'user-data': '#!/bin/sh\n',
      'network_data.json': '{}',
      'network-interfaces': 'auto eth0\niface eth0 inet dhcp\n',
      'vendor-data2': 'x\n',
    });
    expect(machine.read('found/content/0000')).toBe('hello\n');
  });

  const vendor = async (text: string, name = 'vendor_data'): Promise<Record<string, string>> =>
    (
      await fetched('configdrive', {
        [`${DRIVE}/openstack/latest/meta_data.json`]: META,
        [`${DRIVE}/openstack/latest/${name}.json`]: text,
        ...content,
      })
    ).found;

  test.each([
    ['a text', '"#!/bin/sh\\n"'],
    [
      'a map with a text',
      '{"cloud-init": "#!/bin/sh\\n", "hostname": "stolen", "uuid": "u-2", "public_keys": {"a": "b"}}',
    ],
  ])('vendor data is %s, and no fact of the machine', async (_, text) => {
    expect(await vendor(text)).toMatchObject({
      'vendor-data': '#!/bin/sh\n\n',
      'instance-id': 'u-1\n',
      'local-hostname': 'web.novalocal\n',
      'public-keys': 'ssh-rsa A\n',
    });
  });

  test.each([
    '["#!/bin/sh\\n", "#cloud-config\\n--part"]',
    '{"cloud-init": ["#!/bin/sh\\n", "#cloud-config\\n--part"]}',
  ])('vendor data that is a list is a message of parts: %s', async (text) => {
    const message = (await vendor(text, 'vendor_data2'))['vendor-data2'] ?? '';
    expect(message).toMatch(/^Content-Type: multipart\/mixed; boundary="part-"\n/);
    expect(message).toContain('--part-\nContent-Type: text/plain\n\n#!/bin/sh\n\n--part-\n');
    expect(message).toMatch(/#cloud-config\n--part\n--part---\n$/);
  });

  test('vendor data of both kinds is kept', async () => {
    const {found} = await fetched('configdrive', {
      [`${DRIVE}/openstack/latest/meta_data.json`]: META,
      [`${DRIVE}/openstack/latest/vendor_data.json`]: '{"cloud-init": "one"}',
      [`${DRIVE}/openstack/latest/vendor_data2.json`]: '{"cloud-init": "two"}',
      ...content,
    });
    expect(found).toMatchObject({'vendor-data': 'one\n', 'vendor-data2': 'two\n'});
  });

  test('vendor data of another shape is named, or for another program', async () => {
    expect(await vendor('{"cloud-init": {"a": "b"}}')).not.toHaveProperty('vendor-data');
    expect(await vendor('{"static": {"x": "y"}}')).not.toHaveProperty('vendor-data');
  });

  test('the newest of the dated folders', async () => {
    const {found} = await fetched('configdrive', {
      [`${DRIVE}/openstack/2012-08-10/meta_data.json`]: '{"uuid": "old"}',
      [`${DRIVE}/openstack/2016-10-06/meta_data.json`]: '{"uuid": "new"}',
      [`${DRIVE}/openstack/2018-08-27/other`]: '',
    });
    expect(found['instance-id']).toBe('new\n');
  });

  test('EC2’s files where OpenStack’s are not there', async () => {
    const {found} = await fetched('configdrive', {
      [`${DRIVE}/ec2/latest/meta-data.json`]: JSON.stringify({
        'instance-id': 'i-1',
        'local-hostname': 'web',
        'public-keys': {0: {'openssh-key': 'ssh-rsa A\n'}},
      }),
      [`${DRIVE}/ec2/latest/user-data`]: 'x',
    });
    expect(found).toMatchObject({
      'instance-id': 'i-1\n',
      'local-hostname': 'web\n',
      'public-keys': 'ssh-rsa A\n',
      'user-data': 'x',
    });
  });

  test('one with nothing on it is none, and it is said', async () => {
    const {status, machine} = await fetched('configdrive', {[`${DRIVE}/readme`]: 'x'});
    expect(status).toBe(1);
    expect(machine.read('dev/console')).toContain('neither openstack nor ec2');
  });
});

test('no datasource at all is a datasource, and says so', async () => {
  expect((await fetched('none', {})).found).toEqual({'instance-id': 'i-dsnone\n'});
});

test('many damaged seeds: each is read or refused, in time, and touches nothing outside', async () => {
  const machine = await fakeMachine();
  const random = randomFrom(3);
  const count = 100;
  for (let index = 0; index < count; index += 1) {
    machine.write(`seeds/${index}/openstack/latest/meta_data.json`, random.damage(Buffer.from(META)));
    machine.write(`seeds/${index}/openstack/content/0000`, 'x');
  }
  const before = machine.ash(
    'cd "$ROOT" && find . -path ./seeds -prune -o -path ./found -prune -o -path ./run/leanos/notes -o -print | sort',
  ).stdout;
  const {stdout, status} = machine.ash(
    `mkdir -p "$ROOT/var/lib/cloud/seed"; n=0; while [ $n -lt ${count} ]; do
    rm -rf "$ROOT/found"; mkdir "$ROOT/found"; ln -sfn "$ROOT/seeds/$n" "$ROOT/${DRIVE}"
    timeout 10 sh "$ROOT/usr/lib/leanos/datasource/configdrive" fetch "$ROOT/found"; s=$?
    case $s in 0 | 1) ;; *) echo "$n: $s" ;; esac
    n=$((n + 1)); done 2>&1; rm -r "$ROOT/var/lib/cloud"`,
  );
  expect({status, stdout}).toEqual({status: 0, stdout: ''});
  expect(
    machine.ash(
      'cd "$ROOT" && find . -path ./seeds -prune -o -path ./found -prune -o -path ./run/leanos/notes -o -print | sort',
    ).stdout,
  ).toBe(before);
});
