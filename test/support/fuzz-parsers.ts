import {gzipSync} from 'node:zlib';
import {join} from 'node:path';
import {runtimeTemplate} from '../../src/formats/container-runtime.ts';
import {CHECKOUT} from './built-image.ts';
import {LIBRARIES as CLOUD_CONFIG} from './cloud-config.ts';
import {azureDisc, cloudOf, MAC, type CloudName} from './clouds.ts';
import {changedImage, SECRET, type FuzzedParser} from './fuzz.ts';
import {LABELLED} from './fuzz-images.ts';
import {LIBRARIES as NETWORK} from './network-machine.ts';

const LIBRARY = 'l=$ROOT/usr/lib/leanos; . "$l/system.sh"';
/** What the parser itself says; a program that is not content begins with its name. */
const ITS_OWN = /^(?!(ash|sh|awk|sed|grep|cut|tr|head|dd|hexdump|cat|cp|mv|printf|base64): )/;
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBfT6t1Q0Yt9rZzZl2p3o2XoHcX1p0QkQ3g9m1p2q3r4 me@home';

const CONFIG = `#cloud-config
hostname: web
fqdn: &name web.example.org
users:
- default
- name: bob
  gecos: "Bob, the $(>C) builder"
  groups: [wheel, "crew"]
  sudo: ALL=(ALL) NOPASSWD:ALL
  ssh_authorized_keys: ["${KEY}"]
  lock_passwd: false
  plain_text_passwd: "${SECRET}"
- {name: eve, uid: 1005, shell: /bin/ash, homedir: /home/eve, no_create_home: true}
groups: [crew, {ops: [bob, eve]}]
chpasswd:
  expire: false
  users:
  - {name: bob, type: text, password: "${SECRET}"}
write_files:
- path: /srv/a
  content: |
    a
      b $(>C)
  permissions: "0640"
  owner: bob:crew
- {path: /srv/b, content: !!binary aGVsbG8=, append: true}
- {path: /srv/c, encoding: gz+b64, content: ${base64(gzipSync('hello'))}, defer: true}
mounts:
- [vdb, /data, ext4, "defaults,nofail", "0", "2"]
- ["server:/x", /net, nfs]
mount_default_fields: [~, ~, auto, "defaults", "0", "2"]
timezone: Europe/Berlin
ssh_pwauth: true
ntp: {enabled: false}
resize_rootfs: noblock
growpart: {mode: auto, devices: [/]}
final_message: "up after $UPTIME seconds $(>C)"
`;
const CONFIG_JSON = `#cloud-config
${JSON.stringify({
  hostname: 'web',
  users: [{name: 'bob', sudo: ['ALL=(ALL) NOPASSWD:ALL'], ssh_authorized_keys: [KEY], lock_passwd: false}],
  write_files: [{path: '/srv/x', content: 'a\n$(>C)\tb', permissions: '0600'}],
  mounts: [['LABEL=x', '/x', 'auto', 'defaults']],
  merge_how: 'list(append)+dict(recurse_list)+str()',
})}
`;
const CONFIG_LISTS = `#cloud-config
merge_how:
- {name: list, settings: [append]}
- {name: dict, settings: [no_replace, recurse_list]}
base: &base {name: x, groups: "a, b"}
users: [{<<: *base, uid: 1010}, alice, {name: default}]
password: "${SECRET}"
chpasswd:
  list: "bob:${SECRET}\\nleanos:RANDOM"
ssh_authorized_keys:
  - ${KEY}
  - command="a \\" b",no-pty ${KEY}
write_files:
  - path: /srv/folded
    content: >-
      one
      two

      three
`;

const META = [
  `instance-id: i-1\nlocal-hostname: web\npublic-keys:\n- ${KEY}\n`,
  `instance-id: "i-1"\nhostname: 'web'\npublic-keys:\n  0: {openssh-key: "${KEY}"}\nseedfrom: /seed/\ndsmode: net\nnetwork-interfaces: |\n  iface eth0 inet dhcp\n`,
  JSON.stringify({
    uuid: 'd8e02d56',
    hostname: 'web.novalocal',
    public_keys: {mine: `${KEY}\n`},
    launch_index: 0,
    files: [{path: '/etc/motd', content_path: '/content/0000'}],
    random_seed: base64('entropy'),
    network_config: {content_path: '/content/0001'},
    keys: [{name: 'k', type: 'ssh', data: KEY}],
  }),
];

