import {expect, test} from 'vitest';
import type {FakeMachine} from '../support/ash.ts';
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
