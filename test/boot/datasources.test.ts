import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {bootImage, type BootOptions} from '../../src/vm/boot-image.ts';
import {qemuControl} from '../../src/vm/control.ts';
import type {Machine} from '../../src/vm/machine.ts';
import {MetadataServer} from '../../src/vm/metadata-server.ts';
import {writeFatSeed} from '../../src/vm/seed.ts';
import {awaitBanner, logIn} from '../../src/vm/login.ts';
import {generateSshKey, type SshSession} from '../../src/vm/ssh.ts';
import {ready} from '../support/ready-guest.ts';
import {smartosHost} from '../support/smartos-host.ts';
import {temporary} from '../support/temporary.ts';
import {virtiofs} from '../support/virtiofs.ts';

const TIMEOUT_MS = 120_000;
const key = generateSshKey('datasources');
let guest: ReadyImage;
let count = 0;

beforeAll(async () => {
  guest = await ready('test');
});
afterAll(() => guest[Symbol.asyncDispose]());

const newFolder = (): string => {
  const folder = join(guest.folder, `guest-${(count += 1)}`);
  mkdirSync(folder, {recursive: true});
  return folder;
};

async function boot(options: Partial<BootOptions>, {accelerator, run, image} = guest): Promise<Machine> {
  const common = {firmware: 'direct' as const, memoryMib: 256, accelerator, run};
  return bootImage(image, {folder: newFolder(), ...common, ...options});
}

const login = (machine: Machine, user = 'leanos'): Promise<SshSession> =>
  logIn(machine, {user, privateKey: key.privateKey, timeoutMs: TIMEOUT_MS});

/** What a guest says to a command, over ssh. */
async function asked(session: SshSession, command: string): Promise<string> {
  return (await session.exec(command)).stdout.trim();
}

function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), content);
  }
}

test('NoCloud as cloud-localds makes it: cloud-config, and a static network from network-config', async () => {
  const folder = newFolder();
  writeFiles(folder, {
    'user-data': `#cloud-config
ssh_authorized_keys: ["${key.publicKey}"]
write_files:
- {path: /srv/hello, content: hello, owner: leanos, permissions: "0600"}
- {path: /etc/rc.local, content: "#!/bin/sh\\necho rc.local ran with nice $(cut -d' ' -f19 /proc/self/stat)\\n", permissions: "0755"}
users: [default, {name: bob, sudo: "ALL=(ALL) NOPASSWD:ALL", ssh_authorized_keys: ["${key.publicKey}"]}]
password: pass word
ssh_pwauth: true
runcmd: [[sh, -c, "echo runcmd as $(id -un)"]]
colour: red
`,
    'meta-data': 'instance-id: i-localds\nlocal-hostname: localds\n',
    'network-config': `version: 2
ethernets:
  any:
    match: {macaddress: "52:54:00:12:34:56"}
    addresses: [10.0.2.15/24]
    gateway4: 10.0.2.2
    mtu: 1400
    nameservers: {addresses: [10.0.2.3], search: [example.org]}
`,
  });
  const files = ['seed.img', 'user-data', 'meta-data'].map((name) => join(folder, name));
  execFileSync('cloud-localds', ['--network-config', join(folder, 'network-config'), ...files]);
  const ephemeral = join(folder, 'ephemeral.img');
  writeFileSync(ephemeral, Buffer.alloc(1024 * 1024));
  await guest.run(['mkfs.vfat', '-n', 'ephemeral0', ephemeral]);
  await using machine = await boot({
    seed: join(folder, 'seed.img'),
    extraDisks: [{path: ephemeral, serial: 'ephemeral'}],
  });
  await using session = await login(machine);
  await machine.waitForConsole(/runcmd as root/, TIMEOUT_MS);
  expect(await asked(session, 'hostname; cat /srv/hello; stat -c "%U %a" /srv/hello')).toBe(
    'localds\nhelloleanos 600',
  );
  expect(
    await asked(session, 'ip -4 route; cat /sys/class/net/eth0/mtu; pidof udhcpc || echo no client'),
  ).toMatch(/^default via 10\.0\.2\.2 dev eth0 *\n10\.0\.2\.0\/24 dev eth0[^\n]*\n1400\nno client$/);
  expect(await asked(session, 'cat /etc/resolv.conf')).toBe('search example.org\nnameserver 10.0.2.3');
  expect(await asked(session, 'sudo -u bob sudo id -u')).toBe('0');
  const byPassword = {user: 'leanos', password: 'pass word', timeoutMs: TIMEOUT_MS};
  await using second = await logIn(machine, byPassword);
  expect(await asked(second, 'id -un')).toBe('leanos');
  await machine.waitForConsole(/cloud-config: colour is not known and passed over/, TIMEOUT_MS);
  await machine.waitForConsole(/rc\.local ran with nice 0/, TIMEOUT_MS);
  expect(await asked(session, 'grep -c " /mnt vfat " /proc/mounts')).toBe('1');
  expect(await asked(session, 'sudo leanos-status')).toMatch(/=== passed over ===\n.*colour is not known/);
});