const MIME = `From: a@b
Content-Type: multipart/mixed; boundary="=b="
MIME-Version: 1.0

--=b=
Content-Type: text/cloud-config; charset="us-ascii"
Merge-Type: list(append)+dict()+str()

#cloud-config
hostname: web
--=b=
Content-Type: text/x-shellscript
Content-Transfer-Encoding: base64

${base64('#!/bin/sh\n>C\n')}
--=b=
Content-Type: text/plain
Content-Transfer-Encoding: quoted-printable

#cloud-config
a: =41=
=20$(>C)
--=b=
Content-Type: multipart/mixed; boundary=c

--c

#include
--c--
--=b=--
`;
const USER_DATA = [
  MIME,
  CONFIG_JSON,
  '#!/bin/sh\n>C\n',
  '#cloud-boothook\n>C\n',
  '#include\nhttp://mock/a\n# x\nhttp://user:pass@mock/b?token=x\n',
  gzipSync(MIME),
  base64(gzipSync(MIME)),
  gzipSync('#include http://mock/loop\n'),
];

const NETWORKS: readonly [file: string, seeds: readonly string[]][] = [
  [
    'network-config',
    [
      `network:
  version: 2
  ethernets:
    main:
      match: {macaddress: "52:54:00:00:00:01"}
      set-name: lan0
      addresses: [10.0.0.5/24, "fd00::5/64", {10.0.1.5/24: {label: x}}]
      gateway4: 10.0.0.1
      nameservers: {addresses: [10.0.0.53], search: [example.org]}
      routes:
      - {to: default, via: 10.0.0.1, metric: 100, on-link: true}
      - {to: 10.9.0.0/16, via: 10.0.0.2, table: 7}
      routing-policy: [{from: 10.0.0.0/24, table: 7, priority: 5}]
      mtu: 1400
    eth1: {dhcp4: true, dhcp6: true, dhcp4-overrides: {use-dns: false, hostname: web, route-metric: 50}, accept-ra: false}
  bonds:
    bond0: {interfaces: [eth1], parameters: {mode: active-backup, mii-monitor-interval: 100, primary: eth1}, dhcp4: true}
  bridges:
    br0: {interfaces: [bond0], addresses: [10.1.0.5/24], parameters: {stp: false, forward-delay: 4}}
  vlans:
    vlan5: {id: 5, link: br0, addresses: [10.5.0.5/24]}
`,
      `version: 1
config:
- type: physical
  name: eth0
  mac_address: "52:54:00:00:00:01"
  mtu: 1500
  subnets:
  - {type: static, address: 10.0.0.5, netmask: 255.255.255.0, gateway: 10.0.0.1, dns_nameservers: [10.0.0.53], dns_search: [example.org]}
  - {type: static6, address: "fd00::5/64", gateway: "fd00::1", routes: [{network: 10.9.0.0, netmask: 255.255.0.0, gateway: 10.0.0.2}]}
- {type: bond, name: bond0, bond_interfaces: [eth1], params: {bond-mode: 802.3ad, bond_miimon: 100}, subnets: [{type: dhcp}]}
- {type: vlan, name: eth0.5, vlan_link: eth0, vlan_id: 5, subnets: [{type: dhcp4}]}
- {type: bridge, name: br0, bridge_interfaces: [bond0], params: {bridge_stp: "off"}}
- {type: route, destination: 10.8.0.0/16, gateway: 10.0.0.3}
- {type: nameserver, address: [10.0.0.54], search: [example.net]}
`,
    ],
  ],
  [
    'network_data.json',
    [
      JSON.stringify({
        links: [
          {id: 'a', type: 'phy', ethernet_mac_address: '52:54:00:00:00:01', mtu: 1450},
          {id: 'b', type: 'phy', ethernet_mac_address: '52:54:00:00:00:02'},
          {
            id: 'bond',
            type: 'bond',
            bond_links: ['b'],
            bond_mode: '802.3ad',
            ethernet_mac_address: '52:54:00:00:00:02',
          },
          {id: 'v', type: 'vlan', vlan_link: 'a', vlan_id: 101, vlan_mac_address: '52:54:00:00:00:03'},
        ],
        networks: [
          {
            id: 'n0',
            link: 'a',
            type: 'ipv4',
            ip_address: '10.0.0.5',
            netmask: '255.255.255.0',
            routes: [{network: '0.0.0.0', netmask: '0.0.0.0', gateway: '10.0.0.1'}],
          },
          {
            id: 'n1',
            link: 'v',
            type: 'ipv6',
            ip_address: 'fd00::5',
            netmask: '64',
            routes: [],
            services: [{type: 'dns', address: 'fd00::53'}],
          },
          {id: 'n2', link: 'bond', type: 'ipv4_dhcp'},
        ],
        services: [{type: 'dns', address: '10.0.0.53'}],
      }),
    ],
  ],
  [
    'network-interfaces',
    [
      `auto lo eth0
iface lo inet loopback
allow-hotplug eth1
iface eth0 inet static
    address 10.0.0.5
    netmask 255.255.255.0
    gateway 10.0.0.1
    dns-nameservers 10.0.0.53 10.0.0.54
    dns-search example.org
    up ip route add 10.9.0.0/16 via 10.0.0.2
    hwaddress ether 52:54:00:00:00:01
    mtu 1400
iface eth0 inet6 static
    address fd00::5/64
    gateway fd00::1
iface eth1 inet dhcp
iface bond0 inet dhcp
    bond-slaves eth1
    bond-mode 1
iface eth0.5 inet manual
    vlan-raw-device eth0
`,
    ],
  ],
];

