import {expect, test} from 'vitest';
import {fakeMachine, type FakeMachine} from '../support/ash.ts';

const FACTORY = 'usr/lib/leanos/factory';

async function machineWithPackages(): Promise<FakeMachine> {
  const machine = await fakeMachine();
  machine.write(`${FACTORY}/var/log/web/access.log`, 'first\n');
  machine.write(`${FACTORY}/srv/web/index.html`, 'hello\n');
  machine.write(`${FACTORY}/srv/web/.hidden`, 'x\n');
  machine.ash(`mkdir -p $ROOT/var/log $ROOT/srv; ln -s nowhere $ROOT/${FACTORY}/srv/web/link`);
  return machine;
}

test('what is not there is made, what is there stays', async () => {
  const machine = await machineWithPackages();
  machine.write('srv/web/index.html', 'mine\n');
  machine.ash('sh "$ROOT/usr/lib/leanos/furnish"');
  expect(machine.read('var/log/web/access.log')).toBe('first\n');
  expect(machine.read('srv/web/index.html')).toBe('mine\n');
  expect(machine.read('srv/web/.hidden')).toBe('x\n');
  expect(machine.ash('readlink $ROOT/srv/web/link').stdout).toBe('nowhere\n');
  machine.write('var/log/web/access.log', 'more\n');
  const {stderr} = machine.ash('sh "$ROOT/usr/lib/leanos/furnish"');
  expect([machine.read('var/log/web/access.log'), stderr]).toEqual(['more\n', '']);
});

test('a link that an account has made leads nothing elsewhere, one of root does', async () => {
  const machine = await machineWithPackages();
  machine.write(`${FACTORY}/var/lib/web/conf/x`, 'x\n');
  machine.write(`${FACTORY}/var/spool/x`, 'x\n');
  const {stderr} = machine.ash(
    'mkdir -p "$ROOT/var/lib/web" "$ROOT/victim" "$ROOT/disk"; chmod 1777 "$ROOT/var/lib/web"; ln -s "$ROOT/victim" "$ROOT/var/lib/web/conf"; ln -s "$ROOT/disk" "$ROOT/var/spool"; sh "$ROOT/usr/lib/leanos/furnish"',
  );
  expect(stderr).toBe('');
  expect([machine.has('victim/x'), machine.has('disk/x')]).toEqual([false, true]);
});

test('control groups are where programs look for them', async () => {
  const machine = await machineWithPackages();
  const {stdout} = machine.ash('mount() { echo "$*"; }; . "$ROOT/usr/lib/leanos/furnish"');
  expect(stdout).toBe(`-t cgroup2 -o nosuid,nodev,noexec cgroup2 ${machine.root}/sys/fs/cgroup\n`);
});

test('an /etc that was changed gets the accounts of the system that it lacks, and no others', async () => {
  const machine = await machineWithPackages();
  const brought = {
    passwd: 'root:x:0:0::/:/bin/sh\nleanos:x:1000:1000::/:/bin/sh\nweb:x:321:321::/:/bin/false\n',
    group: 'root:x:0:\nleanos:x:1000:\nweb:x:321:\n',
    shadow: 'root:*:\nleanos:!:\nweb:*:\n',
  };
  for (const [name, text] of Object.entries(brought)) machine.write(`usr/etc/${name}`, text);
  for (const name of ['passwd', 'group', 'shadow']) {
    machine.write(`etc/${name}`, 'root:x:0:0:mine\nme:x:1001:\n');
    machine.write(`var/lib/leanos/etc/upper/${name}`, '');
  }
  machine.ash('sh "$ROOT/usr/lib/leanos/furnish"; sh "$ROOT/usr/lib/leanos/furnish"');
  const start = 'root:x:0:0:mine\nme:x:1001:\n';
  expect(machine.read('etc/passwd')).toBe(`${start}web:x:321:321::/:/bin/false\n`);
  expect(machine.read('etc/group')).toBe(`${start}web:x:321:\n`);
  expect(machine.read('etc/shadow')).toBe(`${start}web:*:\n`);
});