test('a config drive as genisoimage makes it, and a disk that is cloned into another instance', async () => {
  const drive = (id: string): string => {
    const folder = newFolder();
    writeFiles(join(folder, 'drive'), {
      'openstack/latest/meta_data.json': JSON.stringify({
        uuid: id,
        hostname: `${id}.novalocal`,
        public_keys: {mine: key.publicKey, [id]: generateSshKey(id).publicKey},
        files: [{path: '/etc/motd', content_path: '/content/0000'}],
      }),
      'openstack/latest/user_data':
        '#!/bin/sh\nmkdir -p /srv/drive\necho "LABEL=config-2 /srv/drive iso9660 ro,nofail 0 0" >/etc/fstab\nmount -a\necho "user-data of $(hostname)" >>/var/lib/trace\n',
      'openstack/latest/network_data.json': JSON.stringify({
        links: [{id: 'tap1', type: 'ovs', ethernet_mac_address: '52:54:00:12:34:56', mtu: 1442}],
        networks: [{link: 'tap1', type: 'ipv4_dhcp'}],
      }),
      'openstack/content/0000': 'hello from the drive\n',
    });
    execFileSync('genisoimage', [
      '-quiet',
      '-R',
      '-J',
      '-V',
      'config-2',
      '-o',
      join(folder, 'drive.iso'),
      join(folder, 'drive'),
    ]);
    return join(folder, 'drive.iso');
  };
  const folder = newFolder();
  const hostKeys: string[] = [];
  for (const [id, trace] of [
    ['first', 'user-data of first'],
    ['first', 'user-data of first'],
    ['second', 'user-data of first\nuser-data of second'],
  ] as const) {
    await using machine = await boot({folder, firmware: 'bios', seed: drive(id)});
    await using session = await login(machine);
    await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
    expect(await asked(session, 'hostname; cat /etc/motd; cat /sys/class/net/eth0/mtu')).toBe(
      `${id}\nhello from the drive\n1442`,
    );
    const traced = `until grep -q " of ${id}" /var/lib/trace; do sleep 0.2; done; cat /var/lib/trace`;
    expect(await asked(session, traced)).toBe(trace);
    expect(await asked(session, 'grep -c " /srv/drive iso9660 " /proc/mounts; ls /srv/drive')).toBe(
      '1\nopenstack',
    );
    // A link of the user's leads root nowhere when another instance brings other keys.
    const secret =
      'sudo stat -c "%a %U" /etc/shadow; sudo grep -c "^root:" /etc/shadow; stat -c "%F %U" .ssh/authorized_keys';
    expect(await asked(session, secret)).toBe('600 root\n1\nregular file leanos');
    await session.exec('ln -sf /etc/shadow .ssh/authorized_keys');
    hostKeys.push(
      await asked(
        session,
        'sudo dropbearkey -y -f /etc/dropbear/dropbear_ed25519_host_key | grep ^ssh | cut -d" " -f2; sync',
      ),
    );
    await machine.powerOff(TIMEOUT_MS);
  }
  expect(hostKeys[0]).toMatch(/^AAAA/);
  expect(hostKeys[1]).toBe(hostKeys[0]);
  expect(hostKeys[2]).not.toBe(hostKeys[0]);
});

