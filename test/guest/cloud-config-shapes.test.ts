import {gzipSync} from 'node:zlib';
import {describe, expect, test} from 'vitest';
import {MetadataServer} from '../../src/vm/metadata-server.ts';
import type {FakeMachine} from '../support/ash.ts';
import {configuredBy, mode, said} from '../support/cloud-config.ts';

/** What crypt(3) makes of a password: of others no login would be. */
const HASH = '$6$salt$wZU8LXJfJJqoagopbB7RuK6JEotEMZ0CQDy0phpPAuLMYQFcmf6L6BdAbs/Q7w7o1qsZ9pFqFVY4yuUSWgaYt1';

const configured = (text: string, files: Record<string, string> = {}): Promise<FakeMachine> =>
  configuredBy([`#cloud-config\n${text}`], {files});

const base64 = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64');

describe('users in every form that cloud-init takes', () => {
  test.each([
    ['text', 'users: ops\n', ['ops']],
    ['text with commas', 'users: ops, dev\n', ['ops', 'dev']],
    ['a list of texts', 'users: [default, ops]\n', ['ops']],
    ['a map', 'users: {ops: {shell: /bin/ash}, dev: true, gone: false}\n', ['ops', 'dev']],
    ['user: as text', 'user: ops\n', ['ops']],
    ['user: as a map', 'user: {name: ops, shell: /bin/ash}\n', ['ops']],
  ])('%s', async (_, text, names) => {
    const machine = await configured(text);
    const made = machine.read('etc/passwd').trim().split('\n').slice(2);
    expect(made.map((line) => line.split(':')[0])).toEqual(names);
    expect(said(machine)).toBe('');
  });

  test('older spellings, with dashes', async () => {
    const machine = await configured(
      `users:\n- name: ops\n  lock-passwd: false\n  hashed-passwd: ${HASH}\n  no-create-home: true\n  ssh-authorized-keys: [ssh-ed25519 A]\n  primary-group: crew\n`,
    );
    expect(said(machine)).toBe('');
    expect(machine.read('etc/shadow')).toContain(`ops:${HASH}:`);
    expect(machine.read('home/ops/.ssh/authorized_keys')).toBe('ssh-ed25519 A\n');
    expect(machine.read('etc/group')).toMatch(/^crew:/m);
  });

  test('an entry without a name, or with the name default, is the login user', async () => {
    const machine = await configured(
      'users: [{ssh_authorized_keys: [ssh-ed25519 A]}, {name: default, groups: crew}]\n',
    );
    expect(machine.read('home/leanos/.ssh/authorized_keys')).toBe('ssh-ed25519 A\n');
    expect(machine.read('etc/group')).toMatch(/^crew:x:\d+:leanos$/m);
  });

  test('user: with another name has sudo, the instance’s keys and password:', async () => {
    const machine = await configured(`user: ops\npassword: ${HASH}\nssh_authorized_keys: [ssh-ed25519 B]\n`, {
      'run/leanos/datasource/data/public-keys': 'ssh-ed25519 A\n',
    });
    expect(machine.read('etc/doas.conf')).toContain('permit nopass ops\n');
    expect(machine.read('home/ops/.ssh/authorized_keys')).toBe('ssh-ed25519 A\nssh-ed25519 B\n');
    expect(machine.read('etc/shadow')).toMatch(/^ops:\$6\$/m);
    expect(machine.read('etc/shadow')).toMatch(/^leanos:\*:/m);
  });

  test.each([
    ['uid', 'uid: 502', /^ops:x:502:502:/m],
    ['uid as text', 'uid: "502"', /^ops:x:502:502:/m],
    ['primary_group', 'primary_group: wheel', /^ops:x:1001:10:/m],
    ['no_user_group', 'no_user_group: true', /^ops:x:1001:1001:/m],
    ['system', 'system: true', /^ops:x:999:999:/m],
    ['gecos in UTF-8', 'gecos: "Hypriöt Pirate"', /:Hypriöt Pirate:/m],
  ])('%s', async (_, key, line) => {
    const machine = await configured(`users: [{name: ops, ${key}}]\n`);
    expect(machine.read('etc/passwd')).toMatch(line);
    expect(said(machine)).toBe('');
  });

  test.each([
    'uid: 0',
    'uid: 1000',
    'uid: x',
    'expiredate: "2030-01-01"',
    'inactive: "5"',
    'selinux_user: x',
    'groups: [[a]]',
    'shell: {a: b}',
    'homedir: ',
    'lock_passwd: maybe',
    'doas: [permit nopass ops]',
    'snapuser: a@b',
  ])('%s is named', async (key) => {
    const machine = await configured(`users: [{name: ops, ${key}}]\n`);
    expect(said(machine)).toContain('warning: cloud-config: users');
    expect(machine.read('etc/passwd')).toMatch(/^ops:x:1001:/m);
  });

  test.each([
    ['text', 'groups: crew, staff\n'],
    ['a list', 'groups:\n- crew\n- staff: [leanos]\n'],
    ['a map', 'groups: {crew: [], staff: leanos}\n'],
  ])('groups: as %s', async (_, text) => {
    const machine = await configured(text);
    expect(machine.read('etc/group')).toMatch(/^crew:x:\d+:$/m);
    expect(machine.read('etc/group')).toMatch(/^staff:x:\d+:(leanos)?$/m);
    expect(said(machine)).toBe('');
  });

  test.each(['groups: "crew,wheel"', 'groups: [crew, wheel]', 'groups: {crew: null, wheel: null}'])(
    '%s of a user',
    async (key) => {
      const machine = await configured(`users: [{name: ops, ${key}}]\n`);
      expect(machine.read('etc/group')).toMatch(/^crew:x:\d+:ops$/m);
      expect(machine.read('etc/group')).toMatch(/^wheel:x:10:leanos,ops$/m);
    },
  );
});

