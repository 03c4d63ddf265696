import {chmodSync, copyFileSync, cpSync, readdirSync, rmSync} from 'node:fs';
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {fakeMachine, ROOTFS, SHARED, type FakeMachine} from '../support/ash.ts';
import {imageBusybox} from '../support/busybox.ts';
import {runFolder} from '../support/temporary.ts';

const NOBODY = 65534;

/** What a program says to somebody who is not root, for these words: that it needs root, or what it prints. */
const NEEDS_ROOT = 'needs root';
const CALLS: readonly [program: string, words: string, says: string | RegExp][] = [
  ['apply', '', NEEDS_ROOT],
  ['dhcpc', 'up eth0', NEEDS_ROOT],
  ['dhcpc', 'down eth0', NEEDS_ROOT],
  ['ds', '', NEEDS_ROOT],
  ['ds', '--dry-run', NEEDS_ROOT],
  ['per', 'boot job true', NEEDS_ROOT],
  ['per', 'instance job true', NEEDS_ROOT],
  ['per', 'once job true', NEEDS_ROOT],
  ['per', 'always job echo done', /^done\n$/],
  ['query', 'datasource', NEEDS_ROOT],
  ['query', 'dsmode', NEEDS_ROOT],
  ['query', 'available', NEEDS_ROOT],
  ['query', 'get instance-id', NEEDS_ROOT],
  ['status', '', /are for root: sudo leanos-status\n[^]*=== leanos: current=1\.2\.3/],
  ['userdata', '', NEEDS_ROOT],
  ['userdata', '/tmp/x', NEEDS_ROOT],
  ['update', 'check', NEEDS_ROOT],
  ['update', 'apply', NEEDS_ROOT],
  ['update', 'rollback --reboot', NEEDS_ROOT],
  ['update', 'timer', NEEDS_ROOT],
  ['update', 'channel alpha', NEEDS_ROOT],
  ['update', 'channel', /^stable http:\/\/example\.org\n$/],
  ['update', 'status', /channel: stable\n[^]*for root: sudo leanos-update status\n$/],
];

/** Shell text of somebody who may not change the machine, run in copies that they may read. */
async function asNobody(): Promise<{
  machine: FakeMachine;
  run: (script: string) => {status: number | null; said: string};
}> {
  const machine = await fakeMachine();
  rmSync(join(machine.root, 'usr'), {recursive: true});
  for (const tree of [ROOTFS, SHARED])
    cpSync(join(tree, 'usr'), join(machine.root, 'usr'), {recursive: true, verbatimSymlinks: true});
  const program = join(machine.root, 'busybox');
  copyFileSync(await imageBusybox(), program);
  machine.write('etc/os-release', 'VERSION_ID=1.2.3\nIMAGE_ID=test\n');
  machine.write('usr/lib/os-release', 'IMAGE_VERSION=1.2.3\nIMAGE_ID=test\nARCHITECTURE=x86_64\n');
  machine.write('proc/uptime', '1.0 1.0\n');
  machine.write('sys/class/net/eth0/address', '');
  machine.write('var/lib/leanos/update/channel', 'stable\n');
  machine.write('var/lib/leanos/update/url', 'http://example.org\n');
  machine.write('run/leanos/datasource/data/instance-id', 'i-1\n');
  chmodSync(join(machine.root, 'run/leanos/datasource'), 0o700);
  chmodSync(join(machine.root, 'run/leanos'), 0o555);
  for (const folder of [runFolder(), machine.root]) chmodSync(folder, 0o711);
  const account = process.getuid?.() === 0 ? {uid: NOBODY, gid: NOBODY} : {};
  return {
    machine,
    run: (script) => {
      const environment = {ROOT: machine.root, PATH: '/nowhere'};
      const words = ['ash', '-c', `exec 2>&1; ${script}`];
      const {status, stdout} = spawnSync(program, words, {
        ...account,
        cwd: '/',
        env: environment,
        encoding: 'utf8',
      });
      return {status, said: stdout};
    },
  };
}

const NAMES = readdirSync(join(ROOTFS, 'usr/sbin'));

test('every program of the system has a row, and a row has a program', () => {
  const programs = NAMES.filter((name) => /^leanos-\w+$/.test(name)).map((name) =>
    name.replace('leanos-', ''),
  );
  const called = new Set(CALLS.map(([program]) => program));
  expect(programs.filter((name) => !called.has(name) && name !== 'dhcpc6')).toEqual([]);
});

test('to an ordinary user each says that it needs root, or does what it can', async () => {
  const {run} = await asNobody();
  for (const [program, words, says] of CALLS) {
    for (const name of [`leanos-${program}`, `cirros-${program}`].filter((each) => NAMES.includes(each))) {
      const call = `${name} ${words}`.trim();
      const {status, said} = run(`sh "$ROOT/usr/sbin/${name}" ${words}`);
      if (says === NEEDS_ROOT)
        expect({call, status, said}).toEqual({
          call,
          status: 77,
          said: `${name}: this needs root: sudo ${call}\n`,
        });
      else
        expect({call, status, right: said.match(says) !== null, said}).toEqual({
          call,
          status: 0,
          right: true,
          said,
        });
    }
  }
});

test.each(['growpart /dev/vda 1', 'ssh-import-id -u bob gh:x'])('%s needs root, too', async (call) => {
  const {machine, run} = await asNobody();
  machine.write('sys/class/block/vda1/start', '2048\n');
  machine.write('sys/class/block/vda1/size', '2048\n');
  machine.write('sys/class/block/vda/size', '204800\n');
  machine.write('sys/class/block/vda/vda1/start', '2048\n');
  const [program] = call.split(' ');
  expect(run(`sh "$ROOT/usr/bin/${call.replace(' ', '" ')}`)).toEqual({
    status: 77,
    said: `${program}: this needs root: sudo ${call}\n`,
  });
});

test('a pause of an ordinary user is one, although the pipe of root’s is there', async () => {
  const {machine, run} = await asNobody();
  chmodSync(join(machine.root, 'run/leanos'), 0o755);
  machine.ash('mkfifo -m 0600 "$ROOT/run/leanos/nap"');
  chmodSync(join(machine.root, 'run/leanos'), 0o555);
  expect(run('. "$ROOT/usr/lib/leanos/system.sh"; sleep() { echo "sleep $1"; }; nap 1')).toEqual({
    status: 0,
    said: 'sleep 1\n',
  });
});