test('OpenNebula’s context as it makes it: an ISO 9660 by genisoimage', async () => {
  const folder = newFolder();
  writeFiles(join(folder, 'disc'), {
    'context.sh': `# Context variables generated by OpenNebula
DISK_ID='1'
ETH0_DNS='10.0.2.3'
ETH0_GATEWAY='10.0.2.2'
ETH0_IP='10.0.2.15'
ETH0_MAC='52:54:00:12:34:56'
ETH0_MASK='255.255.255.0'
NETWORK='YES'
SET_HOSTNAME='context'
SSH_PUBLIC_KEY='${key.publicKey}'
TARGET='hda'
USER_DATA='${Buffer.from('#!/bin/sh\necho "user-data of $(hostname)"\n').toString('base64')}'
USER_DATA_ENCODING='base64'
`,
  });
  const disc = join(folder, 'context.iso');
  execFileSync('genisoimage', ['-quiet', '-J', '-R', '-V', 'CONTEXT', '-o', disc, join(folder, 'disc')]);
  await using machine = await boot({folder, seed: disc});
  await using session = await login(machine);
  await machine.waitForConsole(/user-data of context/, TIMEOUT_MS);
  expect(await asked(session, 'hostname; sudo leanos-query datasource')).toBe('context\nopennebula');
  expect(await asked(session, 'ip -4 route; pidof udhcpc || echo no client')).toMatch(
    /^default via 10\.0\.2\.2 dev eth0 *\n10\.0\.2\.0\/24 dev eth0[^\n]*\nno client$/,
  );
});

test('an OVF environment, on a disc as VMware makes it', async () => {
  const folder = newFolder();
  const property = (name: string, value: string): string =>
    `<Property oe:key="${name}" oe:value="${value}"/>`;
  writeFiles(join(folder, 'disc'), {
    'ovf-env.xml': `<?xml version="1.0" encoding="UTF-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:oe="http://schemas.dmtf.org/ovf/environment/1" oe:id="">
<PropertySection>${property('instance-id', 'i-ovf')}${property('hostname', 'appliance')}${property('public-keys', key.publicKey.trim())}${property(
      'user-data',
      Buffer.from('#!/bin/sh\necho "user-data of $(hostname)"\n').toString('base64'),
    )}</PropertySection></Environment>\n`,
  });
  const disc = join(folder, 'environment.iso');
  execFileSync('genisoimage', ['-quiet', '-V', 'OVF ENV', '-o', disc, join(folder, 'disc')]);
  await using machine = await boot({folder, disc});
  await using session = await login(machine);
  await machine.waitForConsole(/user-data of appliance/, TIMEOUT_MS);
  expect(
    await asked(session, 'hostname; sudo leanos-query datasource; sudo leanos-query get instance-id'),
  ).toBe('appliance\novf\ni-ovf');
});

test('a virtual machine of Incus: its share over virtiofs, which mounts: takes as well', async () => {
  const folder = newFolder();
  const config = join(folder, 'config');
  writeFiles(config, {
    'cloud-init/meta-data': 'instance-id: i-incus\nlocal-hostname: incus\n',
    'cloud-init/user-data': `#cloud-config
ssh_authorized_keys: ["${key.publicKey.trim()}"]
mounts: [[config, /srv/config, virtiofs, "ro,nofail", "0", "0"]]
runcmd: [[sh, -c, "echo runcmd of $(hostname)"]]
`,
    'cloud-init/vendor-data': '#cloud-config\n{}\n',
  });
  const socket = join(temporary(), 'share'); // its path must be short: unix(7)
  await using _ = await virtiofs(config, socket);
  await using machine = await boot({
    folder,
    smbios: {boardProduct: 'Incus'},
    share: {socket, name: 'config'},
  });
  await using session = await login(machine);
  await machine.waitForConsole(/runcmd of incus/, TIMEOUT_MS);
  expect(
    await asked(
      session,
      'hostname; sudo leanos-query datasource; grep -c "^config /srv/config virtiofs ro" /proc/mounts; sudo ls /srv/config',
    ),
  ).toBe('incus\nlxd\n1\ncloud-init');
});

