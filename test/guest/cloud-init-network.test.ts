import {expect, test} from 'vitest';
import {cloudInitFacts, factOf, type NetworkDocument} from '../support/cloud-init-network.ts';
import {CARDS, LIBRARIES, networkMachine} from '../support/network-machine.ts';
import {randomFrom} from '../support/random.ts';

const [MAC0, MAC1] = Object.values(CARDS) as [string, string];
const v1 = (...items: string[]): NetworkDocument => [
  'network-config',
  `version: 1\nconfig:\n${items.map((item) => `- ${item}\n`).join('')}`,
];
const v2 = (text: string): NetworkDocument => ['network-config', `network:\n  version: 2\n${text}`];
const openstack = (value: object): NetworkDocument => ['network_data.json', JSON.stringify(value)];
const phy = (id: string, mac: string, more = {}) => ({
  id,
  type: 'phy',
  ethernet_mac_address: mac,
  vif_id: id,
  ...more,
});

/** One of each kind that cloud-init's documentation shows, version by version. */
const EXAMPLES: readonly NetworkDocument[] = [
  v1('{type: physical, name: eth0, subnets: [{type: dhcp}]}'),
  v1(
    `{type: physical, name: eth0, mac_address: "${MAC0}", mtu: 1400}`,
    `{type: physical, name: eth1, mac_address: "${MAC1}", accept-ra: true, subnets: [{type: dhcp4}, {type: dhcp6}]}`,
  ),
  v1(
    '{type: physical, name: eth0}',
    '{type: physical, name: eth1}',
    '{type: bond, name: bond0, bond_interfaces: [eth0, eth1], params: {bond-mode: active-backup, bond-miimon: 150, bond-xmit-hash-policy: layer3+4}, subnets: [{type: dhcp4}]}',
  ),
  v1(
    '{type: physical, name: eth0}',
    '{type: physical, name: eth1}',
    '{type: bridge, name: br0, bridge_interfaces: [eth0, eth1], params: {bridge_fd: 0, bridge_stp: off, bridge_pathcost: ["eth0 50", "eth1 75"]}, subnets: [{type: static, address: 10.0.0.5/24}]}',
  ),
  v1(
    '{type: physical, name: eth0}',
    '{type: vlan, name: eth0.101, vlan_link: eth0, vlan_id: 101, mtu: 1300, subnets: [{type: static, address: 10.1.0.5, netmask: 255.255.0.0}]}',
    '{type: vlan, name: eth0.102, vlan_link: eth0, vlan_id: 102, subnets: [{type: static6, address: "fd00::5/64", gateway: "fd00::1"}]}',
  ),
  v1(
    '{type: physical, name: eth0, subnets: [{type: static, address: 10.0.0.5/24, gateway: 10.0.0.1}]}',
    '{type: nameserver, address: [10.0.0.53, 10.0.0.54], search: [example.org, example.net]}',
  ),
  v1(
    '{type: physical, name: eth0, subnets: [{type: static, address: 10.0.0.5/24, gateway: 10.0.0.1}]}',
    '{type: route, destination: 192.168.24.0/24, gateway: 10.0.0.2, metric: 3}',
  ),
  v1(
    '{type: physical, name: eth0, subnets: [{type: static, address: 10.0.0.5/27, gateway: 10.0.0.1, dns_nameservers: [8.8.8.8, 8.8.4.4], dns_search: [a.org]}]}',
  ),
  v1(
    '{type: physical, name: eth0, subnets: [{type: dhcp4}, {type: static, address: 10.5.0.5/24, dns_nameservers: 10.5.0.53, dns_search: [a.org]}]}',
  ),
  v1(
    '{type: physical, name: eth0, subnets: [{type: static, address: 10.0.0.5/24, routes: [{network: 172.16.0.0, netmask: 255.240.0.0, gateway: 10.0.0.9}, {network: 10.200.0.0/16, gateway: 10.0.0.8, metric: 4}]}]}',
  ),
  v1('{type: physical, name: eth0, subnets: [{type: ipv6_slaac}]}'),
  v1('{type: physical, name: eth0, subnets: [{type: ipv6_dhcpv6-stateful}]}'),
  v1('{type: physical, name: eth0, subnets: [{type: ipv6_dhcpv6-stateless}]}'),
  v1('{type: physical, name: eth0, subnets: [{type: manual}]}'),
  v1('{type: physical, name: eth0, subnets: [{type: static, address: 10.0.0.5, netmask: 24}]}'),
  v1('{type: physical, name: eth0, subnets: [{type: static6, address: "fd00::5", netmask: 64}]}'),
  v2('  ethernets: {eth0: {dhcp4: true}}\n'),
  v2(
    `  ethernets:\n    id0:\n      match: {macaddress: "${MAC0}"}\n      wakeonlan: false\n      dhcp4: true\n      addresses: [192.168.14.2/24, "2001:1::1/64"]\n      gateway4: 192.168.14.1\n      gateway6: "2001:1::2"\n      nameservers: {search: [foo.local, bar.local], addresses: [8.8.8.8]}\n      routes: [{to: 192.0.2.0/24, via: 192.168.14.9, metric: 3}]\n`,
  ),
  v2(
    `  ethernets: {a: {match: {macaddress: "${MAC0}"}, set-name: lom1, dhcp6: true, mtu: 1280}, eth1: {optional: true}}\n`,
  ),
  v2(
    '  ethernets: {eth0: {}, eth1: {}}\n  bonds: {bond0: {interfaces: [eth0, eth1], addresses: [10.0.0.5/24], parameters: {mode: 802.3ad, lacp-rate: fast, mii-monitor-interval: 100, transmit-hash-policy: layer3+4}}}\n',
  ),
  v2('  ethernets: {eth0: {}, eth1: {}}\n  bridges: {br0: {interfaces: [eth0, eth1], dhcp4: true}}\n'),
  v2(
    '  ethernets: {eth0: {dhcp4: true}}\n  vlans: {en-intra: {id: 1, link: eth0, dhcp4: yes}, en-vpn: {id: 2, link: eth0, mtu: 1400, addresses: [10.2.0.5/16]}}\n',
  ),
  // As CloudStack's config drive has it: both families under one id, masks of IPv6 as bits.
  openstack({
    links: [phy('eth0', MAC0, {mtu: 1500})],
    networks: [
      {
        id: 'eth0',
        link: 'eth0',
        type: 'ipv4',
        ip_address: '10.0.2.90',
        netmask: '255.255.255.0',
        network_id: 'd',
        routes: [{gateway: '10.0.2.2', netmask: '0.0.0.0', network: '0.0.0.0'}],
      },
      {
        id: 'eth0',
        link: 'eth0',
        type: 'ipv6',
        ip_address: 'fec0::90',
        netmask: '64',
        network_id: 'd',
        routes: [{gateway: 'fec0::2', netmask: '0', network: '::'}],
      },
    ],
    services: [
      {address: '10.0.2.3', type: 'dns'},
      {address: 'fec0::3', type: 'dns'},
    ],
  }),
  openstack({
    links: [phy('tap0', MAC0, {mtu: 1450}), phy('tap1', MAC1.toUpperCase())],
    networks: [
      {
        id: 'n0',
        type: 'ipv4',
        link: 'tap0',
        ip_address: '172.19.1.34',
        netmask: '255.255.252.0',
        routes: [
          {network: '0.0.0.0', netmask: '0.0.0.0', gateway: '172.19.3.254'},
          {network: '10.0.0.0', netmask: '255.0.0.0', gateway: '172.19.3.253'},
        ],
        services: [{type: 'dns', address: '172.19.0.12'}],
      },
      {
        id: 'n1',
        type: 'ipv6',
        link: 'tap0',
        ip_address: '2001:cdba::3257',
        netmask: 'ffff:ffff::',
        routes: [{network: '::', netmask: '::', gateway: '2001:cdba::1'}],
      },
      {id: 'n2', type: 'ipv4_dhcp', link: 'tap1'},
      {id: 'n3', type: 'ipv6_slaac', link: 'tap1'},
    ],
    services: [{type: 'dns', address: '8.8.8.8'}],
  }),
  openstack({
    links: [
      phy('a', MAC0),
      phy('b', MAC1),
      {
        id: 'bond0',
        type: 'bond',
        bond_links: ['a', 'b'],
        bond_mode: '802.3ad',
        bond_miimon: 100,
        bond_xmit_hash_policy: 'layer3+4',
        ethernet_mac_address: '52:54:00:aa:00:01',
      },
      {
        id: 'bond0.602',
        type: 'vlan',
        vlan_link: 'bond0',
        vlan_id: 602,
        vlan_mac_address: '52:54:00:aa:00:02',
        mtu: 1400,
      },
    ],
    networks: [
      {id: 'n0', type: 'ipv4_dhcp', link: 'bond0'},
      {id: 'n1', type: 'ipv6_dhcpv6-stateful', link: 'bond0.602'},
      {id: 'n2', type: 'ipv4', link: 'bond0.602', ip_address: '10.6.0.5', netmask: '255.255.255.0'},
    ],
  }),
  [
    'network-interfaces',
    'auto lo\niface lo inet loopback\nauto eth0\niface eth0 inet static\naddress 10.0.0.5/24\ngateway 10.0.0.1\ndns-nameservers 10.0.0.53 10.0.0.54\ndns-search a.org b.org\nauto eth1\niface eth1 inet dhcp\n',
  ],
  [
    'network-interfaces',
    'auto eth0\niface eth0 inet static\naddress 10.0.0.5\nnetmask 255.255.240.0\nauto eth1\niface eth1 inet manual\n',
  ],
];

