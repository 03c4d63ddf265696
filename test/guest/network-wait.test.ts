import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

const HEAD = 'Iface\tDestination\tGateway\n';
const WAY_OUT = `${HEAD}eth0\t00000000\t0202000A\n`;
const OWN_NETWORK = `${HEAD}eth0\t0002000A\t00000000\n`;

/** What a machine with these files says of a wait of at most a second, and how often it naps. */
async function waited(
  files: Readonly<Record<string, string>>,
  onNap = ':',
): Promise<{machine: FakeMachine; said: string; naps: number}> {
  const machine = await fakeMachine();
  for (const [path, text] of Object.entries({'proc/net/ipv6_route': '', ...files})) machine.write(path, text);
  const {stdout, stderr} = machine.ash(
    `. "$ROOT/usr/lib/leanos/system.sh"; load_config; NETWORK_DEADLINE=1; nap() { echo nap; ${onNap}; }; wait_for_network runcmd; wait_for_network scripts`,
  );
  expect(stderr).toBe('');
  return {machine, said: machine.read('dev/console'), naps: stdout.split('nap\n').length - 1};
}

const ASKING = {'run/udhcpc.eth0.pid': '1\n', 'run/leanos/drivers': ''};

describe('what needs the network', () => {
  test.each<[string, Record<string, string>]>([
    ['a default route', {...ASKING, 'proc/net/route': WAY_OUT}],
    [
      'a default route of IPv6',
      {
        ...ASKING,
        'proc/net/route': HEAD,
        'proc/net/ipv6_route': `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fe800000000000000000000000000002 00000400 00000001 00000000 00450003     eth0\n`,
      },
    ],
    ['a lease without a router', {...ASKING, 'run/leanos/lease.eth0': '', 'proc/net/route': OWN_NETWORK}],
    ['an address of its own', {'run/leanos/drivers': '', 'proc/net/route': OWN_NETWORK}],
    ['a kernel without networks', {}],
  ])('does not wait where there is %s', async (_, files) => {
    const {said, naps} = await waited(files);
    expect({said, naps}).toEqual({said: '', naps: 0});
  });

  test('waits while DHCP has not answered', async () => {
    const {said, naps} = await waited(
      {...ASKING, 'proc/net/route': HEAD},
      `printf 'Iface Destination\\neth0 00000000\\n' >"$ROOT/proc/net/route"`,
    );
    expect({said, naps}).toEqual({said: 'info: runcmd waits for the network, at most 1 seconds\n', naps: 1});
  });

  test('waits for drivers of cards', async () => {
    const machine = await fakeMachine();
    machine.write('proc/net/route', HEAD);
    machine.ash('rm "$ROOT/run/leanos/drivers"');
    const {stdout} = machine.ash(
      '. "$ROOT/usr/lib/leanos/system.sh"; load_config; nap() { echo nap; : >"$ROOT/run/leanos/drivers"; }; wait_for_network runcmd',
    );
    expect(stdout).toBe('nap\n');
  });

  test('goes on after the deadline, which is said, and once', async () => {
    const {machine, said, naps} = await waited({...ASKING, 'proc/net/route': HEAD});
    expect(naps).toBe(4);
    expect(said).toContain('warning: runcmd: there is no network after 1 seconds\n');
    expect(machine.read('run/leanos/notes')).toBe('warning: runcmd: there is no network after 1 seconds\n');
  });

  test('goes on at once where nobody asks, and says so', async () => {
    const {said, naps} = await waited({'run/leanos/drivers': '', 'proc/net/route': HEAD});
    expect({said, naps}).toEqual({said: 'info: runcmd goes on without a network: there is none\n', naps: 0});
  });
});

const RUN = 'sh "$ROOT/usr/sbin/leanos-userdata"';

/** The configuration of a machine whose DHCP never answers, with a mark for each wait. */
async function consoleOf(userData: string): Promise<string> {
  const machine = await fakeMachine();
  const standard = {
    ...ASKING,
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nleanos:x:1000:1000::/home/leanos:/bin/sh\n',
    'etc/group': 'leanos:x:1000:\n',
    'etc/shadow': 'leanos:*:0::::::\n',
    'etc/leanos-init/local': 'NETWORK_DEADLINE=0\n',
    'proc/net/route': HEAD,
    'proc/net/ipv6_route': '',
    'proc/uptime': '1.0 1.0\n',
    'run/leanos/datasource/data/instance-id': 'i-1\n',
    'run/leanos/datasource/data/user-data': userData,
  };
  for (const [path, text] of Object.entries(standard)) machine.write(path, text);
  machine.ash(RUN);
  return machine.read('dev/console');
}

test.each([
  ['a script', '#!/bin/sh\necho x\n'],
  ['runcmd', '#cloud-config\nruncmd: [echo x]\n'],
  ['an #include', '#include\nhttp://127.0.0.1:1/x\n'],
  ['phone_home', '#cloud-config\nphone_home: {url: "http://127.0.0.1:1/", tries: 1}\n'],
  ['ssh_import_id', '#cloud-config\nssh_import_id: [gh:x]\n'],
  ['a fetched file', '#cloud-config\nwrite_files: [{path: /x, content: a, source: {uri: "ftp://x"}}]\n'],
])('%s waits', async (_, userData) => {
  expect(await consoleOf(userData)).toContain('there is no network after 0 seconds');
});

test.each([
  ['a boot hook', '#cloud-boothook\n:\n'],
  ['bootcmd', '#cloud-config\nbootcmd: [":"]\n'],
  [
    'users and files',
    '#cloud-config\nhostname: web\nwrite_files: [{path: /x, content: a}]\nusers: [{name: bob, no_create_home: true}]\n',
  ],
])('%s does not', async (_, userData) => {
  expect(await consoleOf(userData)).not.toContain('network');
});