const CARDS = {
  'sys/class/net/eth0/address': '52:54:00:00:00:01\n',
  'sys/class/net/eth0/ifindex': '2\n',
  'sys/class/net/eth0/device/x': '',
  'sys/class/net/eth1/address': '52:54:00:00:00:02\n',
  'sys/class/net/eth1/ifindex': '3\n',
  'sys/class/net/eth1/device/x': '',
  'proc/sys/net/ipv6/conf/eth0/x': '',
  'proc/sys/net/ipv6/conf/eth1/x': '',
  'proc/sys/kernel/hostname': 'web\n',
  'proc/uptime': '12.34 1.0\n',
  'proc/net/route': 'Iface\tDestination\neth0\t00000000\n',
};
const ACCOUNTS = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nleanos:x:1000:1000:leanos:/home/leanos:/bin/sh\n',
  'etc/group': 'root:x:0:\nwheel:x:10:leanos\nleanos:x:1000:\n',
  'etc/shadow': 'root:!*:0::::::\nleanos:*:0::::::\n',
  'etc/os-release': 'VERSION_ID=1.0.0\n',
  'run/leanos/datasource/dsname': 'nocloud\n',
  'run/leanos/datasource/data/instance-id': 'i-1\n',
  'dev/urandom': 'abcdefghijklmnopqrstuvwxyz'.repeat(20),
};
/** Answers of a service are the files of the input; index stands for a list. */
const MOCK = `
http_get() {
  case $1 in http*://mock/*) mocked=\${1#http*://mock/} ;; *) return 4 ;; esac
  case $mocked in *..*) return 4 ;; esac
  [ -f "$in/$mocked" ] || mocked=$mocked/index
  [ -f "$in/$mocked" ] || return 4
  cp "$in/$mocked" "$2"
}
get_together() { return 1; }
renew_header() { return 1; }
find_service() { SERVICE=http://mock; url_of "$SERVICE" "$1"; http_get "$url" "$DIR/$2"; }
`;
const EC2 = {
  'latest/meta-data/instance-id': 'i-0123',
  'latest/meta-data/index':
    'instance-id\nlocal-hostname\npublic-keys/\nblock-device-mapping/\nplacement/\nami-launch-index',
  'latest/meta-data/local-hostname': 'ip-10-0-0-1.ec2.internal',
  'latest/meta-data/public-keys/index': '0=mine\n1=yours',
  'latest/meta-data/public-keys/0/openssh-key': `${KEY}\n`,
  'latest/meta-data/block-device-mapping/index': 'ami\nephemeral0',
  'latest/meta-data/block-device-mapping/ami': '/dev/sda1',
  'latest/meta-data/ami-launch-index': '3',
  'latest/user-data': base64('#!/bin/sh\n>C\n'),
};
const OPENSTACK = {
  'openstack/latest/meta_data.json': META[2] ?? '',
  'openstack/latest/user_data': '#!/bin/sh\n',
  'openstack/latest/network_data.json': '{"links": []}',
  'openstack/latest/vendor_data.json': '{"cloud-init": "#!/bin/sh\\n>C\\n"}',
  'openstack/latest/vendor_data2.json': '{"a": {"cloud-init": 1}, "cloud-init": ["#cloud-config\\n", "x"]}',
  'openstack/content/0000': 'hello\n',
  'openstack/content/0001': 'iface eth0 inet dhcp\n',
};
const NOCLOUD = {
  'meta-data': META[1] ?? '',
  'user-data': CONFIG_JSON,
  'network-config': 'version: 2\n',
  'files/etc/motd': 'hello\n',
};

