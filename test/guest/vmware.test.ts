import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {readByCloudInit, type Read} from '../support/cloud-init-media.ts';
import {cloudInitFacts, factOf} from '../support/cloud-init-network.ts';
import {LIBRARIES, networkMachine} from '../support/network-machine.ts';

const CARDS = {eth0: '00:50:56:00:00:01'};
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const zipped = (text: string): string => gzipSync(text).toString('base64');

/** A machine of VMware whose hypervisor is a program that answers as leanos-guestinfo does. */
async function vmware(variables: Readonly<Record<string, string>>, program?: string): Promise<FakeMachine> {
  const machine = await fakeMachine();
  machine.write('sys/class/dmi/id/product_name', 'VMware20,1\n');
  machine.write('sys/class/dmi/id/product_uuid', '4215ABCD-0000-4000-8000-00000000000A\n');
  mkdirSync(join(machine.root, 'settings'));
  for (const [name, value] of Object.entries(variables))
    writeFileSync(join(machine.root, 'settings', name), value);
  machine.write(
    'bin/leanos-guestinfo',
    `#!/bin/sh\n${program ?? 'f="$ROOT/settings/${1#info-get }"; [ -f "$f" ] || exit 1; exec /bin/cat "$f"'}\n`,
    0o755,
  );
  return machine;
}

async function fetched(
  machine: FakeMachine,
  name: string,
): Promise<{status: number; found: Record<string, string>; console: string}> {
  const {status, stderr} = await machine.run(
    `PATH=$ROOT/bin; timeout 60 sh "$ROOT/usr/lib/leanos/datasource/${name}" fetch "$ROOT/found"`,
  );
  expect(stderr).toBe('');
  const names = readdirSync(join(machine.root, 'found'));
  const found = Object.fromEntries(names.map((file) => [file, machine.read(`found/${file}`)]));
  return {status, found, console: machine.read('dev/console')};
}

/** That all of what the datasource left is what cloud-init makes of the same. */
async function expectAs(found: Readonly<Record<string, string>>, known: Read): Promise<void> {
  expect(found['local-hostname'] ?? null).toBe(known.hostname === null ? null : `${known.hostname}\n`);
  expect((found['public-keys'] ?? '').split('\n').slice(0, -1)).toEqual(known.keys);
  expect(found['user-data']?.trimEnd()).toBe(known.userData?.trimEnd());
  if (known.network === null) return expect(found['network-config']).toBeUndefined();
  const machine = await networkMachine({'network-config': found['network-config'] ?? ''}, CARDS);
  const steps = machine.ash(`${LIBRARIES} plan_network`).stdout.split('\n');
  const {facts} = cloudInitFacts([['network-config', JSON.stringify(known.network)]], CARDS);
  expect([...new Set(steps.flatMap(factOf))].sort()).toEqual(facts[0]);
}

const NETWORK = `version: 2
ethernets:
  nic0:
    match: {macaddress: "00:50:56:00:00:01"}
    set-name: eth0
    dhcp4: false
    addresses: [10.0.2.15/24, "fd00::5/64"]
    routes:
    - {to: 0.0.0.0/0, via: 10.0.2.2}
    nameservers: {addresses: [10.0.2.3], search: ["example.org"]}
    mtu: 1400
    ipv6-address-generation: "a \\\\ \\" \\t b"
`;
const KEYS = 'public-keys:\n- ssh-ed25519 AAAA a\n- ssh-rsa BBBB b\n';
const indented = NETWORK.replaceAll(/^/gm, '  ').trimEnd();