/** Configurations of one card, made by chance of what all formats have. */
function madeByChance(seed: number, count: number): NetworkDocument[] {
  const random = randomFrom(seed);
  const below = (limit: number): number => random.below(limit);
  return Array.from({length: count}, () => {
    const address = `10.${below(256)}.${below(256)}.${1 + below(200)}`;
    const bits = 8 + below(17);
    const gateway = address.replace(/\d+$/, '254');
    const to = `172.${16 + below(16)}.0.0/16`;
    const metric = 1 + below(900);
    const mtu = 576 + below(2000);
    const server = `9.9.${below(256)}.9`;
    const six = `fd${10 + below(80)}::${below(1000)}`;
    if (below(2) === 0)
      return v2(
        `  ethernets: {eth0: {dhcp4: ${below(2) === 0 ? 'true' : 'no'}, mtu: ${mtu}, addresses: [${address}/${bits}, "${six}/64"], gateway4: ${gateway}, routes: [{to: ${to}, via: ${gateway}, metric: ${metric}}], nameservers: {addresses: [${server}]}}}\n`,
      );
    return v1(
      `{type: physical, name: eth0, mtu: ${mtu}, subnets: [{type: static, address: ${address}/${bits}, gateway: ${gateway}, dns_nameservers: [${server}], routes: [{destination: ${to}, gateway: ${gateway}, metric: ${metric}}]}, {type: static6, address: "${six}/64"}]}`,
    );
  });
}