/** fetch of a datasource, in this shell: what it asks of the network is the input's. */
function datasource(name: string, seeds: FuzzedParser['seeds'], more = ''): FuzzedParser {
  return {
    seeds,
    share: 0.08,
    files: CARDS,
    writes: ['run/leanos'],
    first: `set -- detect; seems_there() { :; }; . "$ROOT/usr/lib/leanos/datasource/${name}"; mv() { cp "$@"; rm -f "$1"; }; unset -f mv
eval "$(sed 's,^\\t*\\. "$ROOT/usr/lib/leanos/http.sh",:,' "$ROOT/usr/lib/leanos/datasource/${name}" | sed '$d')"; . "$ROOT/usr/lib/leanos/http.sh"; chown() { :; }; ${MOCK} ${more}`,
    each: 'DIR=$out; fetch',
  };
}

/** As OpenNebula writes it, and as a shell would take it too. */
const CONTEXT = [
  `ETH0_IP='10.0.2.90'\nETH0_MAC='02:00:0a:00:02:5a'\nETH0_GATEWAY='10.0.2.2'\nETH0_DNS='10.0.2.3 1.1.1.1'\nETH0_ROUTES='10.9.0.0/16 via 10.0.2.9'\nSET_HOSTNAME='web'\nSSH_PUBLIC_KEY='${KEY}\n# it'\\''s mine'\nUSER_DATA='${base64('#!/bin/sh\n>C\n')}'\nUSER_DATA_ENCODING='base64'\nSTART_SCRIPT='>C'\n`,
  `export HOSTNAME="a\\"b"'c'\\d; VMID=7 # x\nPASSWORD='${SECRET}'\nA=$(>C)\n>C\nB="\`>C\`" C="$HOME"\nETH1_IP6=fd00::1\nETH1_MTU=1400\r\n`,
];

const OVF = `<?xml version="1.0"?>
<!-- a < b -->
<Environment xmlns:oe="http://schemas.dmtf.org/ovf/environment/1" oe:id='x > y'><PlatformSection><Kind>VMware</Kind></PlatformSection>
<PropertySection><Property oe:key="instance-id" oe:value="i-1"/><Property oe:key="hostname" oe:value="w&lt;e&#98;&#x20AC;&amp;"/>
<Property oe:key="public-keys" oe:value="${KEY}"/><Property oe:key="password" oe:value="${SECRET}"/>
<Property oe:key="user-data" oe:value="${base64('#!/bin/sh\n>C\n')}"/><Property oe:key="network-config" oe:value="${base64('version: 2\n')}"/>
</PropertySection><x><![CDATA[<a>&amp;]]></x></Environment>
`;
const VMWARE = {
  metadata: `${META[0] ?? ''}network:\n  version: 2\n  ethernets: {eth0: {dhcp4: true, "a\\"b": [1, ~, no]}}\n`,
  userdata: base64(gzipSync('#!/bin/sh\n>C\n')),
  'userdata.encoding': 'gzip+base64\n',
  vendordata: '$(>C)\n',
};

