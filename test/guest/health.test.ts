import {accessSync, constants, readdirSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {PAYLOAD_ENDS} from '../../src/config/payload.ts';
import {fakeMachine, ROOTFS} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';

/** What follows a service that has done its work. */
const ENDS = join(CHECKOUT, 'init-scripts/services/usr/lib/leanos');

const LIBRARIES = ['system', 'slots', 'update-state', 'health']
  .map((name) => `. "$ROOT/usr/lib/leanos/${name}.sh"`)
  .join('; ');

test.each<[string, string, number, string | undefined]>([
  ['on its usual port', '', 0, '127.0.0.1 22'],
  ['where the image has it', 'SSH_PORT=2222\n', 0, '127.0.0.1 2222'],
  ['nowhere, as the image has none', 'SSH_PORT=0\n', 0, undefined],
])('ssh answers %s', async (_where, config, status, asked) => {
  const machine = await fakeMachine();
  machine.write('etc/leanos-init/config', config);
  const answers = `nc() { echo "$3 $4" >"$ROOT/asked"; echo SSH-2.0-dropbear; };`;
  expect(machine.ash(`${LIBRARIES}; ${answers} load_config; ssh_answers`).status).toBe(status);
  expect(machine.has('asked') ? machine.read('asked').trim() : undefined).toBe(asked);
});

test('what else answers there is no ssh', async () => {
  const machine = await fakeMachine();
  expect(machine.ash(`${LIBRARIES}; nc() { echo HTTP/1.1; }; load_config; ssh_answers`).status).toBe(1);
});

test('a check that takes long does not make the time longer in which a system may become well', async () => {
  const machine = await fakeMachine();
  machine.write('proc/cmdline', 'leanos.slot=B\n');
  machine.write('run/leanos/root', '/dev/vda5\n');
  machine.write('var/lib/leanos/update/trial', 'B 5000.0.0\n');
  machine.write('var/lib/leanos/update/why', `${' '.repeat(200)}\n`);
  machine.write('proc/uptime', '50.25 1\n');
  // Each check takes 30 s.
  const stubs = `is_healthy() { echo asked; read -r up _ <"$ROOT/proc/uptime"; echo "$((\${up%.*} + 30)).5 1" >"$ROOT/proc/uptime"; why='it is ill'; return 1; }
note_fallback() { :; }; sleep() { :; }; reboot() { echo reboot; }`;
  const {stdout, stderr} = machine.ash(
    `${LIBRARIES}; . "$ROOT/usr/lib/leanos/platform.sh"; ${stubs}; judge_boot`,
  );
  expect({stdout, stderr}).toEqual({stdout: 'asked\nasked\nasked\nreboot\n', stderr: ''});
  expect(machine.read('var/lib/leanos/update/why').trim()).toBe('it is ill');
});

test.each<[string, number, string]>([
  ['that others keep busy for minutes is waited for', 4, 'opened\n'],
  [
    'that cannot be had is told of',
    9,
    'warning: update: the ESP cannot be had, so what the bootloader counts stays as it is\n',
  ],
])('an ESP %s', async (_what, failures, said) => {
  const machine = await fakeMachine();
  machine.write('left', `${'x'.repeat(failures)}\n`);
  const stubs = `partition() { :; }; sleep() { :; }; say() { echo "$1"; }
open_esp() { read -r left <"$ROOT/left"; echo "\${left#x}" >"$ROOT/left"; [ -z "$left" ]; }`;
  expect(machine.ash(`${LIBRARIES}; ${stubs}; hold_esp && echo opened`).stdout).toBe(said);
});

test.each<[string, string, string]>([
  ['of a slot gives it its tries back', 'leanos.slot=B\n', 'tries of B\n'],
  ['of what runs from RAM touches no disk', 'quiet\n', ''],
])('the end of a machine with its service, %s', async (_what, words, said) => {
  const machine = await fakeMachine();
  machine.write('proc/cmdline', words);
  rmSync(join(machine.root, 'usr/lib/leanos/judge.sh'));
  machine.write(
    'usr/lib/leanos/judge.sh',
    `. ${ROOTFS}/usr/lib/leanos/judge.sh; give_back_tries() { echo "tries of $slot"; }`,
  );
  // What ends the machine is the last word of the program's name.
  symlinkSync(join(ENDS, 'end-poweroff'), join(machine.root, 'end-echo'));
  const {status, stdout, stderr} = machine.ash('ash "$ROOT/end-echo"');
  expect({status, stdout, stderr}).toEqual({status: 0, stdout: `${said}\n`, stderr: ''});
});

test('each end that a service may bring about has its program', () => {
  const programs = readdirSync(ENDS).filter((name) => name.startsWith('end-'));
  for (const name of programs) accessSync(join(ENDS, name), constants.X_OK);
  expect(programs.map((name) => name.slice('end-'.length))).toEqual(
    PAYLOAD_ENDS.filter((end) => end !== 'restart').sort(),
  );
});