describe('a value of another shape is named, and nothing of it done', () => {
  test.each([
    ['runcmd: |\n  echo one\n', 'runcmd is text, where a list is understood'],
    ['runcmd: {a: echo x}\n', 'runcmd is a map, where a list is understood'],
    ['bootcmd: echo one\n', 'bootcmd is text'],
    ['write_files: {path: /x, content: a}\n', 'write_files is a map'],
    ['write_files: [/x]\n', 'write_files/0 is text'],
    ['write_files: [{path: /x, content: [a]}]\n', 'write_files/0/content is a list'],
    ['hostname: [web]\n', 'hostname is a list'],
    ['hostname: {a: b}\n', 'hostname is a map'],
    ['hostname:\n', 'hostname has no value'],
    ['password:\n', 'password has no value'],
    ['password: yes\n', 'password is true or false'],
    ['mounts: [vdb]\n', 'mounts/0 is text'],
    ['mounts: {a: b}\n', 'mounts is a map'],
    ['chpasswd: "leanos:x"\n', 'chpasswd is text'],
    ['ssh_authorized_keys: {a: b}\n', 'ssh_authorized_keys is a map'],
    ['ssh_pwauth: maybe\n', 'ssh_pwauth: true, false or unchanged, not maybe'],
    ['power_state: reboot\n', 'power_state is text'],
    ['power_state: {mode: reboot, delay: tomorrow}\n', 'delay is now, or minutes, not tomorrow'],
    ['phone_home: http://x\n', 'phone_home is text'],
    ['phone_home: {url: [a]}\n', 'phone_home/url is a list'],
    ['final_message: [a]\n', 'final_message is a list'],
    ['resize_rootfs: maybe\n', 'resize_rootfs: true, false or noblock, not maybe'],
    ['growpart: {devices: [/, /data]}\n', '/ alone grows, not /data'],
    ['timezone: {a: b}\n', 'timezone is a map'],
    ['chpasswd: {expire: true}\n', 'passwords do not expire here'],
    ['apt: {sources: {a: {source: x}}}\n', 'apt is not known'],
  ])('%j', async (text, complaint) => {
    const machine = await configured(text);
    expect(said(machine)).toContain(`warning: cloud-config: `);
    expect(said(machine)).toContain(complaint);
    expect(machine.read('run/leanos/notes')).toContain(complaint);
    expect(machine.has('x')).toBe(false);
    expect(machine.has('etc/hostname')).toBe(false);
    expect(machine.read('done')).toBe('');
    expect(said(machine).split('\n')).toHaveLength(2);
  });

  test('a command with a colon is a map, of which the value alone is never run', async () => {
    const machine = await configured(
      'runcmd:\n- echo before\n- curl -H "Accept: text/plain" http://192.0.2.1/x\n- echo "Name: value" >y\n- [echo, {a: b}]\n- echo after\n',
    );
    expect(said(machine).split('\n')).toEqual([
      'warning: cloud-config: runcmd/1 is a map, where text or a list is understood: passed over',
      'warning: cloud-config: runcmd/2 is a map, where text or a list is understood: passed over',
      'warning: cloud-config: runcmd/3/1 is a map, where text or a number is understood: passed over',
      'before',
      '',
      'after',
      '',
    ]);
    expect(machine.has('y')).toBe(false);
  });

  test('numbers in a list of words, and an empty item, are commands', async () => {
    const machine = await configured('runcmd:\n- [echo, 1, 2.5]\n-\n- [echo, ""]\n');
    expect(said(machine)).toBe('1 2.5\n\n');
  });
});

