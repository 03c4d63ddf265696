import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {chmodSync, chownSync, lstatSync, mkdirSync, readlinkSync, statSync, symlinkSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

const DATA = 'run/leanos/datasource/data';
const USERDATA = 'sh "$ROOT/usr/sbin/leanos-userdata"';
const SOURCE =
  'for l in system network platform accounts network-config apply; do . "$ROOT/usr/lib/leanos/$l.sh"; done; load_config;';
const APPLY = `${SOURCE} restart_ssh() { :; }; apply_login; apply_datasource`;
/** Somebody without rights, who is on every host. */
const NOBODY = 65534;
const SHADOW = 'root:!*:0::::::\nleanos:*:0::::::\n';

async function machineWith(files: Readonly<Record<string, string>>): Promise<FakeMachine> {
  const machine = await fakeMachine();
  const standard = {
    'etc/passwd': `root:x:0:0:root:/root:/bin/sh\nleanos:x:1000:1000::/home/leanos:/bin/sh\nnobody:x:${NOBODY}:${NOBODY}::/home/nobody:/bin/sh\n`,
    'etc/group': 'leanos:x:1000:\n',
    'etc/shadow': SHADOW,
    'proc/uptime': '1.0 1.0\n',
    'proc/sys/kernel/hostname': 'web\n',
    'home/leanos/.x': '',
    [`${DATA}/instance-id`]: 'i-1\n',
  };
  for (const [path, text] of Object.entries({...standard, ...files})) machine.write(path, text);
  machine.write('dev/urandom', randomBytes(4096));
  return machine;
}

const withConfig = (text: string): Promise<FakeMachine> =>
  machineWith({[`${DATA}/user-data`]: `#cloud-config\n${text}\n`});
const notes = (machine: FakeMachine): string =>
  machine.has('run/leanos/notes') ? machine.read('run/leanos/notes') : '';
const modeOf = (machine: FakeMachine, path: string): string =>
  (statSync(join(machine.root, path)).mode & 0o7777).toString(8);

describe('a password that is none lets nobody in', () => {
  const hashless = ['', 'secret', '$6$', '$6$salt', '$6$salt$', '$6$salt$abc', 'abJnggxhB/yWI', '$99$a$b'];
  const user = (text: string): string => `users: [{name: bob, lock_passwd: false, ${text}}]`;

  test.each<[string, RegExp]>([
    ['password:', /password has no value/],
    ['password: ""', /password has no value/],
    ['password: null', /password has no value/],
    ['password: $6$salt$cut', /password: not a hash/],
    ['chpasswd: {list: "leanos:"}', /chpasswd\/list: line 1 has no value/],
    ['chpasswd: {list: "leanos"}', /chpasswd\/list: line 1 is no NAME:PASSWORD/],
    ['chpasswd: {list: ["leanos:"]}', /line 1 has no value/],
    ['chpasswd: {list: "leanos:$6$salt$cut"}', /line 1: not a hash/],
    ['chpasswd: {users: [{name: leanos}]}', /chpasswd\/users\/0 has no value/],
    ['chpasswd: {users: [{name: leanos, password: "", type: text}]}', /users\/0 has no value/],
    ['chpasswd: {users: [{name: leanos, password:, type: text}]}', /password has no value/],
    ['chpasswd: {users: [{name: leanos, password: x, type: clear}]}', /type is hash, text or RANDOM/],
    [user('plain_text_passwd: ""'), /plain_text_passwd has no value/],
    [user('plain_text_passwd: '), /plain_text_passwd has no value/],
    [user('gecos: x'), /lock_passwd is false, but there is no password/],
    ...hashless.flatMap((hash): [string, RegExp][] => [
      [user(`passwd: "${hash}"`), /passwd: not a hash/],
      [user(`hashed_passwd: "${hash}"`), /passwd: not a hash/],
      [
        `chpasswd: {users: [{name: leanos, password: "${hash}", type: hash}]}`,
        hash === '' ? /has no value/ : /not a hash/,
      ],
    ]),
  ])('%s', async (text, said) => {
    const machine = await withConfig(text);
    expect(machine.ash(USERDATA).status).toBe(0);
    expect(machine.read('etc/shadow')).toMatch(/^root:!\*:0::::::\nleanos:\*:0::::::\n(bob:\*:0::::::\n)?$/);
    expect(notes(machine)).toMatch(said);
  });

  test('lock_passwd takes the password of somebody who has one', async () => {
    const machine = await withConfig('users: [{name: leanos, lock_passwd: true}]');
    machine.write('etc/shadow', 'leanos:$6$a$b:0::::::\n');
    machine.ash(USERDATA);
    expect(machine.read('etc/shadow')).toBe('leanos:*:0::::::\n');
  });

  test('a hash may stand where a text may', async () => {
    const hash = `$6$salt$${'aB./'.repeat(21)}zz`;
    const machine = await withConfig(`password: ${hash}`);
    machine.ash(USERDATA);
    expect(machine.read('etc/shadow')).toContain(`leanos:${hash}:`);
  });

  test('whoever has an empty one all the same is locked before a console lets them in', async () => {
    const machine = await machineWith({
      'etc/shadow': 'root::0::::::\nleanos:*:0::::::\nbob::0::::::\n',
      'etc/passwd': 'root:x:0:0::/root:/bin/sh\nbob::1001:1001::/:/bin/sh\n',
    });
    const {stdout} = machine.ash(
      'login() { echo "login $*"; }; set -- -- bob; . "$ROOT/usr/lib/leanos/login"',
    );
    expect(stdout).toBe('');
    expect(machine.read('etc/shadow')).toBe('root:*:0::::::\nleanos:*:0::::::\nbob:*:0::::::\n');
    expect(machine.read('etc/passwd')).toContain('bob:x:1001');
  });

  test.each([
    ['right', 'right', true],
    ['right', 'wrong', false],
    ['right', '', false],
    ['right', 'right ', false],
    ['s3 "cr\\et\' $(id)', 's3 "cr\\et\' $(id)', true],
    [' pässwörd', ' pässwörd', true],
  ])('where the password is %j, doas takes %j: %s', async (password, typed, taken) => {
    const machine = await machineWith({'typed-1': typed, 'typed-2': `${typed}\0`});
    const set = `${SOURCE} set_password leanos "$P"; leanos() { PAM_USER=leanos sh "$ROOT/usr/lib/leanos/check-password" <"$ROOT/typed-$1"; echo $?; };`;
    machine.write('password', password);
    const {stdout} = machine.ash(`P=$(cat "$ROOT/password"); ${set} leanos 1; leanos 2`);
    expect(stdout).toBe(taken ? '0\n0\n' : '1\n1\n');
  });

  test.each([
    '$1$abcdefgh$',
    '$1$$',
    '$5$abcdefgh12345678$',
    '$5$rounds=4096$abcdefgh12345678$',
    '$6$rounds=10000$abcdefgh12345678$',
    '$6$a$',
  ])('doas takes the password whose hash begins with %s', async (salt) => {
    const hash = execFileSync('perl', ['-e', 'print crypt("right", $ARGV[0])', salt], {encoding: 'utf8'});
    const machine = await machineWith({'etc/shadow': `leanos:${hash}:0::::::\n`});
    const check = (typed: string): number =>
      machine.ash(`echo ${typed} | PAM_USER=leanos sh "$ROOT/usr/lib/leanos/check-password"`).status;
    expect([check('right'), check('wrong')]).toEqual([0, 1]);
  });

  test.each(['', '*', '!', 'x', '!*', '!$6$abc$', '$6$', '$6$a$', 'abJnggxhB/yWI', '$y$j9T$abc$def', '*0'])(
    'where shadow has %j, doas takes none',
    async (hash) => {
      const machine = await machineWith({'etc/shadow': `leanos:${hash}:0::::::\n`});
      const {stdout} = machine.ash(
        `for p in '' x '*' '${hash}' right; do for u in leanos nobody2 ''; do echo "$p" | PAM_USER=$u sh "$ROOT/usr/lib/leanos/check-password" && echo in; done; done; :`,
      );
      expect(stdout).toBe('');
    },
  );

  test('expiry is named', async () => {
    const machine = await withConfig('chpasswd: {expire: true, list: "leanos:a b"}');
    machine.ash(USERDATA);
    expect(notes(machine)).toContain('passwords do not expire here');
  });
});

describe('keys', () => {
  const keys = async (lines: string): Promise<{file: string; notes: string}> => {
    const machine = await machineWith({[`${DATA}/public-keys`]: lines});
    machine.ash(APPLY);
    const path = 'home/leanos/.ssh/authorized_keys';
    return {file: machine.has(path) ? machine.read(path) : '', notes: notes(machine)};
  };

  test.each([
    ['no-pty,no-X11-forwarding ssh-rsa AAAA a'],
    ['command="echo \\"a b\\", c",no-pty ssh-ed25519 AAAA x y'],
    ['restrict,permitopen="host:22" ecdsa-sha2-nistp256 AAAA'],
    ['ssh-rsa AAAA José Pérez'],
    ['sk-ssh-ed25519@openssh.com AAAA token'],
    ['sk-ecdsa-sha2-nistp256@openssh.com AAAA token'],
    ['no-touch-required sk-ssh-ed25519@openssh.com AAAA'],
  ])('%s', async (line) => {
    expect(await keys(`${line}\n`)).toEqual({file: `${line}\n`, notes: ''});
  });

  test.each([
    ['\tssh-ed25519\tAAAA\tme\r\n', 'ssh-ed25519 AAAA me\n'],
    ['  ssh-ed25519   AAAA me', 'ssh-ed25519 AAAA me\n'],
    ['# comment\n\n   \nssh-ed25519 AAAA', 'ssh-ed25519 AAAA\n'],
  ])('%j is written as Dropbear reads it', async (line, file) => {
    expect(await keys(line)).toEqual({file, notes: ''});
  });

  test.each<[string, RegExp]>([
    ['from="10.0.0.0/8" ssh-rsa AAAA', /key 1 has the option from, /],
    ['environment="A=b c",no-pty ssh-rsa AAAA', /key 1 has the option environment, /],
    ['cert-authority ssh-rsa AAAA', /key 1 has the option cert-authority, /],
    ['ssh-ed25519-cert-v01@openssh.com AAAA', /key 1 is a certificate/],
    ['ssh-dss AAAA', /key 1 is of the kind ssh-dss/],
  ])('%s is kept, and it is said that nobody gets in with it', async (line, said) => {
    const {file, notes: text} = await keys(`${line}\n`);
    expect(file.trim()).toBe(line);
    expect(text).toMatch(said);
  });

  test.each([
    'hello world',
    'ssh-rsa',
    'ssh-rsa !!!!',
    'command="open ssh-rsa AAAA',
    '"',
    '\\',
    'ssh-rsa AAAA \x1b[31m',
    'AAAAB3NzaC1yc2E= me',
    '-----BEGIN OPENSSH PRIVATE KEY-----',
  ])('%j is no key, and its number is said', async (line) => {
    const {file, notes: text} = await keys(`ssh-ed25519 AAAA\n${line}\n`);
    expect(file).toBe('ssh-ed25519 AAAA\n');
    expect(text).toContain('public-keys: key 2 is not an ssh public key');
    expect(text).not.toContain(line.slice(0, 20));
  });

  test('a line without an end is said, and takes no time', async () => {
    expect((await keys(`ssh-rsa ${'A'.repeat(60000)}\n`)).notes).toContain('key 1 is longer');
  });

  test('what the user made of their keys stays; those of an earlier datasource go', async () => {
    const machine = await machineWith({[`${DATA}/public-keys`]: 'ssh-rsa OLD a\n'});
    machine.ash(APPLY);
    const path = 'home/leanos/.ssh/authorized_keys';
    machine.write(path, 'ssh-rsa OLD a\nssh-rsa OWN b\n');
    machine.ash(APPLY);
    expect(machine.read(path)).toBe('ssh-rsa OLD a\nssh-rsa OWN b\n');
    machine.write(`${DATA}/public-keys`, 'ssh-rsa NEW c\n');
    machine.ash(APPLY);
    expect(machine.read(path)).toBe('ssh-rsa OWN b\nssh-rsa NEW c\n');
    expect(machine.read('root/.ssh/authorized_keys')).toMatch(/ssh-rsa NEW c\n$/);
    expect(machine.read('root/.ssh/authorized_keys')).not.toContain('OLD');
  });

  test('keys of cloud-config are named by their path', async () => {
    const machine = await withConfig('ssh_authorized_keys: [ssh-rsa AAAA a, hello]');
    machine.ash(USERDATA);
    expect(notes(machine)).toContain('ssh_authorized_keys: key 2 is not an ssh public key');
  });
});

describe.runIf(process.getuid?.() === 0)('in the folders of others', () => {
  /** A machine where nobody has a home of their own, with links in it to what is root's. */
  async function hostileHome(files: Readonly<Record<string, string>>): Promise<FakeMachine> {
    const machine = await machineWith({...files, 'etc/secret': 'root’s\n', 'home/nobody/.x': ''});
    for (const path of [machine.root, dirname(machine.root)]) chmodSync(path, 0o755);
    const at = (path: string): string => join(machine.root, path);
    chownSync(at('home/nobody'), NOBODY, NOBODY);
    chmodSync(at('etc/secret'), 0o600);
    for (const name of ['file', 'file.leanos-new']) symlinkSync(at('etc/secret'), at(`home/nobody/${name}`));
    symlinkSync(at('etc'), at('home/nobody/folder'));
    mkdirSync(at('tmp'));
    chmodSync(at('tmp'), 0o1777);
    symlinkSync(at('etc/secret'), at('tmp/file'));
    for (const path of ['home/nobody/file', 'home/nobody/folder', 'tmp/file']) execChown(machine, path);
    return machine;
  }
  const execChown = (machine: FakeMachine, path: string): void => {
    machine.ash(`chown -h ${NOBODY}:${NOBODY} "$ROOT/${path}"`);
  };
  /** The rights of nobody, below the fake root: the machine's own su knows this host's users. */
  const su = 'export ROOT PATH=/usr/bin:/bin; ';

  test.each([
    ['/home/nobody/file', ''],
    ['/home/nobody/file', ', append: true'],
    ['/home/nobody/folder/secret', ''],
    ['/home/nobody/folder/new', ''],
    ['/tmp/file', ''],
    ['/tmp/file', ', append: true'],
  ])('write_files follows no link of theirs: %s%s', async (path, more) => {
    const machine = await hostileHome({
      [`${DATA}/user-data`]: `#cloud-config\nwrite_files: [{path: ${path}, content: "evil\\n"${more}}]\n`,
    });
    machine.ash(`${su}${USERDATA}`);
    expect(machine.read('etc/secret')).toBe('root’s\n');
    expect(machine.has('etc/new')).toBe(false);
    expect(notes(machine)).toMatch(/write_files: \S+ cannot be written/);
  });

  test('files of a datasource do not, either', async () => {
    const machine = await hostileHome({
      [`${DATA}/files`]: '/home/nobody/file\tcontent/1\n',
      [`${DATA}/content/1`]: 'evil\n',
      [`${DATA}/tree/home/nobody/folder/secret`]: 'evil\n',
    });
    machine.ash(`${su}${APPLY}`);
    expect(machine.read('etc/secret')).toBe('root’s\n');
  });

  test('a file in a home belongs to whose home it is', async () => {
    const machine = await hostileHome({
      [`${DATA}/user-data`]:
        '#cloud-config\nwrite_files: [{path: /home/nobody/a/b, content: x, permissions: "0600"}]\n',
    });
    machine.ash(`${su}${USERDATA}`);
    expect(statSync(join(machine.root, 'home/nobody/a/b')).uid).toBe(NOBODY);
    expect(modeOf(machine, 'home/nobody/a/b')).toBe('600');
  });

  test('a folder that anybody may change is nobody’s to write to', async () => {
    const machine = await machineWith({
      [`${DATA}/user-data`]: '#cloud-config\nwrite_files: [{path: /open/a, content: x}]\n',
      'open/b': '',
    });
    chmodSync(join(machine.root, 'open'), 0o777);
    machine.ash(USERDATA);
    expect(machine.has('open/a')).toBe(false);
    expect(notes(machine)).toContain('/open/a cannot be written');
  });

  test('no home is made in a folder of somebody else', async () => {
    const machine = await hostileHome({
      [`${DATA}/user-data`]: '#cloud-config\nusers: [{name: bob, homedir: /home/nobody/folder/bob}]\n',
    });
    machine.ash(USERDATA);
    expect(machine.has('etc/bob')).toBe(false);
    expect(notes(machine)).toContain('/home/nobody/folder/bob cannot be made');
  });
});

describe('files of a seed', () => {
  async function treeOver(): Promise<FakeMachine> {
    const machine = await machineWith({
      [`${DATA}/tree/etc/app.conf`]: 'secret=1\n',
      [`${DATA}/tree/etc/there.conf`]: 'new\n',
      [`${DATA}/tree/srv/new/file`]: 'x\n',
      'etc/there.conf': 'old\n',
    });
    const seed = join(machine.root, DATA, 'tree');
    symlinkSync('app.conf', join(seed, 'etc/link'));
    for (const path of ['', 'etc', 'srv', 'srv/new']) chmodSync(join(seed, path), 0o700);
    for (const path of ['etc/app.conf', 'etc/there.conf']) chmodSync(join(seed, path), 0o600);
    chmodSync(machine.root, 0o755);
    chmodSync(join(machine.root, 'etc/there.conf'), 0o640);
    machine.ash(APPLY);
    return machine;
  }

  test('what is there keeps its mode, what is new has the seed’s', async () => {
    const machine = await treeOver();
    const modes = ['', 'etc', 'etc/there.conf', 'etc/app.conf', 'srv', 'srv/new'].map((path) =>
      modeOf(machine, path),
    );
    expect(modes).toEqual(['755', '755', '640', '600', '700', '700']);
    expect(machine.read('etc/there.conf')).toBe('new\n');
    expect(machine.read('srv/new/file')).toBe('x\n');
    expect(readlinkSync(join(machine.root, 'etc/link'))).toBe('app.conf');
    expect(lstatSync(join(machine.root, 'etc/link')).isSymbolicLink()).toBe(true);
  });
});
