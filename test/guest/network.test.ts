import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {randomFrom} from '../support/random.ts';

const LIBRARIES =
  'for l in system network network-config; do . "$ROOT/usr/lib/leanos/$l.sh"; done; data=$ROOT/data;';
/** Changes are noted, not made. `ip link add` makes the link appear, as the kernel would. */
const RECORDED = `
ip() { echo "ip $*" >>"$ROOT/changes"; case "$*" in "link add"*) for w; do [ "$p" != name ] || mkdir -p "$ROOT/sys/class/net/$w/bonding"; p=$w; done ;; esac; }
udhcpc() { echo "udhcpc $3 $(echo "$*" | grep -o -- '-i [a-z0-9]*')" >>"$ROOT/changes"; }; udhcpc6() { echo udhcpc6 >>"$ROOT/changes"; }
modprobe() { :; }; kill() { echo "kill $*" >>"$ROOT/changes"; };`;

const CARDS = {eth0: '52:54:00:00:00:01', eth1: '52:54:00:00:00:02'};

async function machineWith(files: Readonly<Record<string, string>>): Promise<FakeMachine> {
  const machine = await fakeMachine();
  machine.write('proc/sys/kernel/hostname', 'web\n');
  let index = 2;
  for (const [name, mac] of Object.entries(CARDS)) {
    machine.write(`sys/class/net/${name}/address`, `${mac}\n`);
    machine.write(`sys/class/net/${name}/ifindex`, `${index++}\n`);
    mkdirSync(join(machine.root, `sys/class/net/${name}/device`));
  }
  machine.write('changes', '');
  for (const [name, text] of Object.entries(files)) machine.write(`data/${name}`, text);
  return machine;
}