describe('write_files', () => {
  test.each([
    ['"0644"', '644'],
    ['"644"', '644'],
    ['"0o644"', '644'],
    ['0o600', '600'],
    ['0600', '600'],
    ['0755', '755'],
    ['420', '644'],
    ['493', '755'],
    ["'4755'", '4755'],
  ])('permissions: %s', async (text, octal) => {
    const machine = await configured(`write_files: [{path: /x, content: a, permissions: ${text}}]\n`);
    expect(mode(machine, 'x')).toBe(octal);
    expect(said(machine)).toBe('');
  });

  test('permissions that are decimal without looking so are as cloud-init takes them, and said', async () => {
    const machine = await configured('write_files: [{path: /x, content: a, permissions: 644}]\n');
    expect(mode(machine, 'x')).toBe('1204');
    expect(said(machine)).toContain('permissions are 644, which is octal 1204');
  });

  test.each([
    ['12345', '12345'],
    ['yes', 'yes'],
    ['1.50', '1.50'],
    ['"yes"', 'yes'],
    ['', ''],
  ])('content: %s is text', async (value, text) => {
    const machine = await configured(`write_files:\n- path: /x\n  content: ${value}\n`);
    expect(machine.read('x')).toBe(text);
    expect(said(machine)).toBe('');
  });

  test('append: yes, quoted or not', async () => {
    const machine = await configured(
      'write_files: [{path: /x, content: a}, {path: /x, content: b, append: yes}, {path: /x, content: c, append: "true"}]\n',
    );
    expect(machine.read('x')).toBe('abc');
  });

  test.each([
    ['gzip', gzipSync('packed')],
    ['GZ', gzipSync('packed')],
    ['gz+b64', base64(gzipSync('packed'))],
    ['b64', base64('packed')],
    ['text/plain', 'packed'],
  ])('!!binary with encoding: %s', async (encoding, bytes) => {
    const machine = await configured(
      `write_files:\n- path: /x\n  encoding: ${encoding}\n  content: !!binary |\n    ${base64(bytes)}\n`,
    );
    expect(machine.read('x')).toBe('packed');
    expect(said(machine)).toBe('');
  });

  test('source is fetched, and its content is as it comes', async () => {
    await using server = await MetadataServer.start({'/f': 'from afar\n'});
    const machine = await configured(
      `write_files: [{path: /x, source: {uri: "${server.url}/f"}, permissions: "0600", encoding: b64, content: bm8=}]\n`,
    );
    expect(machine.read('x')).toBe('from afar\n');
    expect(mode(machine, 'x')).toBe('600');
    expect(said(machine)).toBe('');
  });

  test('a source that gives nothing is said: the content is taken, or no file is written', async () => {
    await using server = await MetadataServer.start({});
    const machine = await configured(
      `write_files: [{path: /x, source: {uri: "${server.url}/f"}}, {path: /y, content: here, source: {uri: "${server.url}/f"}}]\n`,
    );
    expect(machine.has('x')).toBe(false);
    expect(machine.read('y')).toBe('here');
    expect(said(machine)).toContain(`write_files: /x: no answer from ${server.url}/f`);
  });

  test('headers of a source are not sent, and that is said', async () => {
    await using server = await MetadataServer.start({'/f': 'x'});
    const machine = await configured(
      `write_files: [{path: /x, source: {uri: "${server.url}/f", headers: {Authorization: secret}}}]\n`,
    );
    expect(said(machine)).toBe(
      'warning: cloud-config: write_files/0/source/headers is not known and passed over\n',
    );
  });
});

