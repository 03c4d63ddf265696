import {spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {gzipSync} from 'node:zlib';
import {describe, expect, test} from 'vitest';
import type {FakeMachine} from '../support/ash.ts';
import {CONFIGURE, configuredBy, LIBRARIES, mode, said} from '../support/cloud-config.ts';
import {MetadataServer} from '../../src/vm/metadata-server.ts';
import {schemaComplaints} from '../support/cloud-init-schema.ts';
import {randomFrom} from '../support/random.ts';

const base64 = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64');

/** What the guest did without a complaint. */
const accepted = new Set<string>();

async function configured(text: string, again = ''): Promise<FakeMachine> {
  const machine = await configuredBy([`#cloud-config\n${text}`], {again});
  if (!said(machine).includes('warning: cloud-config')) accepted.add(text);
  return machine;
}

/** A whole hash, of no password that anybody knows. */
const HASH = `$6$abcdefgh$${'aB./'.repeat(21)}zz`;
describe('hostname and fqdn', () => {
  test.each([
    ['hostname: web\n', 'web\n'],
    ['fqdn: web.example.org\n', 'web\n'],
    ['hostname: db\nfqdn: web.example.org\n', 'db\n'],
    ['hostname: web.example.org\n', 'web\n'],
  ])('%j', async (text, name) => {
    expect((await configured(text)).read('etc/hostname')).toBe(name);
  });

  test('a name that is none is said', async () => {
    const machine = await configured('hostname: "$(reboot)"\n');
    expect(machine.has('etc/hostname')).toBe(false);
    expect(said(machine)).toContain('hostname: not a name: $(reboot)');
  });

  test('the full name is in /etc/hosts', async () => {
    expect((await configured('fqdn: web.example.org\n')).read('etc/hosts')).toContain(
      '127.0.1.1 web.example.org web\n',
    );
  });
});

describe('users', () => {
  test('a user with everything', async () => {
    const machine = await configured(`users:
- default
- name: bob
  gecos: "Bob: the builder"
  shell: /bin/ash
  groups: [wheel, crew]
  sudo: ALL=(ALL) NOPASSWD:ALL
  lock_passwd: false
  passwd: ${HASH}
  ssh_authorized_keys: [ssh-ed25519 AAAA bob]
`);
    expect(machine.read('etc/passwd')).toContain('bob:x:1001:1001:Bob the builder:/home/bob:/bin/ash\n');
    expect(machine.read('etc/shadow')).toContain(`bob:${HASH}:0::::::\n`);
    expect(machine.read('etc/group')).toContain('wheel:x:10:leanos,bob\n');
    expect(machine.read('etc/group')).toMatch(/^crew:x:100\d:bob$/m);
    expect(machine.read('etc/doas.conf')).toContain('permit nopass bob\n');
    expect(machine.read('home/bob/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA bob\n');
    expect(mode(machine, 'etc/shadow')).toBe('600');
    expect(said(machine)).toBe('');
  });

  test('a password stays locked unless it is said', async () => {
    expect((await configured(`users: [{name: bob, passwd: ${HASH}}]\n`)).read('etc/shadow')).toContain(
      'bob:*:',
    );
  });

  test.each([
    ['users: [{name: "bob:x:0:0"}]\n', 'users: not a name: bob:x:0:0'],
    ['users: [{name: "../x"}]\n', 'users: not a name: ../x'],
    ['users: [{name: bob, sudo: "ALL=(ALL) NOPASSWD: /sbin/reboot, ALL=(ALL) ALL"}]\n', 'bob gets none'],
    ['users: [{name: bob, sudo: "ALL=(web) NOPASSWD:ALL"}]\n', 'users/0/sudo: only sudo rules like'],
    ['users: [{name: bob, sudo: "ALL=(ALL) NOPASSWD:ALL, !/bin/su"}]\n', 'bob gets none'],
    ['users: [{name: bob, sudo: ["ALL=(ALL) NOPASSWD:ALL", "ALL=(ALL) !/bin/su"]}]\n', 'bob gets none'],
    ['users: [{name: bob, colour: red}]\n', 'users/0/colour is not known'],
    ['users: [{name: bob, lock_passwd: false, passwd: "a:b"}]\n', 'not a hash for bob'],
  ])('%j is said', async (text, complaint) => {
    const machine = await configured(text);
    expect(said(machine)).toContain(complaint);
    expect(machine.read('etc/passwd')).not.toMatch(/:0:0:(?!root)/);
    expect(machine.has('etc/doas.conf')).toBe(false);
  });

  test.each([
    ['"ALL=(ALL) NOPASSWD:ALL"', 'permit nopass bob'],
    ['"ALL=(ALL:ALL) NOPASSWD: ALL"', 'permit nopass bob'],
    ['["ALL=(ALL) ALL", "ALL = (root) NOPASSWD:ALL"]', 'permit nopass bob'],
    ['"ALL=(ALL) ALL"', 'permit bob'],
    ['"ALL=(ALL:ALL) ALL"', 'permit bob'],
    ['"ALL=ALL"', 'permit bob'],
    ['"ALL=(ALL) PASSWD: ALL"', 'permit bob'],
    ['["ALL=(ALL) NOPASSWD:ALL", "ALL=(ALL) ALL"]', 'permit bob'],
  ])('sudo: %s is %s', async (rules, rule) => {
    const machine = await configuredBy([`#cloud-config\nusers: [{name: bob, sudo: ${rules}}]\n`], {
      files: {'etc/doas.conf': 'permit nopass bob\npermit nopass leanos\n'},
    });
    expect(machine.read('etc/doas.conf')).toBe(
      rule === 'permit bob'
        ? 'permit nopass leanos\npermit bob\n'
        : 'permit nopass bob\npermit nopass leanos\n',
    );
    expect(said(machine)).toBe('');
  });

  test('ssh_authorized_keys are the default user’s, beside those that are there', async () => {
    const machine = await configured('ssh_authorized_keys:\n- ssh-rsa A\n- ssh-rsa A\n- hello\n');
    expect(machine.read('home/leanos/.ssh/authorized_keys')).toBe('ssh-rsa A\n');
  });
});

describe('passwords', () => {
  const matches = (shadow: string, user: string, password: string): boolean => {
    const hash = new RegExp(`^${user}:([^:]*):`, 'm').exec(shadow)?.[1] ?? '';
    const salt = hash.split('$')[2] ?? '';
    const made = spawnSync('openssl', ['passwd', '-6', '-salt', salt, password], {
      encoding: 'utf8',
    }).stdout.trim();
    return hash !== '' && made === hash;
  };

  test.each([
    ['password: "s3 cret"\n', 's3 cret'],
    ['chpasswd: {expire: false, list: "leanos:se:cret\\n"}\n', 'se:cret'],
    ['chpasswd:\n  list: [leanos:secret]\n', 'secret'],
    ['chpasswd: {users: [{name: leanos, password: "$(id) \'q\'", type: text}]}\n', "$(id) 'q'"],
  ])('%j', async (text, password) => {
    expect(matches((await configured(text)).read('etc/shadow'), 'leanos', password)).toBe(true);
  });

  test('a hash is taken as it is', async () => {
    const machine = await configured(`chpasswd: {users: [{name: leanos, password: ${HASH}}]}\n`);
    expect(machine.read('etc/shadow')).toContain(`leanos:${HASH}:`);
  });

  test('a random one is on the console', async () => {
    const machine = await configured('chpasswd: {list: "leanos:RANDOM"}\n');
    const password = /the password of leanos is (\w{20})$/m.exec(said(machine))?.[1] ?? '';
    expect(matches(machine.read('etc/shadow'), 'leanos', password)).toBe(true);
  });

  test('of somebody who is not there is said', async () => {
    expect(said(await configured('chpasswd: {list: "nobody2:x"}\n'))).toContain(
      'list: line 1: there is no such user',
    );
  });

  test.each([
    ['true', 'PASSWORD_LOGIN=1\n', 'restart_ssh'],
    ['false', '', ''],
  ])('ssh_pwauth: %s', async (value, local, change) => {
    const machine = await configured(`ssh_pwauth: ${value}\n`);
    expect(machine.has('etc/leanos-init/local') ? machine.read('etc/leanos-init/local') : '').toBe(local);
    expect(machine.read('done')).toContain(change);
  });
});

const ZIPPED = gzipSync(randomBytes(3000));
const CUT_OFF = ZIPPED.subarray(0, -500);
const DAMAGED = Buffer.concat([ZIPPED.subarray(0, -8), Buffer.alloc(8)]);

describe('write_files', () => {
  test.each([
    ['plain', 'content: "a\\nb\\n"', 'a\nb\n'],
    ['without an end of line', 'content: "a  "', 'a  '],
    ['with ends of lines', 'content: "a\\n\\n\\n"', 'a\n\n\n'],
    ['hostile', 'content: "$(reboot) `x` \\\\n %s \' \\""', '$(reboot) `x` \\n %s \' "'],
    ['base64', `encoding: b64, content: ${base64('hello\0x')}`, 'hello\0x'],
    ['gzip+base64', `encoding: gz+b64, content: ${base64(gzipSync('zipped'))}`, 'zipped'],
    ['!!binary', `content: !!binary ${base64('bin')}`, 'bin'],
    ['nothing', 'permissions: "0600"', ''],
  ])('%s', async (_, keys, content) => {
    const machine = await configured(`write_files: [{path: /srv/a b/x, ${keys}}]\n`);
    expect(machine.read('srv/a b/x')).toBe(content);
  });

  test('owner and permissions', async () => {
    const machine = await configured(
      'write_files: [{path: /x, content: a, owner: "bob:crew", permissions: "0640"}]\n',
    );
    expect(mode(machine, 'x')).toBe('640');
    expect(machine.read('done')).toContain('chown -- bob:crew /');
  });

  test('permissions stay as they were where something is appended without any', async () => {
    const [secret, more] = [
      '{path: /x, content: a, permissions: "0600"}',
      '{path: /x, content: b, append: true}',
    ];
    expect(mode(await configured(`write_files: [${secret}, ${more}]\n`), 'x')).toBe('600');
    const opened = more.replace('}', ', permissions: "0664"}');
    expect(mode(await configured(`write_files: [${secret}, ${opened}]\n`), 'x')).toBe('664');
  });

  test('append, and defer until everything else is there but what is run', async () => {
    const machine = await configured(
      'write_files: [{path: /late, content: late, defer: true}, {path: /x, content: a}, {path: /x, content: b, append: true}]\nruncmd: ["ls late"]\n',
    );
    expect(machine.read('x')).toBe('ab');
    expect(machine.read('late')).toBe('late');
    expect(said(machine)).toBe('late\n');
  });

  test.each([
    ['{path: ../x, content: a}', 'not a path for a file: ../x'],
    ['{path: /a/../../x, content: a}', 'not a path for a file: /a/../../x'],
    ['{content: a}', 'not a path for a file'],
    ['{path: /x, content: "%%%", encoding: b64}', '/x: the content is not b64'],
    [`{path: /x, encoding: gz+b64, content: ${base64(CUT_OFF)}}`, '/x: the content is not gz+b64'],
    [`{path: /x, encoding: gz+b64, content: ${base64(DAMAGED)}}`, '/x: the content is not gz+b64'],
    ['{path: /x, content: a, encoding: rot13}', '/x: the content is not rot13'],
    ['{path: /y, content: a, permissions: rwx}', '/y: permissions are octal'],
  ])('%s is said', async (file, complaint) => {
    const machine = await configured(`write_files: [${file}]\n`);
    expect(said(machine)).toContain(complaint);
    expect(machine.has('x')).toBe(false);
    expect(machine.has('../x')).toBe(false);
  });
});

describe('commands', () => {
  test('bootcmd and runcmd: a text is shell, a list is words', async () => {
    const machine = await configured(
      'bootcmd: [echo boot]\nruncmd:\n- X=1; echo "$X"\n- [echo, "$(reboot)", "it\'s", "a  b"]\n- echo $X\n',
    );
    expect(said(machine)).toBe("boot\n1\n$(reboot) it's a  b\n1\n");
  });

  test('runcmd once for an instance, bootcmd at every boot', async () => {
    const machine = await configured('bootcmd: [echo boot]\nruncmd: [echo run]\n', CONFIGURE);
    expect(said(machine)).toBe('boot\nrun\nboot\n');
  });

  test.each([
    ['poweroff', 'poweroff'],
    ['reboot', 'reboot'],
  ])('power_state: %s', async (state, called) => {
    const machine = await configured(`power_state: {mode: ${state}, delay: "+2", message: bye}\n`, 'wait');
    expect(machine.read('done')).toBe(`sleep 120\n${called} \n`);
    expect(said(machine)).toBe('bye\n');
  });

  test.each([
    ['now', 0],
    ['+0', 0],
    ['"+08"', 8],
    ['09', 9],
  ])('power_state after %s minutes', async (delay, minutes) => {
    const machine = await configured(`power_state: {mode: halt, delay: ${delay}}\n`, 'wait');
    expect(machine.read('done')).toBe(`sleep ${minutes * 60}\nhalt \n`);
  });

  test.each(['false', '"false"', '[test, -e, /nowhere]'])(
    'power_state with the condition %s does nothing',
    async (condition) => {
      expect(
        (await configured(`power_state: {mode: poweroff, condition: ${condition}}\n`, 'wait')).read('done'),
      ).toBe('');
    },
  );

  test('final_message with its variables', async () => {
    const machine = await configured('final_message: "up $UPTIME from $DATASOURCE, $VERSION & $(reboot)"\n');
    expect(said(machine)).toBe('up 12.34 from nocloud, 1.0.0 & $(reboot)\n');
  });

  test('phone_home tells who is there', async () => {
    await using server = await MetadataServer.start({}, {posts: true});
    const machine = await configured(`phone_home: {url: ${server.url}/x, post: [instance_id, hostname]}\n`);
    expect(server.requests).toEqual(['POST /x instance_id=i-1&hostname=web']);
    expect(said(machine)).toBe('');
  });

  test('phone_home gives up after its tries, and that is said', async () => {
    await using server = await MetadataServer.start({});
    const machine = await configured(`phone_home: {url: ${server.url}/x, tries: 2}\n`);
    expect(server.requests).toHaveLength(2);
    expect(said(machine)).toContain('phone_home: no answer');
  });
});

describe('the rest', () => {
  test('mounts', async () => {
    const machine = await configured(
      'mounts: [[vdb, /data, ext4, "defaults,noatime"], [ephemeral0, /mnt], [/dev/vdc, none, swap, sw]]\n',
    );
    expect(machine.read('etc/fstab')).toBe(
      '/dev/vdb /data ext4 defaults,noatime 0 0\nLABEL=ephemeral0 /mnt auto defaults,nofail 0 0\n/dev/vdc none swap sw 0 0\n',
    );
    expect(machine.read('done')).toContain('mount -t ext4 -o defaults,noatime /dev/vdb /data\n');
    expect(machine.read('done')).toContain('swapon /dev/vdc\n');
  });

  test.each([
    ['mounts: [["a b", /x]]\n', 'mounts: not words for fstab'],
    ['mounts: [[vdb, relative]]\n', 'mounts: not a folder: relative'],
    ['timezone: Europe/Berlin\n', 'timezone: Europe/Berlin is not in this image'],
    ['ntp: {enabled: true}\n', 'ntp: there is no time server client'],
    ['growpart: {mode: "off"}\n', 'growpart: the partition grows before'],
    ['packages: [vim]\nsnap: {}\n', 'packages is not known and passed over'],
    ['hostname: [\n', 'nothing of it is done'],
    ['- a\n- b\n', 'a document is a list'],
  ])('%j is said', async (text, complaint) => {
    expect(said(await configured(text))).toContain(complaint);
  });

  test.each([
    'timezone: UTC\n',
    'ntp: {enabled: false}\n',
    'growpart: {mode: auto}\n',
    'resize_rootfs: true\n',
    '',
  ])('%j is fine', async (text) => {
    expect(said(await configured(text))).toBe('');
  });

  test('resize_rootfs: false is obeyed', async () => {
    expect((await configured('resize_rootfs: false\n')).has('run/leanos/no-resize')).toBe(true);
  });

  test('a mistake anywhere in the document does nothing of it', async () => {
    const machine = await configured('runcmd: [echo run]\nusers: *x\n');
    expect(said(machine)).toMatch(/cloud-config: line 3: .*nothing of it is done/);
    expect(said(machine)).not.toMatch(/^run$/m);
  });
});

test('many damaged documents: nothing hangs, nothing outside changes, no value becomes a command', async () => {
  const machine = await configured('');
  const random = randomFrom(6);
  const text = `#cloud-config
hostname: web
users: [default, {name: bob, gecos: "$(touch $ROOT/owned)", shell: /bin/sh, groups: "a, b", sudo: "ALL=(ALL) NOPASSWD:ALL"}]
write_files:
- {path: /srv/x, content: "$(touch $ROOT/owned)", permissions: "0644", owner: "root:root"}
- path: "/srv/\`touch $ROOT/owned\`"
  encoding: b64
  content: aGVsbG8=
mounts: [["/dev/vdb;touch $ROOT/owned", /data]]
chpasswd: {list: "bob:$(touch $ROOT/owned)"}
timezone: "$(touch $ROOT/owned)"
final_message: "$(touch $ROOT/owned)"
`;
  const count = 25;
  for (let index = 0; index < count; index += 1) {
    // runcmd is the one place where text is run: damage must not make one out of another key.
    machine.write(
      `c/${index}`,
      random
        .damage(Buffer.from(text))
        .toString('latin1')
        .replaceAll(/(run|boot)cmd|condition/g, ''),
    );
  }
  const {stdout, status} = machine.ash(
    `${LIBRARIES} n=0; while [ $n -lt ${count} ]; do rm -rf "$ROOT/var/lib/leanos/sem"; cp "$ROOT/c/$n" "$parts/001.config"
    ( ${CONFIGURE} ) || echo "$n: $?"; n=$((n + 1)); done`,
  );
  expect({status, stdout}).toEqual({status: 0, stdout: ''});
  expect(machine.has('owned')).toBe(false);
  expect(machine.read('etc/passwd').split('\n').slice(0, 1)).toEqual(['root:x:0:0:root:/root:/bin/sh']);
  expect(machine.read('etc/passwd')).not.toMatch(/^(?!root:)[^:]*:[^:]*:0:/m);
}, 120_000);

test('what the guest takes without a word is right by cloud-init’s own schema', () => {
  expect(accepted.size).toBeGreaterThan(30);
  expect(schemaComplaints([...accepted])).toEqual([]);
  expect(schemaComplaints(['users: [{name: 5}]\n'])).toHaveLength(1);
});
