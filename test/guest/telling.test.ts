import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';
import {CHECKOUT} from '../support/built-image.ts';

const ROOTFS = join(CHECKOUT, 'init-scripts/rootfs/usr');
const DATA = 'run/leanos/datasource/data';
const EVIL = '\x1b]0;owned\x07\x1b[2Jred\x9b31m\r\x00\x08';

/** What an operator sees: the console, what leanos-status shows root, and what programs print. */
function seen(machine: FakeMachine, printed: {stdout: string; stderr: string}): string {
  const read = (path: string): string =>
    machine.has(path) ? readFileSync(join(machine.root, path), 'latin1') : '';
  return read('dev/console') + read('run/leanos/notes') + printed.stdout + printed.stderr;
}

const USERDATA = 'sh "$ROOT/usr/sbin/leanos-userdata"';
const APPLY =
  'for l in system network platform accounts network-config apply; do . "$ROOT/usr/lib/leanos/$l.sh"; done; load_config;' +
  'chown() { :; }; ip() { echo "$*: no such thing" >&2; return 1; }; restart_ssh() { :; }; make_home leanos; apply_login; apply_datasource';

/** A machine with accounts, an instance-id, and these files beside. */
async function machineWith(files: Readonly<Record<string, string | Buffer>>): Promise<FakeMachine> {
  const machine = await fakeMachine();
  const standard = {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nleanos:x:1000:1000::/home/leanos:/bin/sh\n',
    'etc/group': 'leanos:x:1000:\n',
    'etc/shadow': 'root:!*:0::::::\nleanos:*:0::::::\n',
    'etc/os-release': 'VERSION_ID=1\nIMAGE_ID=test\n',
    'proc/uptime': '1.0 1.0\n',
    'proc/meminfo': 'MemTotal: 100000 kB\n',
    'proc/sys/kernel/hostname': 'web\n',
    'run/leanos/datasource/dsname': 'nocloud\n',
    [`${DATA}/instance-id`]: 'i-1\n',
  };
  for (const [path, text] of Object.entries({...standard, ...files})) machine.write(path, text);
  return machine;
}

const config = (text: string): Record<string, string> => ({
  [`${DATA}/user-data`]: `#cloud-config\n${text}\n`,
});
const quoted = JSON.stringify(EVIL);

describe('a terminal obeys nothing of what comes from outside', () => {
  test.each<[string, Record<string, string | Buffer>, string, RegExp]>([
    ['a host name', {[`${DATA}/local-hostname`]: `${EVIL}\n`}, APPLY, /not a host name/],
    ['a path of a file', {[`${DATA}/files`]: `${EVIL}\t/content/1\n`}, APPLY, /not a path/],
    [
      'an instance-id',
      {[`${DATA}/instance-id`]: `i-2${EVIL}\n`, 'var/lib/leanos/instance-id': `i-1${EVIL}\n`},
      APPLY,
      /this disk was instance i-1/,
    ],
    [
      'a network configuration',
      {[`${DATA}/network-config`]: `version: 2\nethernets: [${EVIL}]`},
      APPLY,
      /network/,
    ],
    [
      'an address of a network',
      {
        [`${DATA}/network-config`]: `{"version": 1, "config": [{"type": "physical", "name": "eth0", "mtu": ${quoted}, "subnets": [{"type": "static", "address": ${quoted}}]}]}`,
      },
      APPLY,
      /network/,
    ],
    ['user-data that is nothing', {[`${DATA}/user-data`]: `#${EVIL}\n`}, USERDATA, /not understood/],
    [
      'a MIME type and an encoding',
      {
        [`${DATA}/user-data`]: `Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: text/${EVIL}\nContent-Transfer-Encoding: ${EVIL}\n\nx\n--X--\n`,
      },
      USERDATA,
      /MIME|not understood/,
    ],
    [
      'an address to include',
      {[`${DATA}/user-data`]: `#include\nhttp://127.0.0.1:9/${EVIL}\n`},
      USERDATA,
      /no answer/,
    ],
    ['a key', config(`${quoted}: 1`), USERDATA, /passed over/],
    ['a name of a user', config(`users: [{name: ${quoted}}]`), USERDATA, /not a name/],
    ['a key of a user', config(`users: [{name: bob, ${quoted}: 1}]`), USERDATA, /passed over/],
    ['a path to write to', config(`write_files: [{path: ${quoted}}]`), USERDATA, /not a path/],
    ['an encoding', config(`write_files: [{path: /x, encoding: ${quoted}}]`), USERDATA, /content is not/],
    ['a source of keys', config(`users: [{name: bob, ssh_import_id: [${quoted}]}]`), USERDATA, /not gh:NAME/],
    ['a zone', config(`timezone: ${quoted}`), USERDATA, /timezone/],
    ['a mount', config(`mounts: [[${quoted}, /mnt]]`), USERDATA, /mounts/],
    ['a final message', config(`final_message: ${quoted}`), USERDATA, /red/],
    ['a mode of power', config(`power_state: {mode: ${quoted}}`), USERDATA, /power_state/],
    ['a document that is wrong', config(`a: [${EVIL}`), USERDATA, /nothing of it is done/],
    [
      'the status page',
      {
        'sys/class/dmi/id/sys_vendor': EVIL,
        [`${DATA}/launch-index`]: EVIL,
        [`${DATA}/availability-zone`]: EVIL,
      },
      'ip() { :; }; sh "$ROOT/usr/sbin/leanos-status"',
      /Platform: .*red/,
    ],
  ])('%s', async (_, files, script, said) => {
    const machine = await machineWith(files);
    const text = seen(machine, machine.ash(script));
    expect(text).toMatch(said);
    expect(text).toMatch(/^[\n -~]*$/);
  });

  test('what is said is short, however long what it quotes is', async () => {
    const machine = await machineWith(config(`${'k'.repeat(5000)}: 1`));
    machine.ash(USERDATA);
    expect(machine.read('run/leanos/notes').length).toBeLessThan(300);
  });
});

