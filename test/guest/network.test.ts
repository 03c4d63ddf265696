import {describe, expect, test} from 'vitest';
import {randomFrom} from '../support/random.ts';
import {addDaemon, applied, LIBRARIES, networkMachine, RECORDED} from '../support/network-machine.ts';

/** The steps that a configuration comes to; nothing of it is passed over. */
async function steps(name: string, text: string): Promise<string[]> {
  const machine = await networkMachine({[name]: text});
  const {stdout, stderr} = machine.ash(`${LIBRARIES} plan_network`);
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
  const expected = [
    'free eth0',
    'rename eth0 lan0',
    'ip link set dev lan0 mtu 1450',
    'ip link set dev lan0 up',
    'ip link set dev eth1 up',
    'make vlan v7 lan0 7',
    'ip link set dev v7 up',
    'ip addr replace 10.0.0.5/24 dev lan0',
    'ip addr replace fd00::5/64 dev lan0',
    'ip addr replace 10.7.0.5/24 dev v7',
    'ip route replace 0.0.0.0/0 via 10.0.0.1 dev lan0',
    'ip route replace ::/0 via fd00::1 dev lan0',
    'ip route replace 192.168.0.0/16 via 10.0.0.2 dev lan0 metric 5',
    'dhcp4 eth1',
    'dhcp6 eth1',
    'dns 10.0.0.53',
    'dns fd00::53',
    'search example.org',
  ];
  expect(await steps('network-config', V2)).toEqual(expected);
  const bare = V2.replace('network:\n', '').replaceAll(/^ {2}/gm, '');
  expect(await steps('network-config', bare)).toEqual(expected);
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
- {type: vlan, name: eth0.9, vlan_link: eth0, vlan_id: 9, mtu: 1300}
- {type: nameserver, address: [1.1.1.1], search: [c.org]}
- {type: route, destination: 192.168.0.0/16, gateway: 10.0.0.9}
`;
  expect(await steps('network-config', text)).toEqual([
    'free eth0',
    'ip link set dev eth0 mtu 1400',
    'ip link set dev eth0 up',
    'ip link set dev eth1 up',
    'make vlan eth0.9 eth0 9',
    'ip link set dev eth0.9 mtu 1300',
    'ip link set dev eth0.9 up',
    'ip addr replace 10.0.0.5/24 dev eth0',
    'ip addr replace fd00::5/64 dev eth0',
    'ip route replace 0.0.0.0/0 via 10.0.0.1 dev eth0',
    'ip route replace 172.16.0.0/12 via 10.0.0.2 dev eth0',
    'ip route replace 192.168.0.0/16 via 10.0.0.9 dev eth0',
    'dhcp4 eth1',
    'dhcp6 eth1',
    'dns 10.0.0.53',
    'dns 1.1.1.1',
    'search a.org',
    'search b.org',
    'search c.org',
  ]);
});

test('OpenStack’s network_data.json', async () => {
  const text = JSON.stringify({
    links: [
      {id: 'tap1', type: 'ovs', ethernet_mac_address: '52:54:00:00:00:01', mtu: 1442, vif_id: null},
      {id: 'tap2', type: 'phy', ethernet_mac_address: '52:54:00:00:00:02', mtu: null},
      {
        id: 'interface-vlan-100',
        type: 'vlan',
        vlan_link: 'bond0',
        vlan_id: 100,
        vlan_mac_address: '52:54:00:00:00:09',
      },
      {id: 'bond0', type: 'bond', bond_links: ['tap1', 'tap2'], bond_mode: 'active-backup', bond_miimon: 150},
    ],
    networks: [
      {
        link: 'bond0',
        type: 'ipv4',
        ip_address: '10.0.0.5',
        netmask: '255.255.240.0',
        routes: [{network: '0.0.0.0', netmask: '0.0.0.0', gateway: '10.0.0.1'}],
        services: [{type: 'dns', address: '10.0.0.53'}],
      },
      {
        link: 'bond0',
        type: 'ipv6',
        ip_address: 'fd00::5',
        netmask: 'ffff:ffff:ffff:ffff::',
        routes: [{network: '::', netmask: '::', gateway: 'fd00::1'}],
      },
      {link: 'interface-vlan-100', type: 'ipv6_dhcpv6-stateful'},
    ],
    services: [{type: 'dns', address: '8.8.8.8'}],
  });
  const conf = 'set proc/sys/net/ipv6/conf';
  expect(await steps('network_data.json', text)).toEqual([
    'make bond bond0',
    'free eth0',
    'free eth1',
    'ip link set dev eth0 mtu 1442',
    'set sys/class/net/bond0/bonding/mode active-backup',
    'set sys/class/net/bond0/bonding/miimon 150',
    `${conf}/eth0/disable_ipv6 1`,
    'member eth0 bond0 bond',
    `${conf}/eth1/disable_ipv6 1`,
    'member eth1 bond0 bond',
    `${conf}/bond0/accept_ra 0`,
    `${conf}/bond0/disable_ipv6 1`,
    `${conf}/bond0/disable_ipv6 0`,
    'ip link set dev bond0 up',
    'make vlan interface-vlan- bond0 100',
    'ip link set dev interface-vlan- address 52:54:00:00:00:09',
    `${conf}/interface-vlan-/accept_ra 2`,
    'ip link set dev interface-vlan- up',
    'ip addr replace 10.0.0.5/20 dev bond0',
    'ip addr replace fd00::5/64 dev bond0',
    'ip route replace 0.0.0.0/0 via 10.0.0.1 dev bond0',
    'ip route replace ::/0 via fd00::1 dev bond0',
    'dhcp6 interface-vlan-',
    'dns 10.0.0.53',
    'dns 8.8.8.8',
  ]);
});

test('interfaces(5)', async () => {
  const text = `# as OpenStack writes it
auto lo
iface lo inet loopback
    dns_nameservers 10.0.0.52
auto eth0 eth1
iface eth0 inet static
    address 10.0.0.5
    netmask 255.255.255.0
    gateway 10.0.0.1
    hwaddress ether 52:54:00:00:00:01
    mtu 1400
    dns-nameservers 10.0.0.53 \\
        10.0.0.54
    dns-search example.org
    up route add -net 172.16.0.0 netmask 255.240.0.0 gw 10.0.0.2 metric 7 || true
    post-up ip route add 192.168.0.0/16 via 10.0.0.3 dev $IFACE
    post-up ip -6 route add default via fd00::9 || true
    pre-down route del -net 172.16.0.0 netmask 255.240.0.0 gw 10.0.0.2 metric 7 || true
iface eth0 inet6 static
    address fd00::5/64
    gateway fd00::1
iface eth0:1 inet static
    address 10.3.0.5/24
allow-hotplug eth1
iface eth1 inet dhcp
    metric 300
iface eth1 inet6 auto
iface eth0.9 inet static
    address 10.9.0.5/24
iface v10 inet manual
    vlan-raw-device eth1
`;
  expect(await steps('network-interfaces', text.replaceAll('v10', 'vlan10'))).toEqual([
    'free eth0',
    'ip link set dev lo up',
    'ip link set dev eth0 mtu 1400',
    'ip link set dev eth0 up',
    'ip link set dev eth1 up',
    'make vlan eth0.9 eth0 9',
    'ip link set dev eth0.9 up',
    'make vlan vlan10 eth1 10',
    'ip link set dev vlan10 up',
    'ip addr replace 10.0.0.5/24 dev eth0',
    'ip addr replace fd00::5/64 dev eth0',
    'ip addr replace 10.3.0.5/24 dev eth0',
    'ip addr replace 10.9.0.5/24 dev eth0.9',
    'ip route replace 0.0.0.0/0 via 10.0.0.1 dev eth0',
    'ip route replace 172.16.0.0/12 via 10.0.0.2 dev eth0 metric 7',
    'ip route replace 192.168.0.0/16 via 10.0.0.3 dev eth0',
    'ip route replace ::/0 via fd00::9 dev eth0',
    'ip route replace ::/0 via fd00::1 dev eth0 metric 1025',
    'dhcp4 eth1 metric=300',
    'dns 10.0.0.52',
    'dns 10.0.0.53',
    'dns 10.0.0.54',
    'search example.org',
  ]);
});

test('interfaces(5) of bonds and bridges', async () => {
  const text = `iface eth0 inet manual
    bond-master bond0
iface bond0 inet manual
    bond-slaves eth0 eth1
    bond-mode 802.3ad
    bond_lacp_rate fast
iface br0 inet static
    bridge_ports bond0
    bridge_stp off
    bridge_fd 2
    bridge_pathcost bond0 50
    address 10.0.0.5/24
`;
  const found = await steps('network-interfaces', text);
  expect(found).toEqual(
    expect.arrayContaining([
      'make bond bond0',
      'make bridge br0',
      'set sys/class/net/bond0/bonding/lacp_rate fast',
      'member eth0 bond0 bond',
      'member eth1 bond0 bond',
      'set sys/class/net/br0/bridge/stp_state 0',
      'set sys/class/net/br0/bridge/forward_delay 200',
      'member bond0 br0 bridge',
      'set sys/class/net/bond0/brport/path_cost 50',
      'ip addr replace 10.0.0.5/24 dev br0',
    ]),
  );
  expect(found.indexOf('member eth1 bond0 bond')).toBeLessThan(found.indexOf('member bond0 br0 bridge'));
});

const eth0 = (text: string): string => `version: 2\nethernets: {eth0: {${text}}}\n`;
const v1 = (text: string, more = ''): string =>
  `version: 1\nconfig:\n- {type: physical, name: eth0, subnets: [{${text}}]}\n${more}`;
const data = (links: readonly object[], networks: readonly object[] = [], services: readonly object[] = []) =>
  JSON.stringify({links, networks, services});
const nics = [
  {id: 'a', type: 'phy', ethernet_mac_address: '52:54:00:00:00:01'},
  {id: 'b', type: 'phy', ethernet_mac_address: '52:54:00:00:00:02'},
];
const bond = (more: object) => ({id: 'bond0', type: 'bond', bond_links: ['a', 'b'], ...more});
const net = (link: string, address: string, more: object = {}) => ({
  link,
  type: 'ipv4',
  ip_address: address,
  netmask: '255.255.255.0',
  ...more,
});
const defaultBy = (gateway: string, more: object = {}) => ({
  routes: [{network: '0.0.0.0', netmask: '0.0.0.0', gateway, ...more}],
});

describe('applied', () => {
  test('static addresses end DHCP on their card and on no other', async () => {
    const {machine, changes} = await applied({
      'network-config':
        'version: 2\nethernets: {x: {match: {macaddress: "52:54:00:00:00:01"}, addresses: [10.0.0.5/24], gateway4: 10.0.0.1, nameservers: {addresses: [10.0.0.53]}}, eth1: {dhcp4: true}}\n',
    });
    expect(changes).toEqual([
      'kill 77',
      'ip -4 addr flush dev eth0',
      'ip link set dev eth0 up',
      'ip link set dev eth1 up',
      'ip addr replace 10.0.0.5/24 dev eth0',
      'ip route replace 0.0.0.0/0 via 10.0.0.1 dev eth0',
    ]);
    expect(machine.read('etc/resolv.conf')).toBe('nameserver 10.0.0.53\n');
  });

  const route = (words: string): string => `ip route replace ${words}`;
  test.each<[string, string, string, string[]]>([
    [
      'a gateway beyond the network is on the link, version 2',
      'network-config',
      eth0('addresses: [10.0.2.15/32], routes: [{to: default, via: 10.0.2.2, on-link: true}]'),
      [route('0.0.0.0/0 via 10.0.2.2 dev eth0 onlink')],
    ],
    [
      'a gateway beyond the network is on the link, gateway4 and gateway6',
      'network-config',
      eth0('addresses: [10.0.2.15/32, "fd00::5/128"], gateway4: 10.0.2.2, gateway6: "fd00::1"'),
      [route('0.0.0.0/0 via 10.0.2.2 dev eth0 onlink'), route('::/0 via fd00::1 dev eth0 onlink')],
    ],
    [
      'a gateway beyond the network is on the link, version 1',
      'network-config',
      v1('type: static, address: 10.9.9.5/32, gateway: 10.0.2.2'),
      [route('0.0.0.0/0 via 10.0.2.2 dev eth0 onlink')],
    ],
    [
      'a gateway beyond the network is on the link, OpenStack',
      'network_data.json',
      data(nics, [net('a', '10.0.2.15', {netmask: '255.255.255.255', ...defaultBy('169.254.1.1')})]),
      [route('0.0.0.0/0 via 169.254.1.1 dev eth0 onlink')],
    ],
    [
      'a gateway beyond the network is on the link, interfaces(5)',
      'network-interfaces',
      'iface eth0 inet static\naddress 10.0.2.15/32\ngateway 10.0.2.2\n',
      [route('0.0.0.0/0 via 10.0.2.2 dev eth0 onlink')],
    ],
    [
      'a router that announces itself, by its link-local address',
      'network-config',
      eth0('addresses: ["fd00::5/64"], gateway6: "fe80::1"'),
      [route('::/0 via fe80::1 dev eth0')],
    ],
    [
      'the first of two default routes comes first, OpenStack',
      'network_data.json',
      data(nics, [
        net('a', '10.0.2.15', defaultBy('10.0.2.2')),
        net('b', '10.77.0.5', defaultBy('10.77.0.1')),
      ]),
      [route('0.0.0.0/0 via 10.0.2.2 dev eth0'), route('0.0.0.0/0 via 10.77.0.1 dev eth1 metric 1')],
    ],
    [
      'the first of two default routes comes first, version 2 with metrics of its own',
      'network-config',
      'version: 2\nethernets:\n  eth0: {addresses: [10.0.2.15/24], routes: [{to: default, via: 10.0.2.2, metric: 50}]}\n  eth1: {addresses: [10.77.0.5/24, "fd01::5/64"], gateway4: 10.77.0.1, routes: [{to: 0.0.0.0/0, via: 10.77.0.2, metric: 50}]}\n',
      [
        route('0.0.0.0/0 via 10.0.2.2 dev eth0 metric 50'),
        route('0.0.0.0/0 via 10.77.0.1 dev eth1'),
        route('0.0.0.0/0 via 10.77.0.2 dev eth1 metric 51'),
      ],
    ],
    [
      'two default routes of IPv6',
      'network-config',
      'version: 2\nethernets: {eth0: {addresses: ["fd00::5/64"], gateway6: "fd00::1"}, eth1: {addresses: ["fd01::5/64"], gateway6: "fd01::1"}}\n',
      [route('::/0 via fd00::1 dev eth0'), route('::/0 via fd01::1 dev eth1 metric 1025')],
    ],
    [
      'metrics of OpenStack and of version 1',
      'network_data.json',
      data(nics, [net('a', '10.0.2.15', defaultBy('10.0.2.2', {metric: 7}))]),
      [route('0.0.0.0/0 via 10.0.2.2 dev eth0 metric 7')],
    ],
    [
      'routes with a table, a type, an MTU, a source',
      'network-config',
      eth0(
        'addresses: [10.0.0.5/24], routes: [{to: 10.1.0.0/16, via: 10.0.0.1, table: 100, mtu: 1400, from: 10.0.0.5}, {to: 10.2.0.0/16, type: blackhole}, {to: 10.3.0.0/16, scope: link}], routing-policy: [{from: 10.0.0.0/8, table: 100, priority: 5}]',
      ),
      [
        route('10.1.0.0/16 via 10.0.0.1 dev eth0 table 100 src 10.0.0.5 mtu 1400'),
        route('blackhole 10.2.0.0/16'),
        route('10.3.0.0/16 dev eth0 scope link'),
        'ip -4 rule add from 10.0.0.0/8 priority 5 table 100',
      ],
    ],
    [
      'a network with bits of a host in it',
      'network-config',
      eth0(
        'addresses: [10.0.0.5/24], routes: [{to: 10.1.2.3/16, via: 10.0.0.1}, {to: "fd05::9/32", via: "fe80::1"}]',
      ),
      [route('10.1.0.0/16 via 10.0.0.1 dev eth0'), route('fd05:0:0:0:0:0:0:0/32 via fe80::1 dev eth0')],
    ],
    [
      'MTU of a network: IPv4’s is the link’s, IPv6’s is its own',
      'network-config',
      v1('type: static, address: 10.0.0.5/24, mtu: 1300}, {type: static6, address: "fd00::5/64", mtu: 1290'),
      ['ip link set dev eth0 mtu 1300'],
    ],
    [
      'dotted masks behind addresses, and addresses without one',
      'network-config',
      eth0('addresses: [10.0.0.5/255.255.0.0, 10.1.0.5, "fd00::5"]'),
      [
        'ip addr replace 10.0.0.5/16 dev eth0',
        'ip addr replace 10.1.0.5/24 dev eth0',
        'ip addr replace fd00::5/64 dev eth0',
      ],
    ],
    [
      'text where a list is also read, and addresses with settings',
      'network-config',
      'version: "2"\nethernets: {eth0: {addresses: 10.0.0.5/24, mtu: "1400", nameservers: {addresses: "10.0.0.53 10.0.0.54", search: a.org}}, eth1: {addresses: [{"fd00::5/64": {lifetime: 0}}]}}\n',
      [
        'ip link set dev eth0 mtu 1400',
        'ip addr replace 10.0.0.5/24 dev eth0',
        'ip addr replace fd00::5/64 dev eth1 preferred_lft 0',
      ],
    ],
    [
      'a card by the name of its link, without an address',
      'network_data.json',
      data([{id: 'link0', name: 'eth0', type: 'phy', mtu: 1400}], [net('link0', '10.0.2.15')]),
      ['ip link set dev eth0 mtu 1400', 'ip addr replace 10.0.2.15/24 dev eth0'],
    ],
    [
      'an address without quotes, which YAML takes for a number',
      'network-config',
      'version: 1\nconfig: [{type: physical, name: lan, mac_address: 52:54:00:00:00:02, subnets: [{type: static, address: 10.0.0.5/24}]}]\n',
      ['ip link set dev eth1 name lan', 'ip addr replace 10.0.0.5/24 dev lan'],
    ],
    [
      'a pattern means every card that fits',
      'network-config',
      'version: 2\nethernets: {all: {match: {name: "eth[0-9]"}, addresses: [10.0.0.5/24]}}\n',
      ['ip addr replace 10.0.0.5/24 dev eth0', 'ip addr replace 10.0.0.5/24 dev eth1'],
    ],
    [
      'bonds and VLANs in any order, and VLANs on VLANs',
      'network-config',
      'version: 1\nconfig:\n- {type: vlan, name: q, vlan_link: v5, vlan_id: 6}\n- {type: vlan, name: v5, vlan_link: bond0, vlan_id: 5}\n- {type: bond, name: bond0, bond_interfaces: [eth0, eth1], params: {bond-mode: balance-rr}}\n',
      [
        'ip link add name bond0 type bond',
        'ip link set dev eth0 master bond0',
        'ip link set dev eth1 master bond0',
        'ip link add link bond0 name v5 type vlan id 5',
        'ip link add link v5 name q type vlan id 6',
      ],
    ],
    [
      'a bond has the address of its link, and its MTU',
      'network_data.json',
      data([...nics, bond({ethernet_mac_address: '52:54:00:AA:00:01', mtu: 1450})]),
      ['ip link set dev bond0 address 52:54:00:AA:00:01', 'ip link set dev bond0 mtu 1450'],
    ],
    [
      'addresses of the loopback, and dummies',
      'network-config',
      'version: 2\nethernets: {lo: {addresses: [10.255.0.1/32]}, eth0: {dhcp4: true}}\ndummy-devices: {d0: {addresses: [10.254.0.1/32]}}\n',
      [
        'ip link add name d0 type dummy',
        'ip addr replace 10.255.0.1/32 dev lo',
        'ip addr replace 10.254.0.1/32 dev d0',
      ],
    ],
  ])('%s', async (_, file, text, expected) => {
    const {changes, console} = await applied({[file]: text});
    expect(console).toBe('');
    expect(changes.filter((change) => expected.includes(change))).toEqual(expected);
  });

  test('bridges: ports, settings, and what the kernel counts in hundredths', async () => {
    const text =
      'version: 2\nethernets: {eth0: {}, eth1: {dhcp4: true}}\nbridges: {br0: {interfaces: [eth0], addresses: [10.0.2.15/24], macaddress: "52:54:00:aa:00:01", parameters: {stp: true, forward-delay: 4, priority: 10, path-cost: {eth0: 50}}}}\n';
    const {machine, changes, console} = await applied({'network-config': text});
    expect(console).toBe('');
    expect(changes).toEqual([
      'ip link add name br0 type bridge',
      'kill 77',
      'ip -4 addr flush dev eth0',
      'ip link set dev eth0 up',
      'ip link set dev eth1 up',
      'ip link set dev br0 address 52:54:00:aa:00:01',
      'ip link set dev eth0 master br0',
      'ip link set dev br0 up',
      'ip addr replace 10.0.2.15/24 dev br0',
    ]);
    for (const [name, value] of [
      ['br0/bridge/stp_state', '1'],
      ['br0/bridge/forward_delay', '400'],
      ['br0/bridge/priority', '10'],
      ['eth0/brport/path_cost', '50'],
    ] as const)
      expect(machine.read(`sys/class/net/${name}`)).toBe(`${value}\n`);
  });

  test.each(['bond', 'bridge'])('a kernel without any %s: DHCP goes on, and that is said', async (kind) => {
    const {machine, changes, console} = await applied(
      {
        'network-config': `version: 2\nethernets: {eth0: {}, eth1: {addresses: [10.77.0.5/24]}}\n${kind}s: {x0: {interfaces: [eth0], addresses: [10.0.2.15/24]}}\nvlans: {v5: {id: 5, link: x0}}\n`,
      },
      {noLinks: kind},
    );
    expect(changes).toEqual([
      'kill 78',
      'ip -4 addr flush dev eth1',
      'ip link set dev eth0 up',
      'ip link set dev eth1 up',
      'ip addr replace 10.77.0.5/24 dev eth1',
    ]);
    expect(console).toContain(`this kernel has no ${kind} for x0: DHCP goes on`);
    expect(machine.has('run/leanos/dhcp4.eth0')).toBe(true);
  });

  test.each<[string, string, string, Record<string, string>]>([
    [
      'network_data.json',
      data([
        ...nics,
        bond({bond_mode: '802.3ad', bond_xmit_hash_policy: 'layer3+4', bond_lacp_rate: 'fast'}),
      ]),
      'OpenStack',
      {mode: '802.3ad', miimon: '100', xmit_hash_policy: 'layer3+4', lacp_rate: 'fast'},
    ],
    [
      'network-config',
      'version: 2\nethernets: {eth0: {}, eth1: {}}\nbonds: {bond0: {interfaces: [eth0, eth1], parameters: {mode: active-backup, mii-monitor-interval: 1s, up-delay: 200ms, primary: eth1, all-slaves-active: true, gratuitous-arp: 3, fail-over-mac-policy: active}}}\n',
      'version 2',
      {
        mode: 'active-backup',
        miimon: '1000',
        updelay: '200',
        primary: 'eth1',
        all_slaves_active: '1',
        num_grat_arp: '3',
        fail_over_mac: 'active',
      },
    ],
    [
      'network-config',
      'version: 1\nconfig:\n- {type: physical, name: eth0}\n- {type: physical, name: eth1}\n- {type: bond, name: bond0, bond_interfaces: [eth0, eth1], params: {bond-mode: active-backup, bond_arp_interval: 100, bond-arp-ip-target: [10.0.0.1, 10.0.0.2], min_links: 1}}\n',
      'version 1',
      {mode: 'active-backup', arp_interval: '100', arp_ip_target: '+10.0.0.2', min_links: '1'},
    ],
  ])('how a bond works: %s %# %s', async (file, text, _, expected) => {
    const {machine, console} = await applied({[file]: text});
    expect(console).toBe('');
    for (const [name, value] of Object.entries(expected))
      expect([name, machine.read(`sys/class/net/bond0/bonding/${name}`)]).toEqual([name, `${value}\n`]);
  });

  test('a card that the configuration does not name is left alone, now and later', async () => {
    const {machine, changes} = await applied({'network-config': eth0('addresses: [10.0.2.15/24]')});
    expect(changes).toContain('kill 78');
    expect(changes).toContain('ip -4 addr flush dev eth1');
    expect(changes).toContain('ip link set dev eth1 down');
    machine.write('changes', '');
    machine.write('sys/class/net/eth2/address', '52:54:00:00:00:03\n');
    machine.write('sys/class/net/eth2/ifindex', '9\n');
    machine.write('sys/class/net/eth2/device/x', '');
    machine.ash(`${RECORDED} ${LIBRARIES} start_dhcp; start_dhcp6; wait`);
    expect(machine.read('changes')).toBe('');
  });

  test.each([
    ['a swap', {eth0: '02', eth1: '01'}, {eth0: '01', eth1: '02'}],
    ['three in a ring', {eth0: '02', eth1: '03', eth2: '01'}, {eth0: '01', eth1: '02', eth2: '03'}],
    ['a name that another is to lose', {eth1: '01', lan: '02'}, {eth0: '01', eth1: '02'}],
    ['a name that a card has which is not named', {eth1: '01'}, {eth0: '01', eth1: '02'}],
  ])('names: %s', async (_, wanted, now) => {
    const full = (map: object) =>
      Object.fromEntries(Object.entries(map).map(([name, end]) => [name, `52:54:00:00:00:${end as string}`]));
    const items = Object.entries(full(wanted)).map(
      ([name, mac]) => `- {type: physical, name: ${name}, mac_address: "${mac}", subnets: [{type: dhcp}]}\n`,
    );
    const {machine, changes, console} = await applied(
      {'network-config': `version: 1\nconfig:\n${items.join('')}`},
      {cards: full(now)},
    );
    expect(console).toBe('');
    for (const [name, mac] of Object.entries(full(wanted)))
      expect(machine.read(`sys/class/net/${name}/address`)).toBe(`${mac}\n`);
    // Nobody loses a name while a client of DHCP may still use it.
    const firstName = changes.findIndex((change) => / name /.test(change));
    expect(changes.filter((change, index) => change.startsWith('kill') && index > firstName)).toEqual([]);
    machine.ash(`${RECORDED} ${LIBRARIES} apply_network; wait`);
    for (const name of Object.keys(wanted)) expect(machine.read('changes')).toContain(`udhcpc -i ${name} `);
  });

  test.each<[string, string, string]>([
    [
      'OpenStack',
      'network_data.json',
      data(
        [
          ...nics,
          {id: 'link-bond-tenant-storage', type: 'bond', bond_links: ['a', 'b']},
          {
            id: 'link-vlan-tenant-storage-101',
            type: 'vlan',
            vlan_link: 'link-bond-tenant-storage',
            vlan_id: 101,
          },
          {
            id: 'link-vlan-tenant-storage-102',
            type: 'vlan',
            vlan_link: 'link-bond-tenant-storage',
            vlan_id: 102,
          },
        ],
        [net('link-vlan-tenant-storage-101', '10.1.1.5'), net('link-vlan-tenant-storage-102', '10.1.2.5')],
      ),
    ],
    [
      'version 1',
      'network-config',
      'version: 1\nconfig:\n- {type: bond, name: link-bond-tenant-storage, bond_interfaces: [eth0, eth1]}\n- {type: vlan, name: link-vlan-tenant-storage-101, vlan_link: link-bond-tenant-storage, vlan_id: 101, subnets: [{type: static, address: 10.1.1.5/24}]}\n- {type: vlan, name: link-vlan-tenant-storage-102, vlan_link: link-bond-tenant-storage, vlan_id: 102, subnets: [{type: static, address: 10.1.2.5/24}]}\n',
    ],
    [
      'version 2',
      'network-config',
      'version: 2\nbonds: {link-bond-tenant-storage: {interfaces: [eth0, eth1]}}\nvlans:\n  link-vlan-tenant-storage-101: {link: link-bond-tenant-storage, id: 101, addresses: [10.1.1.5/24]}\n  link-vlan-tenant-storage-102: {link: link-bond-tenant-storage, id: 102, addresses: [10.1.2.5/24]}\n',
    ],
    [
      'interfaces(5)',
      'network-interfaces',
      'iface link-bond-tenant-storage inet manual\nbond-slaves eth0 eth1\niface link-vlan-tenant-storage.101 inet static\nvlan-raw-device link-bond-tenant-storage\naddress 10.1.1.5/24\niface link-vlan-tenant-storage.102 inet static\nvlan-raw-device link-bond-tenant-storage\naddress 10.1.2.5/24\n',
    ],
  ])('names of more than 15 signs are cut, and still two: %s', async (_, file, text) => {
    const {changes} = await applied({[file]: text});
    const made = changes.filter((change) => /^ip link add link /.test(change));
    const names = made.map((change) => /name (\S+) type vlan id (\d+)/.exec(change)?.slice(1, 3) ?? []);
    expect(names.map(([, number]) => number)).toEqual(['101', '102']);
    expect(names[0]?.[0]).not.toBe(names[1]?.[0]);
    for (const [index, address] of ['10.1.1.5/24', '10.1.2.5/24'].entries()) {
      expect(names[index]?.[0]?.length).toBeLessThanOrEqual(15);
      expect(changes).toContain(`ip addr replace ${address} dev ${names[index]?.[0] ?? ''}`);
    }
    expect(made.every((change) => change.includes('link link-bond-tenan name '))).toBe(true);
    expect(changes).toContain('ip link set dev eth1 master link-bond-tenan');
  });

  test.each([
    [
      'OpenStack',
      'network_data.json',
      data(
        nics,
        [
          net('a', '10.1.1.5', {
            ...defaultBy('10.1.1.1', {services: [{type: 'dns', address: '10.1.1.53'}]}),
            services: [{type: 'dns', address: '10.1.1.54'}],
            dns_nameservers: ['10.1.1.55'],
          }),
        ],
        [{type: 'dns', address: '10.1.1.56'}],
      ),
      'nameserver 10.1.1.53\nnameserver 10.1.1.55\nnameserver 10.1.1.54\nnameserver 10.1.1.56\n',
    ],
    [
      'version 1',
      'network-config',
      v1(
        'type: static, address: 10.0.0.5/24, dns_nameservers: 10.0.0.53, dns_search: [a.org]',
        '- {type: nameserver, address: 10.0.0.54, search: [b.org, a.org], interface: eth0}\n',
      ),
      'search a.org b.org\nnameserver 10.0.0.53\nnameserver 10.0.0.54\n',
    ],
    [
      'interfaces(5), before the first section of a card',
      'network-interfaces',
      'iface lo inet loopback\n  dns_nameservers 10.0.2.3 192.0.2.53\n  dns_search example.test\niface eth0 inet dhcp\n',
      'search example.test\nnameserver 10.0.2.3\nnameserver 192.0.2.53\n',
    ],
  ])('name servers wherever they stand: %s', async (_, file, text, expected) => {
    const {machine, console} = await applied({[file]: text});
    expect(console).toBe('');
    expect(machine.read('etc/resolv.conf')).toBe(expected);
  });

  test('two families of one link', async () => {
    const {changes} = await applied({
      'network-interfaces':
        'auto eth0\niface eth0 inet static\naddress 10.0.2.50\nnetmask 255.255.255.0\ngateway 10.0.2.2\niface eth0 inet6 static\naddress fec0::50\nnetmask 64\ngateway fec0::2\niface eth1 inet dhcp\niface eth1 inet6 auto\n',
    });
    expect(changes.filter((change) => /addr replace|route/.test(change))).toEqual([
      'ip addr replace 10.0.2.50/24 dev eth0',
      'ip addr replace fec0::50/64 dev eth0',
      'ip route replace 0.0.0.0/0 via 10.0.2.2 dev eth0',
      'ip route replace ::/0 via fec0::2 dev eth0',
    ]);
    expect(changes).not.toContain('kill 78');
  });

  test('a client of DHCP goes by the configuration’s options, and begins anew with them', async () => {
    const options =
      'dhcp4: true, mtu: 1400, dhcp4-overrides: {route-metric: 200, use-dns: false, use-domains: route, use-routes: false, hostname: other}';
    const {machine, changes, console} = await applied({'network-config': eth0(options)});
    expect(console).toBe('');
    expect(changes).toContain('kill 77');
    expect(machine.read('run/leanos/dhcp4.eth0')).toBe(
      'metric=200 dns=no routes=no domains=no hostname=other mtu=no\n',
    );
    addDaemon(machine, 'run/udhcpc.eth0.pid', 99);
    machine.write('changes', '');
    machine.ash(`${RECORDED} ${LIBRARIES} apply_network; wait`);
    expect(machine.read('changes')).not.toContain('kill 99');
    machine.ash(`${RECORDED} ${LIBRARIES} rm "$ROOT/run/udhcpc.eth0.pid"; start_client eth0; wait`);
    expect(machine.read('changes')).toContain('udhcpc -i eth0 -x hostname:other');
    machine.write('run/leanos/dhcp4.eth0', 'send=no\n');
    machine.write('changes', '');
    machine.ash(`${RECORDED} ${LIBRARIES} start_client eth0; wait`);
    expect(machine.read('changes')).toContain('udhcpc -i eth0 \n');
  });

  test('IPv6: routers that announce themselves, link-local addresses, MTU', async () => {
    const {machine, console} = await applied({
      'network-config':
        'version: 2\nethernets: {eth0: {dhcp4: true, accept-ra: false, ipv6-mtu: 1400}, eth1: {dhcp6: true, link-local: [], dhcp6-overrides: {route-metric: 300}}}\n',
    });
    expect(console).toBe('');
    const conf = (name: string): string => machine.read(`proc/sys/net/ipv6/conf/${name}`).trim();
    expect(conf('eth0/accept_ra')).toBe('0');
    expect(conf('eth0/mtu')).toBe('1400');
    expect(conf('eth0/disable_ipv6')).toBe('0');
    expect(conf('eth1/addr_gen_mode')).toBe('1');
    expect(conf('eth1/ra_defrtr_metric')).toBe('300');
  });

  test('without a configuration DHCP goes on', async () => {
    expect((await applied({})).changes).toEqual([]);
    expect((await applied({'network-config': 'network: {config: disabled}\n'})).changes).toEqual([]);
  });

  test('a card that is not there is said; where no other is, DHCP goes on', async () => {
    const {changes, console} = await applied({
      'network-config':
        'version: 2\nethernets: {x: {match: {macaddress: "52:54:00:00:00:99"}, addresses: [10.0.0.5/24]}}\n',
    });
    expect(changes).toEqual([]);
    expect(console).toContain('no card with the address 52:54:00:00:00:99');
  });

  test.each(['version: 3\n', 'version: 2\nethernets: [\n', 'x', '- version: 2\n'])(
    '%j is said, and DHCP goes on',
    async (text) => {
      const {changes, console} = await applied({'network-config': text});
      expect(changes).toEqual([]);
      expect(console).toContain('network configuration');
    },
  );
});

describe('what is not understood is named', () => {
  test.each<[string, string]>([
    [eth0('dhcp4: true, colour: red'), 'ethernets/eth0/colour'],
    [eth0('dhcp4: true, dhcp4-overrides: {use-colour: true}'), 'ethernets/eth0/dhcp4-overrides/use-colour'],
    [eth0('dhcp4: maybe'), 'ethernets/eth0/dhcp4'],
    [eth0('dhcp4: true, wakeonlan: true'), 'ethernets/eth0/wakeonlan'],
    [eth0('dhcp4: true, dhcp-identifier: duid'), 'ethernets/eth0/dhcp-identifier'],
    [eth0('dhcp4: true, link-local: [ipv4]'), 'ethernets/eth0/link-local'],
    [eth0('dhcp4: true, dhcp4-overrides: {use-hostname: true}'), 'use-hostname'],
    [eth0('dhcp4: true, mtu: many'), 'ethernets/eth0/mtu'],
    [eth0('dhcp4: true, interfaces: [eth1]'), 'ethernets/eth0/interfaces'],
    [eth0('addresses: [10.0.0.5/33]'), 'ethernets/eth0/addresses'],
    [eth0('addresses: [10.0.0.500]'), 'ethernets/eth0/addresses'],
    [eth0('addresses: [10.0.0.5/24], gateway4: router'), 'ethernets/eth0/gateway4'],
    [eth0('addresses: [10.0.0.5/24], routes: [{to: nowhere, via: 10.0.0.1}]'), 'ethernets/eth0/routes/0'],
    [
      eth0('addresses: [10.0.0.5/24], routes: [{to: default, via: 10.0.0.1, advertised-mss: 1400}]'),
      'routes/0/advertised-mss',
    ],
    [
      eth0('dhcp4: true, nameservers: {addresses: [dns.example.org]}'),
      'ethernets/eth0/nameservers/addresses',
    ],
    ...['a/b', '../x', '*', '$(id)', '"a\\ab"'].map((domain): [string, string] => [
      eth0(`dhcp4: true, nameservers: {search: [${domain}]}`).replace('*]', '"*"]'),
      'ethernets/eth0/nameservers/search',
    ]),
    [eth0('dhcp4: true') + 'wifis: {wl0: {dhcp4: true}}\n', 'wifis'],
    [eth0('dhcp4: true') + 'tunnels: {t0: {mode: gre}}\n', 'tunnels'],
    [eth0('dhcp4: true') + 'vrfs: {v0: {table: 5}}\n', 'vrfs'],
    [
      eth0('dhcp4: true') + 'bonds: {b0: {interfaces: [], parameters: {colour: red}}}\n',
      'bonds/b0/parameters/colour',
    ],
    [eth0('dhcp4: true') + 'vlans: {v0: {id: 5000, link: eth0}}\n', 'vlans/v0'],
    [eth0('dhcp4: true') + 'vlans: {v0: {id: 5, link: other}}\n', 'other'],
    [v1('type: pppoe'), 'config/0/subnets/0/type'],
    [v1('type: dhcp, control: manual'), 'config/0/subnets/0/control'],
    [v1('type: dhcp, colour: red'), 'config/0/subnets/0/colour'],
    [v1('type: dhcp', '- {type: tunnel, name: t0}\n'), 'config/1'],
    [
      v1('type: dhcp', '- {type: bridge, name: br0, bridge_interfaces: [eth1], params: {bridge_gcint: 5}}\n'),
      'bridge_gcint',
    ],
  ])('%s', async (text, expected) => {
    const {console} = await applied({'network-config': text});
    expect(console).toContain(expected);
  });

  test.each<[object, string]>([
    [{links: [{...nics[0], colour: 'red'}], networks: []}, 'links/0/colour'],
    [{links: nics, networks: [{link: 'a', type: 'ipv9'}]}, 'networks/0/type'],
    [{links: nics, networks: [{link: 'z', type: 'ipv4_dhcp'}]}, 'networks/0/link'],
    [{links: nics, networks: [], services: [{type: 'ntp', address: '10.0.0.1'}]}, 'services/0'],
    [{links: nics, networks: [], colour: {a: {b: 1}}}, 'colour'],
  ])('%j', async (text, expected) => {
    const {console} = await applied({'network_data.json': JSON.stringify(text)});
    expect(console).toContain(expected);
  });

  test.each([
    ['source /etc/network/interfaces.d/*', 'source'],
    ['mapping eth0', 'mapping'],
    ['iface ppp0 inet ppp', 'ppp'],
    ['  colour red', 'colour'],
    ['  up /sbin/ethtool -K eth0 tso off', 'up'],
    ['  pre-up iptables-restore < /etc/rules', 'pre-up'],
    ['  post-up ip route add 10.0.0.0/8 via 10.0.0.1; reboot', 'post-up'],
    ['  down /bin/clean', 'down'],
    ['  bond-colour red', 'bond-colour'],
  ])('%s', async (line, expected) => {
    const {console} = await applied({'network-interfaces': `iface eth0 inet dhcp\n${line}\n`});
    expect(console).toContain(expected);
  });
});

test('no value of a configuration becomes an option, a pattern or a command', async () => {
  const machine = await networkMachine({
    'network-config': `version: 2
ethernets:
  "-all": {addresses: ["10.0.0.5/24; reboot", "$(reboot)", "--help"], mtu: "1 2", gateway4: "x y"}
  eth0: {match: {name: "$(reboot)"}, set-name: "a b", nameservers: {addresses: ["1.1.1.1 2.2.2.2 $(reboot)"], search: ["a;b"]}}
  eth1: {set-name: "../../../owned", dhcp4: true, dhcp4-overrides: {hostname: "x -s /bin/sh"}}
bonds:
  "../../../../etc/x": {interfaces: [eth1], parameters: {mode: "802.3ad; reboot", "../../x": 1, primary: "../y"}}
`,
  });
  machine.ash(`${RECORDED} reboot() { echo reboot >>"$ROOT/owned"; }; ${LIBRARIES} apply_network`);
  expect(machine.has('owned')).toBe(false);
  expect(machine.has('etc/x')).toBe(false);
  expect(machine.read('changes')).not.toMatch(/reboot|;|\$|\.\.\//);
});

test('many damaged configurations end in time', async () => {
  const machine = await networkMachine({});
  const random = randomFrom(4);
  const count = 100;
  for (let index = 0; index < count; index += 1)
    machine.write(`n/${index}/network-config`, random.damage(Buffer.from(V2)));
  const {stdout, stderr, status} = machine.ash(
    `${RECORDED} ${LIBRARIES} reboot() { echo owned; }; n=0; while [ $n -lt ${count} ]; do data=$ROOT/n/$n
    apply_network || echo "$n: $?"; n=$((n + 1)); done`,
  );
  expect({status, stdout, stderr}).toEqual({status: 0, stdout: '', stderr: ''});
});

const many = (count: number, text: (index: number) => string): string =>
  Array.from({length: count}, (_, index) => text(index)).join('');
test.each([
  [
    'network-config',
    `version: 1\nconfig:\n${many(900, (n) => `- {type: physical, name: e${n}, mtu: 1500}\n`)}`,
  ],
  [
    'network-config',
    `version: 2\nethernets:\n  eth0:\n    addresses:\n${many(3800, (n) => `    - 10.${n >> 8}.${n & 255}.5/24\n`)}`,
  ],
  [
    'network-config',
    `version: 2\nethernets:\n  eth0:\n    routes:\n${many(1900, (n) => `    - {to: default, via: 10.0.0.${n & 255}}\n`)}`,
  ],
  [
    'network-interfaces',
    `iface eth0 inet static\n${many(40_000, (n) => `address 10.0.${n & 255}.5\nnetmask 24\n`)}`,
  ],
])(
  'as much of %s as there may be is read in seconds (%#)',
  async (file, text) => {
    const machine = await networkMachine({[file]: text});
    const {status} = machine.ash(`timeout 20 ash -c '${LIBRARIES} plan_network' >"$ROOT/plan"`);
    expect(status).toBe(0);
    expect(machine.read('plan')).not.toBe('');
  },
  60_000,
);

test.each([
  ['nak', 'kill 66\nudhcpc6 -l\n', false],
  ['leasefail', 'udhcpc6 -l\n', true],
])('DHCPv6 without addresses (%s) is asked for its servers, once', async (event, changes, clientStays) => {
  const machine = await networkMachine({});
  addDaemon(machine, 'run/udhcpc6.eth0.pid', 66);
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

test.each([
  [
    'network_data.json',
    '{"links":[{"id":"v","type":"vlan","vlan_link":"eth0","vlan_id":7,"vlan_mac_address":"52:54:00:/../../C"}]}',
    'links/0/vlan_mac_address',
  ],
  [
    'network-config',
    'version: 2\nbridges: {br0: {interfaces: [eth0], macaddress: "../../x"}}\n',
    'bridges/br0/macaddress',
  ],
  [
    'network-config',
    'version: 1\nconfig: [{type: bond, name: b0, bond_interfaces: [eth0], mac_address: "52:54"}, {type: bond, name: b1, bond_interfaces: [eth1], mac_address: zz}]\n',
    'config/1/mac_address',
  ],
])('what is no hardware address is given to no link, and named: %s', async (name, text, path) => {
  const machine = await networkMachine({[name]: text});
  const {stdout, stderr} = machine.ash(`${LIBRARIES} plan_network`);
  expect(stdout).not.toMatch(/\.\.\/|zz/);
  expect(stderr).toContain(`${path}: not a hardware address`);
});

test.each([
  ['network-interfaces', 'iface bond0 inet manual\n  bond-slaves eth1\n  bond-mode 1../\n', /not a value/],
  [
    'network-config',
    'version: 2\nbonds: {bond0: {interfaces: [eth1], parameters: {mode: ../x}}}\n',
    /bonds\/bond0\/parameters\/mode: not a value/,
  ],
])('a parameter of a bond is no path: %s', async (name, text, complaint) => {
  const machine = await networkMachine({[name]: text});
  const {stdout, stderr} = machine.ash(`${LIBRARIES} plan_network`);
  expect(stdout).not.toContain('../');
  expect(stderr).toMatch(complaint);
});