test('SmartOS’ metadata over the second serial port', async () => {
  const terminal = await smartosHost({
    'sdc:uuid': 'i-zone',
    hostname: 'zone',
    root_authorized_keys: key.publicKey,
    'cloud-init:user-data': '#!/bin/sh\necho "user-data of $(hostname)"\n',
    'user-script': 'echo "user-script of $(hostname)"\n',
    'user-data': 'for programs\n',
    'sdc:nics': JSON.stringify([
      {
        interface: 'net0',
        mac: '52:54:00:12:34:56',
        ips: ['10.0.2.15/24'],
        gateways: ['10.0.2.2'],
        primary: true,
      },
    ]),
  });
  await using machine = await boot({smbios: {product: 'SmartDC HVM'}, secondSerial: terminal});
  await using session = await login(machine);
  await machine.waitForConsole(/user-script of zone[^]*user-data of zone/, TIMEOUT_MS);
  expect(
    await asked(session, 'hostname; sudo leanos-query datasource; sudo cat /var/db/mdata-user-data'),
  ).toBe('zone\nsmartos\nfor programs');
  expect(await asked(session, 'ip -4 route | head -n 1')).toMatch(/^default via 10\.0\.2\.2 dev net0/);
});

describe('a metadata service', () => {
  const meta = '/openstack/latest/meta_data.json';
  const answer = JSON.stringify({uuid: 'from-nova', hostname: 'nova', public_keys: {mine: key.publicKey}});
  const nova = {product: 'OpenStack Nova'};

  test('of OpenStack, with the user-data that write-mime-multipart makes', async () => {
    const folder = newFolder();
    writeFiles(folder, {
      script: '#!/bin/sh\necho "part one ran"\n',
      config: '#cloud-config\nruncmd: [echo part two ran]\n',
    });
    execFileSync('write-mime-multipart', [
      '--output',
      join(folder, 'mime'),
      join(folder, 'script'),
      join(folder, 'config'),
    ]);
    const userData = gzipSync(readFileSync(join(folder, 'mime')));
    await using server = await MetadataServer.start({
      [meta]: answer,
      '/openstack/latest/user_data': userData,
    });
    await using machine = await boot({smbios: nova, metadata: {command: server.command}});
    await using session = await login(machine);
    expect(await asked(session, 'hostname; sudo leanos-query datasource; sudo leanos-query dsmode')).toBe(
      'nova\nopenstack\nnet',
    );
    await machine.waitForConsole(/part two ran[^]*part one ran/, TIMEOUT_MS);
  });

  test('of EC2, with a token', async () => {
    await using server = await MetadataServer.start(
      {
        '/latest/meta-data/instance-id': 'i-0abc',
        '/latest/meta-data/local-hostname': 'ip-10-0-0-1.internal',
        '/latest/meta-data/public-keys/': '0=mine',
        '/latest/meta-data/public-keys/0/openssh-key': key.publicKey,
      },
      {token: 'secret'},
    );
    await using machine = await boot({
      smbios: {uuid: 'ec2a1b2c-0000-4000-8000-000000000001'},
      metadata: {command: server.command},
    });
    await using session = await login(machine);
    expect(await asked(session, 'hostname; sudo leanos-query datasource')).toBe('ip-10-0-0-1\nec2');
    expect(server.requests).toContain('PUT /latest/api/token');
    expect(await asked(session, 'ec2metadata --instance-id')).toBe('i-0abc');
  });

  test('that answers after the deadline is applied late; ssh and consoles are there before', async () => {
    let open = false;
    await using server = await MetadataServer.start({
      [meta]: (_request, response) => (open ? response.end(answer) : response.writeHead(503).end()),
    });
    await using machine = await boot({
      smbios: nova,
      metadata: {command: server.command},
      kernelWords: 'dsdeadline=1',
    });
    await machine.waitForConsole(/datasource: none found/, TIMEOUT_MS);
    await awaitBanner(machine, {timeoutMs: TIMEOUT_MS});
    await machine.waitForConsole(/leanos login:/, TIMEOUT_MS);
    open = true;
    await using session = await login(machine);
    expect(await asked(session, 'hostname')).toBe('nova');
    await machine.waitForConsole(/openstack answered after the deadline/, TIMEOUT_MS);
  });

  test('that nobody hears from keeps nothing waiting', async () => {
    await using machine = await boot({smbios: nova, metadata: 'swallowed', kernelWords: 'dsdeadline=2'});
    await awaitBanner(machine, {timeoutMs: TIMEOUT_MS});
    await machine.waitForConsole(/datasource: none found[^]*=== leanos: current=/, TIMEOUT_MS);
    await machine.powerOff(TIMEOUT_MS);
  });
});