describe('VMware’s guestinfo', () => {
  test.each<[string, Record<string, string>]>([
    [
      'as YAML, the network below it',
      {
        'guestinfo.metadata': `instance-id: i-1\nlocal-hostname: web\n${KEYS}colour: red\nnetwork:\n${indented}\n`,
        'guestinfo.userdata': '#cloud-config\n{}\n',
        'guestinfo.vendordata': '#!/bin/sh\n',
      },
    ],
    [
      'all in gzip below base64, the network too',
      {
        'guestinfo.metadata': zipped(
          `{"instance-id": "i-1", "local-hostname": "web", "network": "${zipped(NETWORK)}", "network.encoding": "gz+b64"}`,
        ),
        'guestinfo.metadata.encoding': 'gzip+base64',
        'guestinfo.userdata': zipped('#!/bin/sh\necho "hi"\n'),
        'guestinfo.userdata.encoding': 'gzip+base64',
      },
    ],
    [
      'in base64, the network as it is on a disk',
      {
        'guestinfo.metadata': base64(
          `{"local-hostname": "we\\"b\\\\", "network": {"network": ${JSON.stringify({version: 1, config: [{type: 'physical', name: 'eth0', subnets: [{type: 'dhcp'}]}]})}}}`,
        ),
        'guestinfo.metadata.encoding': 'base64',
        'guestinfo.userdata': base64('x'.repeat(100_000)),
        'guestinfo.userdata.encoding': 'b64',
      },
    ],
    ['with metadata alone', {'guestinfo.metadata': 'local-hostname: web\n'}],
    [
      'of which something was taken away',
      {
        'guestinfo.metadata': 'local-hostname: web\n',
        'guestinfo.userdata': '---',
        'guestinfo.vendordata': ' \n',
      },
    ],
  ])('%s, is read as cloud-init reads it', async (_, variables) => {
    const machine = await vmware(variables);
    const {status, found, console} = await fetched(machine, 'vmware');
    expect({status, console}).toEqual({status: 0, console: ''});
    const known = readByCloudInit({kind: 'vmware', variables});
    await expectAs(found, known);
    expect(found['vendor-data']?.trimEnd()).toBe(known.vendorData?.trimEnd());
    expect(Object.keys(found).filter((name) => name.endsWith('.list'))).toEqual([]);
  });

  test('is taken away where its metadata says so, once it is applied', async () => {
    const variables = {
      'guestinfo.metadata': 'instance-id: i-1\nredact: [userdata, vendordata, "$(touch ran)"]\n',
      'guestinfo.userdata': 'hush\n',
    };
    const machine = await vmware(
      variables,
      'echo "$1" >>"$ROOT/asked"; case $1 in info-set*) exit ;; esac; f="$ROOT/settings/${1#info-get }"; [ -f "$f" ] || exit 1; exec /bin/cat "$f"',
    );
    const {found} = await fetched(machine, 'vmware');
    expect(found['report']).toBe('userdata\nvendordata\n');
    expect(machine.read('asked')).not.toContain('info-set');
    machine.ash('PATH=$ROOT/bin; sh "$ROOT/usr/lib/leanos/datasource/vmware" report "$ROOT/found"');
    expect(
      machine
        .read('asked')
        .split('\n')
        .filter((line) => line.startsWith('info-set')),
    ).toEqual([
      'info-set guestinfo.userdata ---',
      'info-set guestinfo.userdata.encoding  ',
      'info-set guestinfo.vendordata ---',
      'info-set guestinfo.vendordata.encoding  ',
    ]);
  });

  test('has the machine’s UUID as the instance where it says none', async () => {
    const {found} = await fetched(await vmware({'guestinfo.userdata': '#!/bin/sh\n'}), 'vmware');
    expect(found).toEqual({
      'user-data': '#!/bin/sh\n',
      'instance-id': '4215abcd-0000-4000-8000-00000000000a\n',
    });
  });

  test.each([
    [
      'what is not base64',
      {'guestinfo.userdata': '$(touch ran)', 'guestinfo.userdata.encoding': 'base64'},
      'user-data is not base64',
    ],
    [
      'what is not gzip',
      {'guestinfo.userdata': base64('x'), 'guestinfo.userdata.encoding': 'gzip+base64'},
      'user-data is not gzip+base64',
    ],
    [
      'metadata that is none',
      {'guestinfo.metadata': 'hello\n', 'guestinfo.userdata': 'x\n'},
      'metadata.list: line 1: KEY: VALUE is needed',
    ],
  ])('with %s says so', async (_, variables, complaint) => {
    const {console} = await fetched(await vmware(variables), 'vmware');
    expect(console).toContain(`warning: vmware: ${complaint}`);
  });

  test.each([
    ['says nothing', 'exit 1', ''],
    [
      'does not answer',
      'exit 3',
      'warning: vmware: the hypervisor does not answer to guestinfo, though the firmware says VMware\n',
    ],
    [
      'is none',
      'kill -SEGV $$',
      'warning: vmware: the hypervisor does not answer to guestinfo, though the firmware says VMware\n',
    ],
    [
      'cannot be asked',
      'exit 127',
      'warning: vmware: VMware’s settings cannot be asked for: this image has no leanos-guestinfo\n',
    ],
  ])('is not there where the hypervisor %s', async (_, program, said) => {
    const {status, found, console} = await fetched(await vmware({}, program), 'vmware');
    expect({status, found, console}).toEqual({status: 1, found: {}, console: said.replace('’', "'")});
  });
});

const environment = (
  properties: Readonly<Record<string, string>>,
): string => `<?xml version="1.0" encoding="UTF-8"?>
<!-- <Property oe:key="hostname" oe:value="no"/> -->
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
     xmlns:oe="http://schemas.dmtf.org/ovf/environment/1" xmlns:ve="http://www.vmware.com/schema/ovfenv" oe:id="" ve:vCenterId="vm-12">
   <PlatformSection><Kind>VMware ESXi</Kind><Version>8.0.2</Version></PlatformSection>
   <PropertySection>
${Object.entries(properties)
  .map(([key, value]) => `         <Property oe:key="${key}" oe:value="${value}"/>\n`)
  .join('')}   </PropertySection>
   <Entity oe:id="other"><PropertySection><Property oe:key="hostname" oe:value="other"/></PropertySection></Entity>
</Environment>
`;

