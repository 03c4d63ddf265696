import {readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {expect, test} from 'vitest';
import {runtimeTemplate} from '../../src/formats/container-runtime.ts';
import {CHECKOUT} from '../support/built-image.ts';
import {configuredBy, LIBRARIES as CLOUD_CONFIG} from '../support/cloud-config.ts';
import {MAC} from '../support/clouds.ts';
import {CARDS, LIBRARIES as NETWORK} from '../support/network-machine.ts';

const scripts = (part: string): string => join(CHECKOUT, 'init-scripts', part, 'usr/lib/leanos');
// Shell text that reads $in, with $l for the folder of the scripts, $s and $c for those of services and containers.
const FLATTEN = '. "$l/system.sh"; flatten -f "$l/print.awk" "$in"';
const FACTS =
  '. "$l/system.sh"; flatten -v dir="$ROOT/out" -v table="$l/understood/meta-data" -f "$l/understood.awk" -f "$l/facts.awk" "$in"';
const MIME = 'awk -v dir="$ROOT/out" -f "$l/mime.awk" "$in"';
const QUOTED = 'awk -f "$l/quoted-printable.awk" "$in"';
const TABLE = '-v table="$l/understood/cloud-config" -f "$l/understood.awk"';
const SIFT = `awk ${TABLE} -f "$l/sift.awk" "$in"`;
const MERGE = `awk -v vendors=1 ${TABLE} -f "$l/cloud-config/tree.awk" -f "$l/cloud-config/merge.awk" "$in" "$in"`;
const planned = (file: string): string =>
  `${NETWORK} mkdir -p "$data"; cp "$in" "$data/${file}"; plan_network`;
const KEYS = `. "$l/system.sh"; . "$l/accounts.sh"; only_keys '' keys <"$in"`;
const UPDATES =
  'for n in system update-state flat update; do . "$l/$n.sh"; done; flat=$ROOT/flat; refuse() { :; }; has_key() { :; };';
const LABEL = '. "$l/label.sh"; read_label "$in"';
const LEASE =
  'ip() { :; }; interface=eth0 ip=10.0.0.5 dns=$(cat "$in") search=$dns; set -- bound; . "$ROOT/usr/sbin/leanos-dhcpc"';
/** What a cloud's document says, with the words that a datasource tells it. */
const cloud = (name: string): string =>
  `. "$l/system.sh"; flatten -v MOST_BYTES=9999999 -v dir="$ROOT/out" -v login=x -v now=1 -v mac=${MAC} -v own=' ' -f "$l/clouds/cloud.awk" -f "$l/clouds/${name}.awk" "$in"`;
const flattened = (...files: readonly string[]): string =>
  `. "$l/system.sh"; flatten -v dir="$ROOT/out" ${files.map((file) => `-f "$l/${file}.awk"`).join(' ')} "$in"`;
const xml = (...files: readonly string[]): string =>
  `awk -v dir="$ROOT/out" -f "$l/xml.awk" ${files.map((file) => `-f "$l/${file}.awk"`).join(' ')} "$in"`;
const CONTEXT =
  'awk -v dir="$ROOT/out" -f "$l/context.awk" -f "$l/network/address.awk" -f "$l/opennebula.awk" "$in"';
const FILL = `awk -F '\t' -f "$s/fill.awk" "$in" "$in"`;
const CONTAINER = `awk -F '\t' -v name=x -v volumes=/v -v volume_list="$ROOT/out/v" -f "$c/container-config.awk" "$in" "$in" "$ROOT/container.json"`;
const CONFIGURE = `${CLOUD_CONFIG} flat=$in;`;
const SMALL = 30_000;
/** Where what grows are texts that are put together, which are copied quickly. */
const LARGE = 120_000;
const GROWTH = 4;

const upTo = (text: string, bytes: number): string => text.repeat(Math.ceil(bytes / text.length));

/** What once took a parser time as the square of its size, or could. */
const HARD: readonly [name: string, parser: string, make: (bytes: number) => string, bytes?: number][] = [
  ['empty lines in a block', FLATTEN, (bytes) => `a: |\n  x\n${upTo('\n', bytes)}  y\n`],
  ['a folded block', FLATTEN, (bytes) => `a: >\n${upTo('  x\n', bytes)}`],
  ['quoted text over lines', FLATTEN, (bytes) => `a: "${upTo('x\n', bytes)}"\n`],
  ['escapes in JSON', FLATTEN, (bytes) => `{"a": "${upTo('\\n', bytes)}"}\n`],
  ['plain text over lines', FLATTEN, (bytes) => `a: x\n${upTo('  x\n', bytes)}`],
  ['plain text in flow style', FLATTEN, (bytes) => `a: [x\n${upTo(' x\n', bytes)}]\n`],
  ['white space inside of text', FLATTEN, (bytes) => `a: x${' '.repeat(bytes)}y\n`],
  ['signs of anchors', FLATTEN, (bytes) => `a: ${upTo('& ', bytes)}\n`],
  ['equal keys', FLATTEN, (bytes) => upTo('k: value\n', bytes / 4)],
  ['keys', FACTS, (bytes) => `public-keys:\n${upTo('- ssh-rsa A\n', bytes / 4)}`],
  [
    'lines of a part',
    MIME,
    (bytes) => `Content-Type: multipart/mixed; boundary=b\n\n--b\n\n${upTo('x\n', bytes)}--b--\n`,
  ],
  ['a header over lines', MIME, (bytes) => `X: a\n${upTo(' x\n', bytes)}\n\nx\n`],
  ['quoted-printable escapes', QUOTED, (bytes) => `${upTo('=41', bytes)}\n`],
  ['unknown keys', SIFT, (bytes) => counted(bytes, (n) => `key${n}\tx\n`)],
  ['items of a list', SIFT, (bytes) => counted(bytes, (n) => `write_files/${n}/path\t/x\n`)],
  ['items that are merged', MERGE, (bytes) => counted(bytes, (n) => `users/${n}/name\tx\n`)],
  ['keys that are merged', MERGE, (bytes) => counted(bytes, (n) => `key${n}\tx\n`)],
  [
    'addresses',
    planned('network-config'),
    (bytes) =>
      `version: 2\nethernets:\n  eth0:\n    addresses:\n${counted(bytes, (n) => `    - 10.${n >> 8}.${n & 255}.5/24\n`)}`,
    20_000,
  ],
  [
    'cards',
    planned('network-config'),
    (bytes) =>
      `version: 1\nconfig:\n${counted(bytes, (n) => `- {type: physical, name: e${n}, mtu: 1500}\n`)}`,
    8000,
  ],
  [
    'links of OpenStack',
    planned('network_data.json'),
    (bytes) => `{"links": [${counted(bytes, (n) => `{"id": "l${n}", "type": "phy"},`)}{"id": "x"}]}`,
    8000,
  ],
  [
    'interfaces',
    planned('network-interfaces'),
    (bytes) => counted(bytes, (n) => `iface e${n} inet dhcp\n`),
    8000,
  ],
  ['lines of keys', KEYS, (bytes) => upTo('no-pty,command="a \\" b" ssh-rsa AAAA me\n', bytes)],
  ['options of a key', KEYS, (bytes) => `${upTo('no-pty,', bytes)}no-pty ssh-rsa AAAA\n`, 1000],
  [
    'artifacts of a manifest',
    `${UPDATES} cp "$in" "$flat"; artifact usr`,
    (bytes) => counted(bytes, (n) => `artifacts/${n}/kind\tdisk\n`),
  ],
  [
    'keys of a pointer',
    `${UPDATES} cp "$in" "$flat"; trusted=x; take_keys`,
    (bytes) => counted(bytes, (n) => `keys/${n}\tRW${'A'.repeat(54)}\n`),
  ],
  ['servers of a lease', LEASE, (bytes) => counted(bytes, (n) => `10.0.${n >> 8}.${n & 255} `), 1000],
  ['a disk', LABEL, (bytes) => upTo('\xebCD001 FAT12   cidata', bytes)],
  ['keys of Google, of a user', cloud('google'), (bytes) => sshKeys(bytes, () => 'bob'), LARGE],
  ['users of Google', cloud('google'), (bytes) => sshKeys(bytes, (n) => `u${n}`), 2000],
  [
    'keys of a cloud',
    cloud('digitalocean'),
    (bytes) => listed('public_keys', bytes, (n) => `"ssh-rsa A${n}"`),
    LARGE,
  ],
  [
    'keys of Scaleway',
    cloud('scaleway'),
    (bytes) => listed('tags', bytes, (n) => `"AUTHORIZED_KEY=ssh-rsa_A${n}"`),
    LARGE,
  ],
  [
    'keys of Oracle',
    cloud('oracle'),
    (bytes) => JSON.stringify({metadata: {ssh_authorized_keys: counted(bytes, (n) => `ssh-rsa A${n}\n`)}}),
    LARGE,
  ],
  [
    'keys of Azure',
    cloud('azure'),
    (bytes) => `{"compute": ${listed('publicKeys', bytes, (n) => `{"keyData": "ssh-rsa A${n}\\r\\n"}`)}}`,
  ],
  ['a document of Hetzner', cloud('hetzner'), (bytes) => `network-config:\n${upTo('  a: b\n', bytes)}`],
  [
    'addresses of UpCloud',
    cloud('upcloud'),
    (bytes) =>
      `{"network": {"interfaces": [{"mac": "${MAC}", ${listed('ip_addresses', bytes, (n) => `{"address": "10.0.${n >> 8}.${n & 255}", "network": "10.0.0.0/8"}`).slice(1, -1)}}]}}`,
    LARGE,
  ],
  [
    'addresses of Vultr',
    cloud('vultr'),
    (bytes) =>
      `{"interfaces": [{"mac": "${MAC}", "ipv4": {${listed('additional', bytes, (n) => `{"address": "10.0.${n >> 8}.${n & 255}", "netmask": "255.0.0.0"}`).slice(1, -1)}}}]}`,
    LARGE,
  ],
  [
    'a provisioning disc',
    xml('clouds/cloud', 'clouds/ovf-env'),
    (bytes) =>
      `<Environment><ProvisioningSection><LinuxProvisioningConfigurationSet><HostName>x</HostName><SSH><PublicKeys>${upTo('<PublicKey><Value>ssh-rsa A</Value></PublicKey>', bytes)}</PublicKeys></SSH></LinuxProvisioningConfigurationSet></ProvisioningSection></Environment>`,
  ],
  [
    'a goal state',
    xml('clouds/goal-state'),
    (bytes) => `<GoalState>${upTo('<a b="c">&lt;</a>', bytes)}</GoalState>`,
  ],
  [
    'an OVF environment',
    xml('subtree', 'ovf'),
    (bytes) =>
      `<Environment><PropertySection>${counted(bytes, (n) => `<Property key="k${n}" value="v"/>`)}</PropertySection></Environment>`,
  ],
  [
    'one text of XML',
    xml('subtree', 'ovf'),
    (bytes) => `<a>${upTo('&amp;', bytes)}<![CDATA[${upTo(']]', bytes)}]]></a>`,
  ],
  ['variables of OpenNebula', CONTEXT, (bytes) => counted(bytes, (n) => `ETH${n}_IP='10.0.0.5'\n`)],
  [
    'routes of OpenNebula',
    CONTEXT,
    (bytes) =>
      `ETH0_IP=10.0.0.5\nETH0_ROUTES='${counted(bytes, (n) => `10.${n >> 8}.${n & 255}.0/24 via 10.0.0.1,`)}'\n`,
    LARGE,
  ],
  ['quotes of OpenNebula', CONTEXT, (bytes) => `A='${upTo(`x'"'"'`, bytes)}'\n${upTo(`B='x\n'\n`, bytes)}`],
  [
    'cards of SmartOS',
    flattened('network/address', 'smartos'),
    (bytes) =>
      listed('nics', bytes, (n) => `{"interface": "net${n}", "mac": "${MAC}", "ips": ["10.0.0.5/24"]}`),
    LARGE,
  ],
  [
    'a network of VMware',
    flattened('subtree', 'vmware'),
    (bytes) => `network:\n  version: 2\n  ethernets:\n${counted(bytes, (n) => `    e${n}: {dhcp4: true}\n`)}`,
  ],
  [
    'vendor_data',
    flattened('vendor-data'),
    (bytes) => `[${counted(bytes, (n) => `"--part${'-'.repeat(n % 50)}",`)}"x"]`,
  ],
  ['an archive', flattened('archive'), (bytes) => counted(bytes, () => '- {type: text/plain, content: x}\n')],
  ['what user-data is', 'awk -f "$l/kind.awk" "$in"', (bytes) => upTo('a: b\n', bytes)],
  ['words of a template', FILL, (bytes) => upTo('{{ hostname }}', bytes), LARGE],
  [
    'variables of a container',
    CONTAINER,
    (bytes) => counted(bytes, (n) => `config/Env/${n}\tA${n}=b\n`),
    LARGE,
  ],
  [
    'volumes of a container',
    CONTAINER,
    (bytes) => `config/Cmd/0\tx\n${counted(bytes, (n) => `config/Volumes/%2Fv${n}\t{}\n`)}`,
    LARGE,
  ],
  ['an argument of a container', CONTAINER, (bytes) => `config/Cmd/0\t${upTo('\u0001"', bytes)}\n`, LARGE],
  [
    'write_files',
    `${CONFIGURE} do_write_files`,
    (bytes) => counted(bytes, (n) => `write_files/${n}/path\t/srv/${n}\nwrite_files/${n}/content\tx\n`),
    1500,
  ],
  [
    'commands',
    `${CONFIGURE} commands_of runcmd`,
    (bytes) => counted(bytes, (n) => `runcmd/${n}/0\techo\nruncmd/${n}/1\ta'b\n`),
  ],
];

/** A JSON map with one list. */
function listed(key: string, bytes: number, item: (n: number) => string): string {
  return `{"${key}": [${counted(bytes, (n) => `${n === 0 ? '' : ','}${item(n)}`)}]}`;
}

function sshKeys(bytes: number, user: (n: number) => string): string {
  const keys = counted(bytes, (n) => `${user(n)}:ssh-ed25519 A${n}\n`);
  return JSON.stringify({instance: {id: 1, attributes: {'ssh-keys': keys}}});
}

function counted(bytes: number, text: (n: number) => string): string {
  let result = '';
  for (let n = 0; result.length < bytes; n += 1) result += text(n);
  return result;
}

/** The seconds that the children of a shell have taken of its processors, from the second line of `times`. */
function secondsOf(text: string): number {
  return [...text.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

test('the time of every parser grows as what it reads does', async () => {
  const machine = await configuredBy([], {
    files: Object.fromEntries(
      Object.entries(CARDS).flatMap(([card, mac]) => [
        [`sys/class/net/${card}/address`, `${mac}\n`],
        [`sys/class/net/${card}/device/x`, ''],
      ]),
    ),
  });
  machine.ash('mkdir "$ROOT/out"');
  machine.write('container.json', runtimeTemplate());
  const slow = HARD.flatMap(([name, parser, make, bytes = SMALL]) => {
    const seconds = [bytes, bytes * GROWTH].map((size) => {
      machine.write('document', make(size));
      const {stdout, status} = machine.ash(
        `l=$ROOT/usr/lib/leanos s=${scripts('services')} c=${scripts('containers')} in=$ROOT/document; ( ${parser} ) >"$ROOT/printed" 2>&1 </dev/null; times`,
      );
      expect([name, status]).toEqual([name, 0]);
      return secondsOf(stdout.split('\n')[1] ?? '');
    });
    const [small = 0, large = 0] = seconds;
    // As the square it would be 16 times as much.
    return large > small * GROWTH * 2 + 0.3 ? [{name, small, large}] : [];
  });
  expect(slow).toEqual([]);
});

test('every parser is one of those', () => {
  const called = ['system', 'network-config', 'cloud-config'].map((name) =>
    readFileSync(join(scripts('rootfs'), `${name}.sh`), 'utf8'),
  );
  const tried = [...HARD.map(([, parser]) => parser), ...called].join('\n');
  const names = ['rootfs', 'services', 'containers', 'xen', 'shared', 'packages'].flatMap((part) =>
    readdirSync(scripts(part), {recursive: true, encoding: 'utf8'}).filter((name) => name.endsWith('.awk')),
  );
  expect(names.length).toBeGreaterThan(30);
  expect(names.map((name) => basename(name)).filter((name) => !tried.includes(name))).toEqual([]);
});