/**
 * The guest's facts as cloud-init would tell them: a route that is told without a card has none, and a bond looks after its
 * parts where nothing is said of how. cloud-init before 23 reads no metric in version 2, and of OpenStack neither the name
 * servers of a network nor the hash policy of a bond.
 */
function alike(facts: readonly string[], reference: readonly string[], old: boolean): string[] {
  const known = new Set(reference);
  const told = (fact: string): string => {
    const forms = [fact, fact.replace(/^route \S+ /, 'route - '), fact.replace(/ metric \d+$/, '')];
    return forms.slice(0, old ? 3 : 2).find((form) => known.has(form)) ?? fact;
  };
  const more = old
    ? /^bond \S+ (miimon 100|xmit_hash_policy .*)$|^dns 172\.19\.0\.12$/
    : /^bond \S+ miimon 100$/;
  return facts.map(told).filter((fact) => known.has(fact) || !more.test(fact));
}

test('the guest makes of network configurations what cloud-init does', async () => {
  const documents = [...EXAMPLES, ...madeByChance(11, 20)];
  const machine = await networkMachine({});
  for (const [index, [file, text]] of documents.entries()) machine.write(`n/${index}/${file}`, text);
  const {stdout, stderr} = machine.ash(
    `${LIBRARIES} n=0; while [ $n -lt ${documents.length} ]; do data=$ROOT/n/$n; plan_network; echo =; n=$((n + 1)); done`,
  );
  expect(stderr).toBe('');
  const plans = stdout.split('=\n').map((plan) => plan.split('\n').flatMap(factOf));
  const {version, facts: references} = cloudInitFacts(documents, CARDS);
  const old = Number.parseInt(version, 10) < 23;
  expect(references).toHaveLength(documents.length);
  const read = references.map((reference, index) => ({
    document: documents[index],
    facts: [...new Set(alike(plans[index] ?? [], reference, old))].sort(),
  }));
  expect(read).toEqual(references.map((facts, index) => ({document: documents[index], facts})));
});