describe('mounts', () => {
  test.each([
    [
      '[work0, /srv/work, virtiofs, rw]',
      'work0 /srv/work virtiofs rw 0 0',
      'mount -t virtiofs -o rw work0 /srv/work',
    ],
    [
      '[share, /s, 9p, "trans=virtio,ro"]',
      'share /s 9p trans=virtio,ro 0 0',
      'mount -t 9p -o trans=virtio,ro share /s',
    ],
    ['[vdb1, /d]', '/dev/vdb1 /d auto defaults,nofail 0 0', 'mount -t auto -o defaults,nofail /dev/vdb1 /d'],
    [
      '[xvdh, /d, ext4, "defaults,noatime", "0", "2"]',
      '/dev/xvdh /d ext4 defaults,noatime 0 2',
      'mount -t ext4 -o defaults,noatime /dev/xvdh /d',
    ],
    [
      '[nvme1n1p1, /d, ext4, ro, 1, 2]',
      '/dev/nvme1n1p1 /d ext4 ro 1 2',
      'mount -t ext4 -o ro /dev/nvme1n1p1 /d',
    ],
    ['[LABEL=data, /d, xfs, ro]', 'LABEL=data /d xfs ro 0 0', 'mount -t xfs -o ro LABEL=data /d'],
    ['[UUID=1-2, /d, vfat, ro]', 'UUID=1-2 /d vfat ro 0 0', 'mount -t vfat -o ro UUID=1-2 /d'],
    ['[PARTUUID=a, /d, ext4, ro]', 'PARTUUID=a /d ext4 ro 0 0', 'mount -t ext4 -o ro PARTUUID=a /d'],
    ['[tmpfs, /t, tmpfs, "size=1m"]', 'tmpfs /t tmpfs size=1m 0 0', 'mount -t tmpfs -o size=1m tmpfs /t'],
    ['[/srv, /mnt, none, bind]', '/srv /mnt none bind 0 0', 'mount -t none -o bind /srv /mnt'],
    [
      '[overlay, /o, overlay, "lowerdir=/a"]',
      'overlay /o overlay lowerdir=/a 0 0',
      'mount -t overlay -o lowerdir=/a overlay /o',
    ],
    [
      '["nas:/vol/a", /n, nfs, ro]',
      'nas:/vol/a /n nfs ro,_netdev 0 0',
      'mount -t nfs -o ro,_netdev nas:/vol/a /n',
    ],
    [
      '["//nas/s", /n, cifs, guest]',
      '//nas/s /n cifs guest,_netdev 0 0',
      'mount -t cifs -o guest,_netdev //nas/s /n',
    ],
    [
      '[vdb, /d, ext4, "rw,x-systemd.automount,nofail"]',
      '/dev/vdb /d ext4 rw,nofail 0 0',
      'mount -t ext4 -o rw,nofail /dev/vdb /d',
    ],
    ['[vdb, /d, ext4, noauto]', '/dev/vdb /d ext4 noauto 0 0', ''],
    ['[vdc, none, swap, sw, "0", "0"]', '/dev/vdc none swap sw 0 0', 'swapon /dev/vdc'],
    ['[/swap.img, none, swap, sw]', '/swap.img none swap sw 0 0', 'swapon /swap.img'],
  ])('%s', async (row, line, done) => {
    const machine = await configured(`mounts: [${row}]\n`);
    expect(machine.read('etc/fstab')).toBe(`${line}\n`);
    expect(machine.read('done')).toBe(done === '' ? '' : `${done}\n`);
    expect(said(machine)).toBe('');
  });

  test('mount_default_fields', async () => {
    const machine = await configured(
      'mount_default_fields: [null, null, ext4, "ro,nofail", "0", "2"]\nmounts: [[vdb, /d], [vdc, /e, xfs, null]]\n',
    );
    expect(machine.read('etc/fstab')).toBe('/dev/vdb /d ext4 ro,nofail 0 2\n/dev/vdc /e xfs ro,nofail 0 2\n');
  });

  test('ephemeral0 without a folder is not mounted', async () => {
    const machine = await configured('mounts: [[ephemeral0, null]]\n');
    expect(machine.has('etc/fstab')).toBe(false);
    expect(machine.has('run/leanos/no-ephemeral')).toBe(true);
  });

  test('what is on another machine comes at every boot, but never before the network', async () => {
    const fstab = 'nas:/a /n nfs ro,_netdev 0 0\n/dev/vdb /d ext4 ro 0 0\n';
    const machine = await configuredBy([], {files: {'etc/fstab': fstab}});
    expect(machine.read('done')).toBe('mount -t nfs -o ro,_netdev nas:/a /n\n');
    machine.ash(
      `. "$ROOT/usr/lib/leanos/network.sh"; mount() { echo "mount $*" >"$ROOT/done"; }; mount_fstab`,
    );
    expect(machine.read('done')).toBe('mount -a -O no_netdev\n');
  });
});

test.each(['my_host', 'my_host.example.org'])('the host name %s is one', async (name) => {
  const machine = await configured(`hostname: ${name}\n`);
  expect(machine.read('etc/hostname')).toBe('my_host\n');
  expect(said(machine)).toBe('');
});

describe('phone_home', () => {
  test('names the instance in the address, and says what it cannot tell', async () => {
    await using server = await MetadataServer.start({}, {posts: true});
    const machine = await configured(
      `phone_home: {url: "${server.url}/$INSTANCE_ID/x", post: [hostname, pub_key_rsa, colour]}\n`,
    );
    expect(server.requests).toEqual(['POST /i-1/x hostname=web&pub_key_rsa=N%2fA&colour=N%2fA']);
    expect(said(machine)).toContain('phone_home: colour is not known');
  });
});

test.each(['up $UPTIME', 'up ${UPTIME}', '## template: jinja\nup {{ uptime }}'])(
  'final_message: %j',
  async (text) => {
    expect(said(await configured(`final_message: ${JSON.stringify(text)}\n`))).toBe('up 12.34\n');
  },
);
