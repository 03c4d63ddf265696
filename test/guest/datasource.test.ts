import {execFileSync} from 'node:child_process';
import {mkdirSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fakeMachine, imageBusybox, type FakeMachine} from '../support/ash.ts';

const FIND =
  '. "$ROOT/usr/lib/leanos/system.sh"; . "$ROOT/usr/lib/leanos/datasource.sh"; load_config; find_datasource';

/** A machine whose datasources are shell texts. The scripts of the checkout stay as they are. */
async function machineWith(datasources: Readonly<Record<string, string>>, config = ''): Promise<FakeMachine> {
  const machine = await fakeMachine();
  machine.ash('rm "$ROOT/usr/lib/leanos" && mkdir "$ROOT/usr/lib/leanos"');
  for (const library of ['system.sh', 'datasource.sh', 'apply.sh', 'label.sh']) {
    machine.write(
      `usr/lib/leanos/${library}`,
      execFileSync('cat', [`init-scripts/rootfs/usr/lib/leanos/${library}`]),
    );
  }
  const shell = `#!${await imageBusybox()} ash\n`;
  for (const [name, text] of Object.entries(datasources)) {
    machine.write(`usr/lib/leanos/datasource/${name}`, `${shell}${text}\n`, 0o755);
  }
  machine.write(
    'etc/leanos-init/config',
    `DATASOURCE_LIST="${Object.keys(datasources).join(' ')}"\nDATASOURCE_DEADLINE=5\n${config}`,
  );
  return machine;
}

const FOUND = 'echo i-$0 >"$2/instance-id"';
const NOT_FOUND = 'exit 1';

describe('the search', () => {
  test('takes the first of the list that is there', async () => {
    const machine = await machineWith({a: NOT_FOUND, b: FOUND, c: FOUND});
    machine.ash(FIND);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('b\n');
    expect(machine.read('run/leanos/datasource/data/instance-id')).toMatch(/^i-.*\/b\n$/);
  });

  test('waits for an earlier one of the list, within the deadline', async () => {
    const machine = await machineWith({
      slow: `until [ -e "$ROOT/go" ]; do sleep 0.05; done; ${FOUND}`,
      quick: `: >"$ROOT/go"; ${FOUND}`,
    });
    machine.ash(FIND);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('slow\n');
  });

  test('takes what is there when the deadline is over', async () => {
    const machine = await machineWith(
      {stuck: 'exec >/dev/null 2>&1; sleep 30', quick: FOUND},
      'DATASOURCE_DEADLINE=1\n',
    );
    machine.ash(FIND);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('quick\n');
  });

  test('says so where there is none', async () => {
    const machine = await machineWith({a: NOT_FOUND});
    machine.ash(FIND);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('none\n');
    expect(machine.read('dev/console')).toContain('datasource: none found');
  });

  test('obeys dslist on the kernel command line', async () => {
    const machine = await machineWith({a: FOUND, b: FOUND});
    machine.write('proc/cmdline', 'quiet dslist=b,a\n');
    machine.ash(FIND);
    expect(machine.read('run/leanos/datasource/dsname')).toBe('b\n');
  });

  test('keeps instance data for root alone', async () => {
    const machine = await machineWith({a: FOUND});
    machine.ash(FIND);
    expect(statSync(join(machine.root, 'run/leanos/datasource')).mode & 0o777).toBe(0o700);
  });
});

describe('labels', () => {
  const label = '. "$ROOT/usr/lib/leanos/label.sh"; read_label "$ROOT/dev/disk"; echo "$label"';

  test('of a FAT', async () => {
    const machine = await fakeMachine();
    const disk = join(machine.root, 'dev/disk');
    writeFileSync(disk, '');
    truncateSync(disk, 1024 * 1024);
    machine.ash('mkdosfs -n cidata "$ROOT/dev/disk"');
    expect(machine.ash(label).stdout).toBe('cidata\n');
  });

  test('of an ISO 9660', async () => {
    const machine = await fakeMachine();
    mkdirSync(join(machine.root, 'content'));
    execFileSync('genisoimage', [
      '-quiet',
      '-V',
      'CIDATA',
      '-o',
      join(machine.root, 'dev/disk'),
      join(machine.root, 'content'),
    ]);
    expect(machine.ash(label).stdout).toBe('CIDATA\n');
  });

  test.each([
    ['zeros', Buffer.alloc(65536)],
    ['junk', Buffer.from(Array.from({length: 65536}, (_, index) => (index * 197) % 256))],
    ['a file that is too short', Buffer.from('x')],
  ])('of %s are none that a seed has', async (_what, content) => {
    const machine = await fakeMachine();
    machine.write('dev/disk', content);
    expect(machine.ash(label).stdout).not.toMatch(/cidata/i);
  });

  test('the system’s own partitions are not looked at', async () => {
    const machine = await fakeMachine();
    machine.write('sys/class/block/vda5/uevent', 'DEVNAME=vda5\nPARTNAME=STATE\n');
    machine.ash('mkdosfs -n CIDATA "$ROOT/dev/vda5"');
    expect(machine.ash('. "$ROOT/usr/lib/leanos/label.sh"; find_label CIDATA').status).toBe(1);
  });
});