/** What a host says of each key, and to a question. */
const SMARTOS = {
  'sdc:uuid': 'i-1\n',
  'user-script': 'echo >C\n',
  'sdc:dns_domain': 'example.org\n',
  'sdc:resolvers': '["8.8.8.8", "fd00::53"]\n',
  'sdc:routes': '[{"linklocal": false, "dst": "10.9.0.0/16", "gateway": "10.0.2.9"}]\n',
  'sdc:nics': `[{"interface": "net0", "mac": "90:b8:d0:f5:e4:f5", "gateways": ["10.0.2.2"], "ips": ["10.0.2.90/24", "dhcp"], "mtu": 1500, "primary": true}]\n`,
  line: 'V2 32 9f2f1d5a 00000001 SUCCESS aGVsbG8gd29ybGQ=\n',
};

const NUMBER_ID = '0123456789abcdef';
const SIGNED_KEY = `RWQBI0VniavN7${'A'.repeat(43)}`;
const POINTER = `${JSON.stringify(
  {
    type: 'leanos-channel',
    channel: 'stable',
    image: 'test',
    arch: 'x86_64',
    version: '4830.0.0',
    published: '2026-10-01T00:00:00.000Z',
    expires: '2026-12-31T00:00:00.000Z',
    rollout: 50,
    manifest: {path: 'stable/4830.0.0/test-x86_64/manifest.json', bytes: 1000, sha256: 'a'.repeat(64)},
    keys: [SIGNED_KEY],
  },
  null,
  1,
)}\n`;
const MANIFEST = `${JSON.stringify(
  {
    version: '4830.0.0',
    image: 'test',
    arch: 'x86_64',
    artifacts: ['kernel', 'slot-initramfs', 'usr'].map((kind) => ({
      kind,
      path: `leanos-${kind}`,
      bytes: 10,
      sha256: 'b'.repeat(64),
    })),
    verity: {rootHash: 'a'.repeat(64), dataBlocks: 3},
    commandLine: {disk: 'leanos.slot=A usr=PARTLABEL=USR-A quiet'},
  },
  null,
  1,
)}\n`;
const UPDATES = `for n in system update-state platform flat slots update; do . "$ROOT/usr/lib/leanos/$n.sh"; done
image=test arch=x86_64 version=4800.0.0 channel=stable url=http://mock base=http://mock; date() { echo 1793000000; }; sync() { :; }; mkdir -p "$WORK"; fresh() { rm -rf "$UPDATE"; mkdir -p "$UPDATE/keys"; }`;

/** The clouds that tell all of a machine in one document. */
const DOCUMENTS: readonly CloudName[] = [
  ...(['google', 'azure', 'digitalocean', 'hetzner', 'vultr', 'upcloud', 'oracle', 'scaleway'] as const),
];

/** What a cloud's document says; of its answers that is the longest text. */
function documentOf(name: CloudName): FuzzedParser {
  const texts = Object.values(cloudOf(name).answers(KEY)).filter((answer) => typeof answer === 'string');
  const [longest = ''] = texts.sort((a, b) => b.length - a.length);
  return {
    seeds: [longest],
    share: 0.3,
    first: `. "$ROOT/usr/lib/leanos/seed.sh"; . "$ROOT/usr/lib/leanos/cloud.sh"; DATASOURCE=${name}`,
    each: `DIR=$out; read_cloud ${name} "$in" login=leanos now=1 mac=${MAC} own=' ' system_users=' root '`,
  };
}

const rulesOf = (part: string): string => join(CHECKOUT, 'init-scripts', part, 'usr/lib/leanos');
const GOAL_STATE = `<?xml version="1.0"?>
<GoalState><Incarnation>1</Incarnation><Container><ContainerId>c-1</ContainerId><RoleInstanceList><RoleInstance><InstanceId>r-1</InstanceId></RoleInstance></RoleInstanceList></Container></GoalState>
`;
const IMAGE_CONFIG = `${JSON.stringify({
  config: {
    User: 'web:staff',
    Entrypoint: ['/bin/web', 'a "b"\n$(>C)'],
    Cmd: ['serve'],
    Env: ['PATH=/bin', 'A=>C'],
    WorkingDir: '/srv',
    Volumes: {'/var/data': {}},
  },
})}\n`;