describe('a secret is never said', () => {
  const SECRET = 'hunter2-hunter2';

  test.each([
    ['a line without a user', `chpasswd: {list: "${SECRET}"}`],
    ['a line of an unknown user', `chpasswd: {list: ["somebody:${SECRET}"]}`],
    ['a password of an unknown user', `chpasswd: {users: [{name: somebody, password: ${SECRET}}]}`],
    ['a hash that is none', `users: [{name: bob, lock_passwd: false, passwd: "${SECRET}:x"}]`],
    ['options of a mount', `mounts: [[//server/share, /m n, cifs, "password=${SECRET}"]]`],
    ['an address with a password', `phone_home: {url: "http://me:${SECRET}@127.0.0.1:9/", tries: 1}`],
    ['an address with a token', `phone_home: {url: "http://127.0.0.1:9/?token=${SECRET}", tries: 1}`],
    ['content that cannot be decoded', `write_files: [{path: /x, encoding: b64, content: "${SECRET}!"}]`],
  ])('%s', async (_, text) => {
    const machine = await machineWith(config(text));
    const printed = seen(machine, machine.ash(USERDATA));
    expect(printed).toContain('cloud-config');
    expect(printed).not.toContain('hunter2');
  });

  test.each([
    ['user-data that is a secret', `${SECRET}\n`],
    ['an address to include', `#include\nhttp://me:${SECRET}@127.0.0.1:9/x?token=${SECRET}\n`],
  ])('%s', async (_, text) => {
    const machine = await machineWith({[`${DATA}/user-data`]: text});
    const printed = seen(machine, machine.ash(USERDATA));
    expect(printed).toContain('user-data: ');
    expect(printed).not.toContain('hunter2');
  });

  test('what was passed over is for root alone', async () => {
    const machine = await machineWith(config('colour: red'));
    machine.ash(USERDATA);
    expect((statSync(join(machine.root, 'run/leanos/notes')).mode & 0o777).toString(8)).toBe('600');
  });
});

/** Scripts that write to the console by themselves, and why that is nothing from outside. */
const WRITERS: Readonly<Record<string, string>> = {
  'lib/leanos/system.sh': 'say',
  'lib/leanos/boot': 'the output of the programs that boot starts',
  'lib/leanos/settle': 'the status page, which is made plain, and rc.local, which is root’s',
  'sbin/leanos-userdata': 'what user-data’s scripts print, which are root’s',
  'sbin/leanos-dhcpc': 'an address that udhcpc has written from its four bytes',
};

test('nothing but say writes to the console', () => {
  const writers = readdirSync(ROOTFS, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, 'utf8').includes('dev/console'))
    .map((path) => path.slice(ROOTFS.length + 1));
  expect(writers.sort()).toEqual(Object.keys(WRITERS).sort());
});