test('a NoCloud seed whose address is in the SMBIOS serial number', async () => {
  await using server = await MetadataServer.start({
    '/seed/meta-data': `instance-id: i-net\nlocal-hostname: net\npublic-keys: ["${key.publicKey}"]\n`,
  });
  await using machine = await boot({
    smbios: {serial: 'ds=nocloud;s=http://169.254.169.254/seed/'},
    metadata: {command: server.command},
  });
  await using session = await login(machine);
  expect(await asked(session, 'hostname; sudo leanos-query datasource')).toBe('net\nnocloud');
});

test('several cards: a bond, a VLAN on it, fixed addresses, SLAAC', async () => {
  const [first, second, third] = ['52:54:00:00:00:01', '52:54:00:00:00:02', '52:54:00:00:00:03'];
  const folder = newFolder();
  const seed = await writeFatSeed(
    join(folder, 'drive'),
    {
      label: 'config-2',
      files: {
        'openstack/latest/meta_data.json': JSON.stringify({uuid: 'i-cards', public_keys: {a: key.publicKey}}),
        'openstack/latest/network_data.json': JSON.stringify({
          links: [
            {id: 'main', type: 'phy', ethernet_mac_address: '52:54:00:12:34:56'},
            {id: 'one', type: 'phy', ethernet_mac_address: first},
            {id: 'two', type: 'phy', ethernet_mac_address: second},
            {id: 'three', type: 'phy', ethernet_mac_address: third, mtu: 1400},
            {id: 'bond0', type: 'bond', bond_links: ['one', 'two'], bond_mode: 'active-backup'},
            {id: 'vlan7', type: 'vlan', vlan_link: 'bond0', vlan_id: 7, vlan_mac_address: first},
          ],
          networks: [
            {link: 'main', type: 'ipv4_dhcp'},
            {link: 'three', type: 'ipv4_dhcp'},
            {link: 'three', type: 'ipv6_dhcp'},
            {link: 'bond0', type: 'ipv4', ip_address: '10.7.0.1', netmask: '255.255.0.0'},
            {
              link: 'vlan7',
              type: 'ipv6',
              ip_address: 'fd07::1',
              netmask: 'ffff:ffff:ffff:ffff::',
              routes: [{network: 'fd08::', netmask: 'ffff::', gateway: 'fd07::2'}],
            },
          ],
        }),
      },
    },
    guest.run,
  );
  await using cirros = await ready('cirros');
  await using machine = await boot(
    {folder, seed, extraCards: [first, second, third].map((mac) => ({mac}))},
    cirros,
  );
  await using session = await login(machine, 'cirros');
  await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
  const card = `basename $(dirname $(grep -l ${third} /sys/class/net/eth*/address))`;
  const told = async (command: string): Promise<string> => asked(session, command);
  expect(await told('ip -o -4 addr show bond0')).toContain('10.7.0.1/16');
  expect(await told('cat /sys/class/net/bond0/bonding/slaves')).toMatch(/^eth\d eth\d$/);
  expect(await told('ip -o -6 addr show vlan7')).toContain('fd07::1/64');
  expect(await told('ip -6 route')).toMatch(/^fd08::\/16 via fd07::2 dev vlan7/m);
  expect(await told(`cat /sys/class/net/$(${card})/mtu`)).toBe('1400');
  const until = (text: string): string =>
    `until ip -o addr show $(${card}) | grep "${text}"; do sleep 0.2; done`;
  expect(await told(until('inet 10.0.5.'))).toContain('/24');
  expect(await told(until('inet6 fec0::'))).toContain('/64');
  // The one that asks for servers alone, for a while, has no -p.
  expect(await told(`ps -eo args | grep "^udhcpc6.*-i $(${card}) -p" | wc -l`)).toBe('1');
  expect(machine.console).not.toContain('warning: network configuration');
  expect(await told('ls /etc/cirros-init/config')).toBe('/etc/cirros-init/config');
});