describe('what is applied', () => {
  const apply =
    '. "$ROOT/usr/lib/leanos/system.sh"; . "$ROOT/usr/lib/leanos/apply.sh"; load_config; chown() { :; }; apply_datasource';

  async function machineKnowing(files: Readonly<Record<string, string>>): Promise<FakeMachine> {
    const machine = await fakeMachine();
    machine.write('proc/sys/kernel/hostname', '');
    for (const [name, text] of Object.entries(files))
      machine.write(`run/leanos/datasource/data/${name}`, text);
    expect(machine.ash(apply).status).toBe(0);
    return machine;
  }

  test.each([
    ['web', 'web\n'],
    ['web.example.org', 'web\n'],
  ])('the host name %s', async (name, applied) => {
    expect((await machineKnowing({'local-hostname': `${name}\n`})).read('etc/hostname')).toBe(applied);
  });

  test.each(['$(reboot)', 'a b', '-rf', '"', 'ü', ''])('not the host name %j', async (name) => {
    expect((await machineKnowing({'local-hostname': `${name}\n`})).has('etc/hostname')).toBe(false);
  });

  test('keys for the login user, and for root with a refusal', async () => {
    const machine = await machineKnowing({'public-keys': 'ssh-ed25519 AAAA a\n'});
    expect(machine.read('home/leanos/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA a\n');
    expect(machine.read('root/.ssh/authorized_keys')).toMatch(
      /,command="echo Please login as .*leanos.* user, not as root.*" ssh-ed25519 AAAA a\n$/,
    );
    expect(statSync(join(machine.root, 'home/leanos/.ssh/authorized_keys')).mode & 0o777).toBe(0o600);
  });

  test('no line that is no key', async () => {
    const machine = await machineKnowing({
      'public-keys': 'command="reboot" ssh-rsa A\nssh-ed25519 AAAA a\n\nhello\n',
    });
    expect(machine.read('home/leanos/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA a\n');
  });
});

describe('leanos-per', () => {
  const per = (frequency: string) =>
    `sh "$ROOT/usr/sbin/leanos-per" ${frequency} job sh -c 'echo x >>"$ROOT/trace"'`;

  test.each([
    ['always', 'x\nx\n'],
    ['boot', 'x\n'],
    ['once', 'x\n'],
    ['instance', 'x\n'],
  ])('%s', async (frequency, trace) => {
    const machine = await fakeMachine();
    machine.ash(`${per(frequency)}; ${per(frequency)}`);
    expect(machine.read('trace')).toBe(trace);
  });

  test('a new instance-id runs it again, once does not', async () => {
    const machine = await fakeMachine();
    for (const id of ['i-1', 'i-2']) {
      machine.write('run/leanos/datasource/data/instance-id', `${id}\n`);
      machine.ash(`${per('instance')}; ${per('once').replace('job', 'other')}`);
    }
    expect(machine.read('trace')).toBe('x\nx\nx\n');
  });

  test.each(['../x', '', 'a b', '.x'])('refuses the name %j', async (name) => {
    const machine = await fakeMachine();
    expect(machine.ash(`sh "$ROOT/usr/sbin/leanos-per" once "${name}" true`).status).toBe(2);
  });
});

test('user-data that is no script is not run, and that is said', async () => {
  const machine = await fakeMachine();
  machine.write('run/leanos/datasource/data/user-data', 'echo owned >"$ROOT/owned"\n');
  machine.ash('sh "$ROOT/usr/sbin/leanos-userdata"');
  expect(machine.has('owned')).toBe(false);
  expect(machine.read('dev/console')).toContain('not a script');
  rmSync(join(machine.root, 'run'), {recursive: true});
});

test('every helper explains itself', async () => {
  const machine = await fakeMachine();
  for (const helper of ['apply', 'ds', 'per', 'query', 'status', 'userdata']) {
    const {status, stdout} = machine.ash(`sh "$ROOT/usr/sbin/leanos-${helper}" --help`);
    expect({helper, status, usage: stdout.split(' ')[0]}).toEqual({helper, status: 0, usage: 'usage:'});
  }
});
