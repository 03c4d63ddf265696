import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {addDaemon, LIBRARIES, networkMachine, RECORDED} from '../support/network-machine.ts';

const CLIENT = 'run/udhcpc.eth0.pid';
const CLIENT6 = 'run/udhcpc6.eth0.pid';
const SSH = 'run/dropbear.pid';

/** What is killed and started when this is run; naps take no time. */
function changes(machine: FakeMachine, script: string): string[] {
  const {stderr} = machine.ash(
    `${RECORDED} ${LIBRARIES} nap() { :; }; start_ssh() { echo ssh >>"$ROOT/changes"; }; SERVERS_ONLY=1; ${script}; wait`,
  );
  expect(stderr).toBe('');
  const lines = machine.read('changes').split('\n');
  return lines.filter((line) => /^(?:kill|ssh|udhcpc)/.test(line)).map((line) => line.split(' -i')[0] ?? '');
}

const STEPS: [string, string, string, string[]][] = [
  ['a DHCP client that is started', CLIENT, 'start_client eth0', ['udhcpc']],
  ['a DHCPv6 client that is started', CLIENT6, 'start_client6 eth0', ['udhcpc6']],
  ['a client that is asked for', CLIENT, 'ask_dhcp dhcp4 eth0 metric=1', ['udhcpc']],
  ['a client that is stopped', CLIENT, `end_process "$ROOT/${CLIENT}"`, []],
  ['a card that leanos-dhcpc stops', CLIENT, '. "$ROOT/usr/sbin/leanos-dhcpc" down eth0', []],
  ['a card that leanos-dhcpc starts', CLIENT, '. "$ROOT/usr/sbin/leanos-dhcpc" up eth0', ['udhcpc']],
  ['ssh that is restarted', SSH, 'restart_ssh', ['ssh']],
];

test.each(STEPS)('the number of one that died is nobody’s: %s', async (_, file, script, expected) => {
  const machine = await networkMachine({});
  machine.write(file, '4242\n');
  expect(changes(machine, script)).toEqual(expected);
});

test.each(STEPS)('a number that was given out again is another’s: %s', async (_, file, script, expected) => {
  const machine = await networkMachine({});
  machine.write(file, '4242\n');
  machine.write('proc/4242/cmdline', 'sshd\0-D\0');
  expect(changes(machine, script)).toEqual(expected);
});

test.each([
  [CLIENT, 'start_client eth0', []],
  [CLIENT6, 'start_client6 eth0', []],
  [CLIENT, `end_process "$ROOT/${CLIENT}"`, ['kill 4242']],
  [CLIENT, '. "$ROOT/usr/sbin/leanos-dhcpc" down eth0', ['kill 4242']],
  [SSH, 'restart_ssh', ['kill 4242', 'ssh']],
])('one that runs is found: %s, %s', async (file, script, expected) => {
  const machine = await networkMachine({});
  addDaemon(machine, file, 4242);
  expect(changes(machine, script)).toEqual(expected);
});

/** The words that dropbear is started with, and the files in its folder; $FAILS keeps dropbearkey from making a key. */
function startedSsh(machine: FakeMachine, before = ''): {words: string; files: string[]} {
  const {stdout, stderr, status} = machine.ash(
    `dropbear() { echo "$*" | sed "s,$ROOT,,g"; }; dropbearkey() { [ -n "\${FAILS:-}" ] || { echo key >"$4"; echo pub >"$4.pub"; }; }; . "$ROOT/usr/lib/leanos/system.sh"; load_config; ${before} start_ssh; ls "$ROOT/etc/dropbear"`,
  );
  expect({status, stderr}).toEqual({status: 0, stderr: ''});
  const [words = '', ...files] = stdout.trim().split('\n');
  return {words, files};
}

describe('the host keys of ssh', () => {
  const key = (kind: string): string => `etc/dropbear/dropbear_${kind}_host_key`;
  const named = (...kinds: string[]): string =>
    `${kinds.map((kind) => `-r /${key(kind)}`).join(' ')} -s -P /run/dropbear.pid`;

  test('are one of Ed25519, which the first start makes', async () => {
    const machine = await fakeMachine();
    const files = ['dropbear_ed25519_host_key'];
    expect(startedSsh(machine)).toEqual({words: named('ed25519'), files});
    machine.write(key('ed25519'), 'mine');
    expect(startedSsh(machine)).toEqual({words: named('ed25519'), files});
    expect(machine.read(key('ed25519'))).toBe('mine');
  });

  test('an empty one is none, and is made anew', async () => {
    const machine = await fakeMachine();
    machine.write(key('ed25519'), '');
    startedSsh(machine);
    expect(machine.read(key('ed25519'))).toBe('key\n');
  });

  test('RSA is offered where somebody has put such a key there, ECDSA never', async () => {
    const machine = await fakeMachine();
    for (const kind of ['rsa', 'ecdsa']) machine.write(key(kind), 'mine');
    expect(startedSsh(machine).words).toBe(named('ed25519', 'rsa'));
  });

  test('where none can be made ssh answers all the same, and tries again', async () => {
    expect(startedSsh(await fakeMachine(), 'FAILS=1;').words).toBe('-R -s -P /run/dropbear.pid');
  });
});