test('cards change their names, reach gateways outside of their network, and one that is not named is left alone', async () => {
  const [second, unnamed] = ['52:54:00:00:00:02', '52:54:00:00:00:03'];
  const folder = newFolder();
  const seed = await writeFatSeed(
    folder,
    {
      label: 'cidata',
      files: {
        'meta-data': JSON.stringify({'instance-id': 'i-swap', 'public-keys': [key.publicKey]}),
        'network-config': JSON.stringify({
          version: 2,
          ethernets: {
            eth0: {
              match: {macaddress: second},
              'set-name': 'eth0',
              addresses: ['10.0.3.77/32'],
              routes: [{to: 'default', via: '10.0.3.2', 'on-link': true, metric: 200}],
            },
            eth1: {
              match: {macaddress: '52:54:00:12:34:56'},
              'set-name': 'eth1',
              dhcp4: true,
              'dhcp4-overrides': {'route-metric': 100},
            },
          },
        }),
      },
    },
    guest.run,
  );
  await using machine = await boot({folder, seed, extraCards: [{mac: second}, {mac: unnamed}]});
  await using session = await login(machine);
  await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
  expect(await asked(session, 'cd /sys/class/net; cat eth0/address eth1/address eth2/address')).toBe(
    `${second}\n52:54:00:12:34:56\n${unnamed}`,
  );
  expect((await asked(session, 'ip route | grep default')).replaceAll(/ +$/gm, '').split('\n')).toEqual([
    'default via 10.0.2.2 dev eth1  metric 100',
    'default via 10.0.3.2 dev eth0  metric 200 onlink',
  ]);
  expect(await asked(session, 'sudo ping -c 1 -W 9 -I eth0 10.0.3.2')).toContain(' 0% packet loss');
  expect(await asked(session, 'ip -o addr show eth2; ps -eo args | grep "[u]dhcpc.*eth2"')).toBe('');
  expect(machine.console).not.toContain('warning: network configuration');
});