/** The rows that a configuration comes to. */
async function rows(name: string, text: string): Promise<string[]> {
  const machine = await machineWith({[name]: text});
  const {stdout, stderr} = machine.ash(`${LIBRARIES} network_rows`);
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

const V2 = `
network:
  version: 2
  ethernets:
    lan:
      match: {macaddress: "52:54:00:00:00:01"}
      set-name: lan0
      mtu: 1450
      addresses: [10.0.0.5/24, "fd00::5/64"]
      gateway4: 10.0.0.1
      gateway6: fd00::1
      routes:
        - {to: 192.168.0.0/16, via: 10.0.0.2, metric: 5}
      nameservers: {addresses: [10.0.0.53, fd00::53], search: [example.org]}
    eth1: {dhcp4: true, dhcp6: true}
  vlans:
    v7: {id: 7, link: lan, addresses: [10.7.0.5/24]}
`;

test('network-config version 2', async () => {
  expect(await rows('network-config', V2)).toEqual([
    'mac lan 52:54:00:00:00:01',
    'name lan lan0',
    'mtu lan 1450',
    'up lan',
    'address lan 10.0.0.5/24',
    'address lan fd00::5/64',
    'route lan 0.0.0.0/0 10.0.0.1 -',
    'route lan ::/0 fd00::1 -',
    'route lan 192.168.0.0/16 10.0.0.2 5',
    'dns 10.0.0.53',
    'dns fd00::53',
    'search example.org',
    'up eth1',
    'dhcp4 eth1',
    'dhcp6 eth1',
    'vlan v7 lan 7',
    'up v7',
    'address v7 10.7.0.5/24',
  ]);
  expect(await rows('network-config', V2.replace('network:\n', '').replaceAll(/^ {2}/gm, ''))).toHaveLength(
    18,
  );
});

test('network-config version 1', async () => {
  const text = `
version: 1
config:
- type: physical
  name: eth0
  mac_address: "52:54:00:00:00:01"
  mtu: 1400
  subnets:
  - {type: static, address: 10.0.0.5, netmask: 255.255.255.0, gateway: 10.0.0.1, dns_nameservers: [10.0.0.53], dns_search: [a.org, b.org],
     routes: [{network: 172.16.0.0, netmask: 255.240.0.0, gateway: 10.0.0.2}]}
  - {type: static6, address: "fd00::5/64"}
- {type: physical, name: eth1, subnets: [{type: dhcp4}, {type: dhcp6}]}
- {type: bond, name: bond0, bond_interfaces: [eth0, eth1], params: {bond-mode: 802.3ad}}
- {type: vlan, name: eth0.9, vlan_link: eth0, vlan_id: 9}
- {type: nameserver, address: [1.1.1.1], search: [c.org]}
- {type: route, destination: 0.0.0.0/0, gateway: 10.0.0.9}
`;
  expect(await rows('network-config', text)).toEqual([
    'mac eth0 52:54:00:00:00:01',
    'name eth0 eth0',
    'mtu eth0 1400',
    'up eth0',
    'address eth0 10.0.0.5/24',
    'route eth0 0.0.0.0/0 10.0.0.1 -',
    'route eth0 172.16.0.0/12 10.0.0.2 -',
    'dns 10.0.0.53',
    'search a.org',
    'search b.org',
    'address eth0 fd00::5/64',
    'name eth1 eth1',
    'up eth1',
    'dhcp4 eth1',
    'dhcp6 eth1',
    'bond bond0 802.3ad 100',
    'member bond0 eth0',
    'member bond0 eth1',
    'up bond0',
    'vlan eth0.9 eth0 9',
    'up eth0.9',
    'dns 1.1.1.1',
    'search c.org',
    'route - 0.0.0.0/0 10.0.0.9 -',
  ]);
});

test('OpenStack’s network_data.json', async () => {
  const text = JSON.stringify({
    links: [
      {id: 'tap1', type: 'ovs', ethernet_mac_address: '52:54:00:00:00:01', mtu: 1442},
      {id: 'tap2', type: 'phy', ethernet_mac_address: '52:54:00:00:00:02'},
      {
        id: 'interface-vlan-100',
        type: 'vlan',
        vlan_link: 'tap2',
        vlan_id: 100,
        vlan_mac_address: '52:54:00:00:00:09',
      },
      {id: 'bond0', type: 'bond', bond_links: ['tap1', 'tap2'], bond_mode: 'active-backup', bond_miimon: 150},
    ],
    networks: [
      {
        link: 'tap1',
        type: 'ipv4',
        ip_address: '10.0.0.5',
        netmask: '255.255.240.0',
        routes: [{network: '0.0.0.0', netmask: '0.0.0.0', gateway: '10.0.0.1'}],
        services: [{type: 'dns', address: '10.0.0.53'}],
      },
      {
        link: 'tap1',
        type: 'ipv6',
        ip_address: 'fd00::5',
        netmask: 'ffff:ffff:ffff:ffff::',
        routes: [{network: '::', netmask: '::', gateway: 'fd00::1'}],
      },
      {link: 'tap2', type: 'ipv4_dhcp'},
      {link: 'tap2', type: 'ipv6_slaac'},
      {link: 'interface-vlan-100', type: 'ipv6_dhcpv6-stateful'},
    ],
    services: [{type: 'dns', address: '8.8.8.8'}],
  });
  expect(await rows('network_data.json', text)).toEqual([
    'mac tap1 52:54:00:00:00:01',
    'mtu tap1 1442',
    'up tap1',
    'mac tap2 52:54:00:00:00:02',
    'up tap2',
    'vlan interface-vlan- tap2 100',
    'address-of interface-vlan- 52:54:00:00:00:09',
    'up interface-vlan-',
    'bond bond0 active-backup 150',
    'member bond0 tap1',
    'member bond0 tap2',
    'up bond0',
    'address tap1 10.0.0.5/20',
    'route tap1 0.0.0.0/0 10.0.0.1 -',
    'dns 10.0.0.53',
    'address tap1 fd00::5/64',
    'route tap1 ::/0 fd00::1 -',
    'dhcp4 tap2',
    'dhcp6 interface-vlan-',
    'dns 8.8.8.8',
  ]);
});

test('interfaces(5)', async () => {
  const text = `auto lo
iface lo inet loopback
auto eth0
iface eth0 inet static
    address 10.0.0.5
    netmask 255.255.255.0
    gateway 10.0.0.1
    hwaddress ether 52:54:00:00:00:01
    mtu 1400
    dns-nameservers 10.0.0.53 10.0.0.54
    dns-search example.org
    up route add -net 172.16.0.0 netmask 255.240.0.0 gw 10.0.0.2
iface eth0 inet6 static
    address fd00::5/64
    gateway fd00::1
auto eth1
iface eth1 inet dhcp
iface eth0.9 inet static
    address 10.9.0.5/24
    vlan-raw-device eth0
`;
  expect(await rows('network-interfaces', text)).toEqual([
    'up eth0',
    'address eth0 10.0.0.5/24',
    'route eth0 0.0.0.0/0 10.0.0.1 -',
    'mac eth0 52:54:00:00:00:01',
    'mtu eth0 1400',
    'dns 10.0.0.53',
    'dns 10.0.0.54',
    'search example.org',
    'route eth0 172.16.0.0/12 10.0.0.2 -',
    'up eth0',
    'address eth0 fd00::5/64',
    'route eth0 ::/0 fd00::1 -',
    'up eth1',
    'dhcp4 eth1',
    'up eth0.9',
    'address eth0.9 10.9.0.5/24',
    'vlan eth0.9 eth0 9',
  ]);
});

describe('applied', () => {
  async function applied(files: Readonly<Record<string, string>>): Promise<FakeMachine> {
    const machine = await machineWith(files);
    machine.write('run/udhcpc.eth0.pid', '77');
    machine.write('run/udhcpc.eth1.pid', '78');
    machine.ash(`${RECORDED} ${LIBRARIES} apply_network`);
    return machine;
  }

  test('static addresses end DHCP on their card and on no other', async () => {
    const machine = await applied({
      'network-config':
        'version: 2\nethernets: {x: {match: {macaddress: "52:54:00:00:00:01"}, addresses: [10.0.0.5/24], gateway4: 10.0.0.1, nameservers: {addresses: [10.0.0.53]}}, eth1: {dhcp4: true}}\n',
    });
    expect(machine.read('changes').trim().split('\n')).toEqual([
      'ip link set dev eth0 up',
      'ip link set dev eth1 up',
      'kill 77',
      'ip -4 addr flush dev eth0',
      'ip addr replace 10.0.0.5/24 dev eth0',
      'ip route replace 0.0.0.0/0 via 10.0.0.1 dev eth0',
    ]);
    expect(machine.read('etc/resolv.conf')).toBe('nameserver 10.0.0.53\n');
  });

  test('VLANs and bonds are made of the cards that are meant', async () => {
    const machine = await applied({
      'network-config':
        'version: 2\nethernets: {a: {match: {macaddress: "52:54:00:00:00:01"}}, b: {match: {name: "eth1*"}}}\nbonds: {bond0: {interfaces: [a, b], parameters: {mode: balance-rr}}}\nvlans: {v5: {id: 5, link: bond0}}\n',
    });
    expect(machine.read('changes')).toContain('ip link add name bond0 type bond\n');
    expect(machine.read('changes')).toContain('ip link set dev eth1 master bond0\n');
    expect(machine.read('changes')).toContain('ip link add link bond0 name v5 type vlan id 5\n');
    expect(machine.read('sys/class/net/bond0/bonding/mode')).toBe('balance-rr\n');
  });

  test('without a configuration DHCP goes on', async () => {
    expect((await applied({})).read('changes')).toBe('');
  });

  test('a card that is not there is said', async () => {
    const machine = await applied({
      'network-config':
        'version: 2\nethernets: {x: {match: {macaddress: "52:54:00:00:00:99"}, addresses: [10.0.0.5/24]}}\n',
    });
    expect(machine.read('changes')).toBe('');
    expect(machine.read('dev/console')).toContain('no card with the address 52:54:00:00:00:99');
  });

  test.each(['version: 3\n', 'version: 2\nethernets: [\n', 'x'])(
    '%j is said, and DHCP goes on',
    async (text) => {
      const machine = await applied({'network-config': text});
      expect(machine.read('changes')).toBe('');
      expect(machine.read('dev/console')).toContain('network configuration');
    },
  );
});

test('no value of a configuration becomes an option, a pattern or a command', async () => {
  const machine = await machineWith({
    'network-config': `version: 2
ethernets:
  "-all": {addresses: ["10.0.0.5/24; reboot", "$(reboot)", "--help"], mtu: "1 2", gateway4: "x y"}
  eth0: {match: {name: "$(reboot)"}, set-name: "a b", nameservers: {addresses: ["1.1.1.1 2.2.2.2 $(reboot)"], search: ["a;b"]}}
`,
  });
  machine.ash(`${RECORDED} reboot() { echo reboot >>"$ROOT/owned"; }; ${LIBRARIES} apply_network`);
  expect(machine.has('owned')).toBe(false);
  expect(machine.read('changes')).not.toMatch(/reboot|;|\$/);
});

test('hundreds of damaged configurations end in time', async () => {
  const machine = await machineWith({});
  const random = randomFrom(4);
  const count = 300;
  for (let index = 0; index < count; index += 1)
    machine.write(`n/${index}/network-config`, random.damage(Buffer.from(V2)));
  const {stdout, status} = machine.ash(
    `${RECORDED} ${LIBRARIES} reboot() { echo owned; }; n=0; while [ $n -lt ${count} ]; do data=$ROOT/n/$n
    apply_network || echo "$n: $?"; n=$((n + 1)); done`,
  );
  expect({status, stdout}).toEqual({status: 0, stdout: ''});
});

test.each([
  ['nak', 'kill 66\nudhcpc6 -l\n', false],
  ['leasefail', 'udhcpc6 -l\n', true],
])('DHCPv6 without addresses (%s) is asked for its servers, once', async (event, changes, clientStays) => {
  const machine = await machineWith({});
  machine.write('run/udhcpc6.eth0.pid', '66');
  machine.write(
    'script',
    `${RECORDED} udhcpc6() { echo "udhcpc6 $1" >>"$ROOT/changes"; }; . "$ROOT/usr/sbin/leanos-dhcpc"; wait`,
  );
  const called = `interface=eth0 ash -c '. "$ROOT/script"' /usr/sbin/leanos-dhcpc6 ${event}`;
  const program = machine.ash(called);
  expect(program.stderr).toBe('');
  expect(machine.read('changes')).toBe(changes);
  expect(machine.has('run/udhcpc6.eth0.pid')).toBe(clientStays);
  machine.ash(`SERVERS_ONLY=1 ${called}`);
  expect(machine.read('changes')).toBe(changes);
});