test('a hypervisor that does not answer is told of by one datasource', async () => {
  const {status, console} = await fetched(await vmware({}, 'exit 3'), 'ovf');
  expect({status, console}).toEqual({status: 1, console: ''});
});

describe('an OVF environment', () => {
  const FULL = environment({
    'instance-id': 'i-ovf',
    hostname: 'web&lt;1&gt;',
    'public-keys': 'ssh-ed25519 AAAA a &amp; b',
    password: 'pass &quot;word&quot; \\ &#x20AC;',
    'user-data': base64('#!/bin/sh\necho hi\n'),
    'network-config': base64(`network:\n${indented}\n`),
    seedfrom: '',
  });

  test.each<[string, (machine: FakeMachine) => void]>([
    ['in a folder', (machine) => machine.write('var/lib/cloud/seed/ovf/ovf-env.xml', FULL)],
    ['of the hypervisor', (machine) => machine.write('settings/guestinfo.ovfEnv', FULL)],
  ])('%s is read as cloud-init reads it', async (_, give) => {
    const machine = await vmware({});
    give(machine);
    const {status, found, console} = await fetched(machine, 'ovf');
    expect({status, console}).toEqual({status: 0, console: ''});
    const known = readByCloudInit({kind: 'ovf', document: FULL});
    await expectAs(found, known);
    expect(found['instance-id']).toBe('i-ovf\n');
    const {stdout} = machine.ash(
      '. "$ROOT/usr/lib/leanos/system.sh"; flatten -f "$ROOT/usr/lib/leanos/print.awk" "$ROOT/found/vendor-data"',
    );
    expect(stdout).toContain(`password\t${known.password}`.replaceAll('\\', '\\\\'));
  });

  test('has user-data as it stands, too', async () => {
    const machine = await vmware({});
    machine.write('var/lib/cloud/seed/ovf/ovf_env.xml', environment({'user-data': '#!/bin/sh&#10;echo hi'}));
    const {found} = await fetched(machine, 'ovf');
    expect(found).toEqual({'user-data': '#!/bin/sh\necho hi\n', 'instance-id': 'iid-dsovf\n'});
  });

  test.each([
    ['nothing', 'x', '1: this is no XML'],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '1: a document type is not read'],
    ['elements without an end', '<a>\n'.repeat(20), '21: the document ends too early'],
    ['elements in each other', '<a>'.repeat(5000), '1: more than 32 elements in each other'],
    ['another end', '<a>\n</b>', '2: </b> ends nothing'],
    ['an attribute without an end', '<a b="c', '1: an attribute does not end'],
    [
      'too many attributes in all',
      `<a>${`<b${Array.from({length: 60}, (_, n) => ` c${n}=""`).join('')}/>`.repeat(100)}</a>`,
      '1: more than 4096 attributes',
    ],
    ['too long a path', `<${'a'.repeat(250)}>`.repeat(5), '1: too long a path of names'],
    ['too many attributes', `<a${' b="c"'.repeat(100)}/>`, '1: <a does not end'],
  ])('of %s is none, and says why', async (_, text, complaint) => {
    const machine = await vmware({});
    machine.write('var/lib/cloud/seed/ovf/ovf-env.xml', text);
    const {status, console} = await fetched(machine, 'ovf');
    expect(status).toBe(1);
    expect(console).toContain(`warning: ovf: ovf-env.xml: ${complaint}`);
  });
});

test('XML is read with all that may be in it', async () => {
  const machine = await fakeMachine();
  machine.write(
    'in',
    `\n<?xml version="1.0"?><!-- a < b --><n:a x = 'y > z' n:k="&lt;&#65;&#x42;&unknown;&amp;lt;">t<b/>u<![CDATA[<c>&amp;]]> &gt; v<d\n>w</d\n></n:a>\n`,
  );
  machine.write(
    'print.awk',
    'function emit(path, value) { print path "=" value }\nfunction finish() { print "end" }\n',
  );
  const {stdout, stderr} = machine.ash(
    'awk -f "$ROOT/usr/lib/leanos/xml.awk" -f "$ROOT/print.awk" "$ROOT/in"',
  );
  expect({stdout, stderr}).toEqual({
    stdout: 'a@x=y > z\na@k=<AB&unknown;&lt;\na/d=w\na=tu<c>&amp; > v\nend\n',
    stderr: '',
  });
});