test('a guest survives its metadata', async () => {
  await using server = await MetadataServer.start({
    '/openstack/latest/meta_data.json': JSON.stringify({
      uuid: '$(reboot)\n`reboot`',
      hostname: '$(reboot);reboot',
      public_keys: {mine: key.publicKey, evil: 'command="reboot" $(reboot)'},
      files: [{path: '/../../etc/passwd', content_path: '/content/../../passwd'}],
    }),
    '/openstack/latest/network_data.json': '{"links": [{"id": "a\'; reboot", "type": "phy", "mtu": "\u0007"}',
    '/openstack/latest/user_data': Buffer.concat([Buffer.from('#!'), Buffer.alloc(2_000_000, '\x00\xff\n')]),
    '/openstack/latest/vendor_data.json': '{"cloud-init": "#cloud-config\\nruncmd: [[reboot"}',
  });
  await using machine = await boot({
    smbios: {product: 'OpenStack Nova'},
    metadata: {command: server.command},
  });
  await using session = await login(machine);
  await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
  await machine.waitForConsole(/user_data is larger than 1048576 bytes and is not read/, TIMEOUT_MS);
  await machine.waitForConsole(/warning: datasource: not a host name/, TIMEOUT_MS);
  await machine.waitForConsole(/warning: network configuration: /, TIMEOUT_MS);
  await machine.waitForConsole(/warning: cloud-config: .*nothing of it is done/, TIMEOUT_MS);
  expect(
    await asked(session, 'hostname; cat .ssh/authorized_keys; cat /run/leanos/datasource/data/* 2>&1'),
  ).toBe(
    `leanos\n${key.publicKey.trim()}\ncat: can't open '/run/leanos/datasource/data/*': Permission denied`,
  );
  await machine.powerOff(TIMEOUT_MS);
});

/** A machine without a link from its first process on. */
async function withoutLink(options: Partial<BootOptions>): Promise<Machine> {
  const machine = await boot(options);
  await machine.waitForConsole(/initramfs: up at/, TIMEOUT_MS);
  await link(machine, false);
  return machine;
}

const link = (machine: Machine, up: boolean): Promise<unknown> =>
  qemuControl(machine.spec.control, 'set_link', {name: 'net', up});

test('a network that comes late is asked again, and ssh answers then; a hypervisor that is not VMware’s is asked once', async () => {
  await using machine = await withoutLink({smbios: {product: 'VMware Virtual Platform'}});
  await machine.waitForConsole(/if-info: eth0,\w+,,[^]*=== leanos: current=/, TIMEOUT_MS);
  await link(machine, true);
  await awaitBanner(machine, {timeoutMs: TIMEOUT_MS});
  expect(machine.console.match(/does not answer to guestinfo/g)).toHaveLength(2); // said, and said again at the end
});

test('phone_home waits for a network that comes late', async () => {
  const folder = newFolder();
  const files = {
    'user-data':
      '#cloud-config\nphone_home: {url: "http://169.254.169.254/$INSTANCE_ID", post: [hostname]}\n',
    'meta-data': 'instance-id: i-late\nlocal-hostname: late\n',
  };
  const seed = await writeFatSeed(folder, {label: 'cidata', files}, guest.run);
  await using server = await MetadataServer.start({}, {posts: true});
  await using machine = await withoutLink({folder, seed, metadata: {command: server.command}});
  await machine.waitForConsole(/phone_home waits for the network/, TIMEOUT_MS);
  await link(machine, true);
  await expect.poll(() => server.requests, {timeout: TIMEOUT_MS}).toEqual(['POST /i-late hostname=late']);
});

test('a card whose driver is loaded late has the address that the configuration gives it', async () => {
  const folder = newFolder();
  const mac = '52:54:00:12:34:57';
  const seed = await writeFatSeed(
    folder,
    {
      label: 'cidata',
      files: {
        'meta-data': JSON.stringify({'instance-id': 'i-late', 'public-keys': [key.publicKey]}),
        'network-config': JSON.stringify({
          version: 2,
          ethernets: {eth0: {dhcp4: true}, late: {match: {macaddress: mac}, addresses: ['10.0.3.77/24']}},
        }),
      },
    },
    guest.run,
  );
  await using machine = await boot({folder, seed, extraCards: [{mac, model: 'vmxnet3'}]});
  await using session = await login(machine);
  await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
  expect(await asked(session, 'ip -o -4 addr show | grep -o "10[.]0[.]3[.][0-9/]* "')).toBe('10.0.3.77/24');
  expect(machine.console).not.toContain('warning: network configuration');
});
