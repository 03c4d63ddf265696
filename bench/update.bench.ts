// What an update moves, how long it takes to the moment when a reboot would start it, and how long the reboot keeps the
// machine away, against a plain reboot of a machine that has done the same. (An emulated machine restarts more slowly the more
// it has done: TCG clears away what it translated while the kernel is unpacked over it.)
// npm run bench -- update [--rounds 3]
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {ARCHITECTURES} from '../src/core/architecture.ts';
import {bootImage} from '../src/vm/boot-image.ts';
import type {Machine} from '../src/vm/machine.ts';
import {logIn} from '../src/vm/login.ts';
import {generateSshKey, type SshSession} from '../src/vm/ssh.ts';
import {seeded} from '../test/support/ready-guest.ts';
import {ReleasePlace, ReleaseServer} from '../test/support/release-place.ts';
import {median, numberArgument, printTable, seconds, testGuest} from './lab.ts';

const TIMEOUT_MS = 120_000;
const MIB = 2 ** 20;
const rounds = numberArgument('--rounds', 3);
const key = generateSshKey('bench');
await using guest = await testGuest();
await using server = await ReleaseServer.start();
const place = new ReleasePlace(server);
await place.setUp('first');
await place.release(20);
const built = JSON.parse(await place.leanos(0, 'build', '--channel', 'stable', '--json', '--locked')) as {
  artifacts: {kind: string; path: string}[];
};
const disk = place.path(built.artifacts.find(({kind}) => kind === 'disk')?.path ?? '');
writeFileSync(place.path('buildroot-overlays/rootfs/etc/second'), 'second\n');
place.commit();
await place.release(10);

interface Round {
  readonly apply: number;
  readonly bytes: number;
  readonly plain: number;
  readonly updated: number;
}

async function login(machine: Machine): Promise<SshSession> {
  return logIn(machine, {user: 'leanos', privateKey: key.privateKey, timeoutMs: TIMEOUT_MS});
}

/** From the command that restarts the machine to the next completed login. */
async function downtime(machine: Machine): Promise<number> {
  const session = await login(machine);
  const boots = machine.console.split('initramfs: up at').length;
  return seconds(async () => {
    await session.exec('sudo reboot');
    await session[Symbol.asyncDispose]();
    await machine.waitForConsole(new RegExp(`(?:initramfs: up at[^]*){${boots}}`), TIMEOUT_MS);
    await using _back = await login(machine);
  });
}

/** Points the bootloader back to the running slot after an update was written: the next boot is then a plain one. */
const STAY = `sudo sh -c 'ROOT=; cd /usr/lib/leanos && . ./platform.sh && . ./gpt.sh && . ./slots.sh &&
open_esp && read_state && give_tries A 3 A; close_esp'`;

/** One machine applies the update and restarts, into the new version or, where it `stays`, into the one it has. */
async function measure(
  name: string,
  stays: boolean,
): Promise<Omit<Round, 'plain' | 'updated'> & {downtime: number}> {
  const folder = join(guest.folder, name);
  const image = {
    arch: ARCHITECTURES.x86_64,
    disk: {path: disk, format: 'qcow2' as const},
    kernel: '',
    initramfs: '',
    commandLine: '',
  };
  await using machine = await bootImage(image, {...seeded(guest, 'bench', key), folder});
  await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
  const before = server.bytes;
  const apply = await seconds(async () => {
    await using session = await login(machine);
    const {stdout, stderr} = await session.exec('sudo leanos-update apply', {timeoutMs: TIMEOUT_MS});
    if (!stdout.includes('starts with the next boot')) throw new Error(`${stdout}${stderr}`);
  });
  if (stays) {
    await using session = await login(machine);
    const {status, stderr} = await session.exec(STAY);
    if (status !== 0) throw new Error(stderr);
  }
  const bytes = server.bytes - before;
  return {apply, bytes, downtime: await downtime(machine)};
}

const found: Round[] = [];
for (let round = 0; round < rounds; round += 1) {
  const plain = await measure(`plain-${round}`, true);
  const {downtime: updated, ...rest} = await measure(`update-${round}`, false);
  found.push({...rest, plain: plain.downtime, updated});
}
const middle = (field: keyof Round): number => median(found.map((round) => round[field]));
printTable(
  [`update (${guest.accelerator}, BIOS, ${rounds} rounds, medians)`, 'measured', 'ratio', 'goal'],
  [
    ['bytes moved', `${(middle('bytes') / MIB).toFixed(2)} MiB`, '', ''],
    ['apply, to the moment when a reboot starts it', `${middle('apply').toFixed(2)} s`, '', ''],
    ['a plain reboot, to the next ssh login', `${middle('plain').toFixed(2)} s`, '1.00', ''],
    [
      'the reboot into the new version',
      `${middle('updated').toFixed(2)} s`,
      (middle('updated') / middle('plain')).toFixed(2),
      '≤ 1.1',
    ],
  ],
);