/** Every parser of the guest, by name. */
export const PARSERS: Readonly<Record<string, FuzzedParser>> = {
  'cloud-config': {
    seeds: [CONFIG, CONFIG_JSON, CONFIG_LISTS],
    share: 1,
    complaint: ITS_OWN,
    first: LIBRARY,
    each: `flatten -f "$l/print.awk" "$in" >"$out/flat" && awk -v vendors=0 -v table="$l/understood/cloud-config" -f "$l/understood.awk" -f "$l/cloud-config/tree.awk" -f "$l/cloud-config/merge.awk" "$out/flat" "$out/flat" >"$out/merged"`,
  },
  facts: {
    seeds: META,
    share: 1.5,
    first: 'l=$ROOT/usr/lib/leanos; . "$l/seed.sh"; DATASOURCE=nocloud',
    each: 'DIR=$out; read_plain_facts "$in" || { rm -f "$out"/*; read_all_facts "$in" meta-data; }',
  },
  mime: {
    seeds: [MIME],
    share: 1.5,
    first: LIBRARY,
    each: 'awk -v dir="$out" -f "$l/mime.awk" "$in"; awk -f "$l/kind.awk" "$in" >"$out/kind"',
  },
  'quoted-printable': {
    seeds: ['a =41=\n=20 =C3=BC $(>C)=\n=\n==zz=4\n'],
    share: 1.2,
    first: LIBRARY,
    each: 'awk -f "$l/quoted-printable.awk" "$in" >"$out/plain"',
  },
  'user-data': {
    seeds: USER_DATA,
    share: 0.05,
    files: CARDS,
    writes: ['run/leanos'],
    first: `l=$ROOT/usr/lib/leanos; for n in system platform seed http user-data; do . "$l/$n.sh"; done; ${MOCK}
http_get() { case $1 in */loop) echo "#include http://mock/loop" >"$2" ;; *) cp "$in" "$2" ;; esac; }`,
    each: `open_parts "$out/parts"; collect "$in" 0`,
  },
  ...Object.fromEntries(
    NETWORKS.map(([file, seeds]) => [
      file,
      {
        seeds,
        share: 0.25,
        files: CARDS,
        complaint: ITS_OWN,
        never: /[^\n\x20-\x7e]|[$\`;|&<>]|\.\.\//,
        first: `${NETWORK} data=$ROOT/fuzz/data; mkdir -p "$data"`,
        each: `cp "$in" "$data/${file}"; plan_network`,
      },
    ]),
  ),
  labels: {
    seeds: LABELLED,
    share: 1,
    change: changedImage,
    first: '. "$ROOT/usr/lib/leanos/label.sh"',
    each: 'read_label "$in"',
  },
  ec2: datasource('ec2', [EC2]),
  openstack: datasource('openstack', [OPENSTACK]),
  opennebula: datasource(
    'opennebula',
    CONTEXT.map((text) => ({'context.sh': text})),
    'fetch() { read_context "$in"; }',
  ),
  ovf: datasource('ovf', [{'ovf-env.xml': OVF}], 'fetch() { read_disc "$in"; }'),
  vmware: datasource(
    'vmware',
    [VMWARE],
    `eval "$(sed 's,^.*/guestinfo.sh",:,' "$ROOT/usr/lib/leanos/datasource/vmware" | sed '$d')"; . "$ROOT/usr/lib/leanos/guestinfo.sh"
guestinfo() { [ -s "$in/$1" ] && cp "$in/$1" "$DIR/$2"; }`,
  ),
  smartos: datasource(
    'smartos',
    [SMARTOS],
    `get() { [ -s "$in/$1" ] && cp "$in/$1" "$DIR/$2"; }
open_port() { asked=00000001; { read -r line <"$in/line"; } 2>/dev/null; is_answer || :; } 5</dev/null`,
  ),
  ...Object.fromEntries(DOCUMENTS.map((name) => [`document of ${name}`, documentOf(name)])),
  'provisioning disc': {
    seeds: [azureDisc(KEY)],
    share: 0.5,
    complaint: ITS_OWN,
    first: 'l=$ROOT/usr/lib/leanos',
    each: 'awk -v dir="$out" -f "$l/xml.awk" -f "$l/clouds/cloud.awk" -f "$l/clouds/ovf-env.awk" "$in"',
  },
  'goal state': {
    seeds: [GOAL_STATE],
    share: 1,
    complaint: ITS_OWN,
    never: /[^\nA-Za-z0-9._ -]/,
    first: 'l=$ROOT/usr/lib/leanos',
    each: 'awk -f "$l/xml.awk" -f "$l/clouds/goal-state.awk" "$in"',
  },
  container: {
    seeds: [IMAGE_CONFIG],
    share: 0.3,
    complaint: ITS_OWN,
    files: {
      'container.json': runtimeTemplate(),
      words: 'image\tx\nvolumes/0\t/data\n',
      passwd: 'web:x:12:13::/:/bin/sh\n',
      group: 'staff:x:14:\n',
    },
    first: `${LIBRARY}; c=${rulesOf('containers')}`,
    each: `flatten -v exact=1 -f "$l/print.awk" "$in" >"$out/flat" && awk -F '\\t' -v name=x -v passwd="$ROOT/passwd" -v group="$ROOT/group" -v volumes=/v -v volume_list="$out/volumes" -f "$c/container-config.awk" "$out/flat" "$ROOT/words" "$ROOT/container.json" >"$out/config"`,
  },
  template: {
    seeds: [
      'host {{ hostname }} {{v1.instance_id}} {{{ x }}} {{ds.meta_data.local-hostname}}\n{{ a\n}} $(>C)\n',
    ],
    share: 1,
    complaint: ITS_OWN,
    files: {words: 'hostname\tweb\ninstance_id\ti-1\n'},
    first: `s=${rulesOf('services')}`,
    each: `awk -F '\\t' -f "$s/fill.awk" "$ROOT/words" "$in" >"$out/file"`,
  },
  nocloud: datasource('nocloud', [NOCLOUD], 'fetch() { followed=1; read_folder "$in"; }'),
  keys: {
    seeds: [
      `${KEY}\n# x\ncommand="echo \\" $(>C)",no-pty ${KEY}\n\tssh-rsa  AAAA  me\r\nfrom="*.example.org" ${KEY}\nssh-dss AAAA\n`,
    ],
    share: 1,
    never: /[^\n\x20-\xff]/,
    first: '. "$ROOT/usr/lib/leanos/system.sh"; . "$ROOT/usr/lib/leanos/accounts.sh"',
    each: `only_keys '' keys <"$in"`,
  },
  pointer: {
    seeds: [POINTER],
    share: 0.05,
    files: {'dev/urandom': 'x'.repeat(64)},
    writes: ['run/leanos', 'var/lib/leanos/update'],
    complaint: /^leanos-update: [\x20-\x7e]*$/,
    first: UPDATES,
    each: 'fresh; cp "$in" "$WORK/pointer"; read_trust; believe_pointer && wanted',
  },
  manifest: {
    seeds: [MANIFEST],
    share: 0.05,
    files: {'dev/urandom': 'x'.repeat(64)},
    writes: ['run/leanos', 'var/lib/leanos/update'],
    complaint: /^leanos-update: [\x20-\x7e]*$/,
    first: `${UPDATES}
echo '{"manifest": {"path": "stable/manifest.json", "bytes": 5}}' >"$WORK/pointer"; download() { cp "$in" "$2"; }; has_digest() { :; }`,
    each: 'fresh; offered=4830.0.0; read_json "$WORK/pointer" && fetch_manifest && artifact kernel && artifact usr',
  },
  trust: {
    seeds: [
      `keys 2026-10-01T00:00:00.000Z\nkey ${NUMBER_ID} ${SIGNED_KEY}\nchannel stable 4830.0.0 2026-10-01T00:00:00.000Z ${'a'.repeat(64)}\nchannel alpha 1.0.0 - -\nend\n`,
    ],
    share: 0.5,
    files: {'dev/urandom': 'x'.repeat(64)},
    writes: ['run/leanos', 'var/lib/leanos/update'],
    first: UPDATES,
    each: 'fresh; cp "$in" "$UPDATE/believed"; read_trust; spread_keys; keep_trust',
  },
  dhcp: {
    seeds: [
      'ip=10.0.0.5\nsubnet=255.255.240.0\nrouter=10.0.0.1 10.0.0.2\ndns=10.0.0.53 10.0.0.54\nsearch=example.org a.b\ndomain=example.org\nmtu=1400\n',
      'ip=10.0.0.5\nmask=24\nstaticroutes=0.0.0.0/0 10.0.0.2 10.9.0.0/16 0.0.0.0\ndomain=$(>C)\nhostname=x\n',
    ],
    share: 1,
    files: CARDS,
    writes: ['run/leanos', 'etc/resolv.conf'],
    first: `ip() { case "$*" in *[!\\ -~]*) echo "ip: $*" >&2 ;; esac; }; udhcpc() { :; }; udhcpc6() { :; }; kill() { :; }
lease() { while IFS= read -r line; do case $line in ip=*[!0-9.]* | subnet=*[!0-9.]* | mask=*[!0-9]* | router=*[!0-9.\\ ]* | staticroutes=*[!0-9./\\ ]* | mtu=*[!0-9]*) continue ;; esac
case \${line%%=*} in ip | subnet | mask | router | dns | search | domain | mtu | staticroutes | hostname) export "$line" ;; esac; done <"$in"; }`,
    each: `interface=eth0; lease; set -- bound; . "$ROOT/usr/sbin/leanos-dhcpc"`,
  },
  sudo: {
    seeds: ['-n\n-u\nbob\n--\nA=1\nsh\n-c\n>C\n', '-i\n-u\nroot\necho\n$(>C)\n', '-s\n'],
    share: 1.2,
    complaint: ITS_OWN,
    first: `script=$(sed 's/^exec doas/doas/; s,/etc/passwd,$ROOT/etc/passwd,' "$ROOT/usr/bin/sudo"); doas() { :; }`,
    files: ACCOUNTS,
    each: `set --; while IFS= read -r line; do set -- "$@" "$line"; done <"$in"; eval "$script"`,
  },
  mounts: {
    seeds: [
      '#cloud-config\nmounts:\n- [vdb, /data, ext4, "defaults,nofail,x-a.b=1", "0", "2"]\n- ["server:/x", /net, nfs]\n- [swap, none, swap, sw, "0", "0"]\n- [//s/share, /srv/x, cifs, "user=a,_netdev"]\nmount_default_fields: [~, ~, auto, "defaults", "0", "2"]\n',
    ],
    share: 0.03,
    files: {...ACCOUNTS, ...CARDS},
    writes: ['etc/fstab', 'parts', 'done', 'run/leanos', 'mnt', 'data', 'net', 'srv'],
    first: `${CLOUD_CONFIG} mkdir() { :; }; wait_for_network() { :; }`,
    each: 'rm -f "$ROOT/etc/fstab"; cp "$in" "$parts/001.config"; open_configs; do_mounts; mount_remote',
  },
  configure: {
    seeds: [CONFIG, CONFIG_JSON, CONFIG_LISTS],
    share: 0.02,
    files: {...ACCOUNTS, ...CARDS},
    writes: [
      'etc',
      'home',
      'srv',
      'data',
      'net',
      'x',
      'var',
      'parts',
      'run/leanos',
      'done',
      'proc/sys/kernel/hostname',
    ],
    first: `${CLOUD_CONFIG} run_program() { :; }; wait_for_network() { :; }; http_get() { return 4; }; timeout() { return 1; }; sh() { :; }
cp -a "$ROOT/etc" "$ROOT/fuzz/etc"; fresh() { rm -rf "$ROOT/etc" "$ROOT/home" "$ROOT/srv" "$ROOT/var/lib/leanos/sem"; cp -a "$ROOT/fuzz/etc" "$ROOT/etc"; }`,
    each: 'fresh; cp "$in" "$parts/001.config"; open_configs; configure; configure_late; finish_config',
  },
};
