import {appendFileSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {ARCHITECTURES} from '../../src/core/architecture.ts';
import {bootImage, type BootableImage} from '../../src/vm/boot-image.ts';
import type {Machine} from '../../src/vm/machine.ts';
import type {BootPath} from '../../src/vm/qemu-args.ts';
import {logIn} from '../../src/vm/login.ts';
import {generateSshKey, type SshSession} from '../../src/vm/ssh.ts';
import {ready, seeded} from '../support/ready-guest.ts';
import {ReleasePlace, ReleaseServer} from '../support/release-place.ts';
import {temporary} from '../support/temporary.ts';

const TIMEOUT_MS = 120_000;
const key = generateSshKey('update');
let guest: ReadyImage;
let server: ReleaseServer;
let place: ReleasePlace;
let image: BootableImage;
let first: string;
let second: string | undefined;

beforeAll(async () => {
  guest = await ready('test');
  server = await ReleaseServer.start();
  place = new ReleasePlace(server);
  await place.setUp('first', 'second');
  first = await place.release(20, {test: true});
  const {artifacts} = JSON.parse(
    await place.leanos(0, 'build', '--channel', 'stable', '--json', '--locked'),
  ) as {
    artifacts: {kind: string; path: string}[];
  };
  const path = (kind: string): string => place.path(artifacts.find((item) => item.kind === kind)?.path ?? '');
  image = {
    arch: ARCHITECTURES.x86_64,
    disk: {path: path('disk'), format: 'qcow2'},
    kernel: path('kernel'),
    initramfs: path('initramfs'),
    commandLine: '',
  };
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await guest[Symbol.asyncDispose]();
});

function boot(folder: string, firmware: BootPath['firmware'] = 'bios'): Promise<Machine> {
  return bootImage(image, {...seeded(guest, 'update', key), folder, firmware, survivesPanic: true});
}

/** A login to the system that started last; the one before it may still answer for a moment. */
async function login(machine: Machine): Promise<SshSession> {
  return logIn(machine, {user: 'leanos', privateKey: key.privateKey, timeoutMs: TIMEOUT_MS});
}

async function told(session: SshSession, command: string): Promise<string> {
  const {stdout, stderr} = await session.exec(command);
  return `${stdout}${stderr}`.trim();
}

/** Waits until the console has said something for so many times. */
async function said(machine: Machine, pattern: RegExp, times: number): Promise<void> {
  await machine.waitForConsole(new RegExp(`(?:${pattern.source}[^]*){${times}}`), 2 * TIMEOUT_MS);
}

/** The second release, made when it is first asked for. */
async function secondRelease(): Promise<string> {
  if (second !== undefined) return second;
  appendFileSync(place.path('buildroot-overlays/rootfs/etc/profile'), '\n# of the second release\n');
  place.commit();
  return (second = await place.release(10));
}

test.each(['bios', 'uefi'] as const)(
  'a release, promoted to stable, updates itself, breaks, and is back on the one before: %s',
  async (firmware) => {
    await using machine = await boot(temporary(), firmware);
    {
      await using session = await login(machine);
      await said(machine, /=== leanos: current=/, 1);
      expect(await told(session, 'sudo leanos-update status')).toMatch(
        new RegExp(
          `version: ${first}\nimage: test-x86_64\nslot: A\nchannel: stable\naddress: ${server.url}\nfirst: A, tries: A [23], B 0`,
        ),
      );
      if (second === undefined)
        expect(await told(session, 'sudo leanos-update check; echo $?')).toBe(`${first} is the newest\n4`);
      await told(session, 'echo mine | sudo tee /etc/motd; sync');
    }

    const newest = await secondRelease();
    {
      await using session = await login(machine);
      expect(await told(session, 'sudo leanos-update apply')).toContain(
        `${newest} is in slot B and starts with the next boot`,
      );
      await session.exec('sudo reboot');
    }
    await said(machine, /info: update: [0-9.]+ is healthy and stays/, 1);
    {
      await using session = await login(machine);
      expect(await told(session, 'sudo leanos-update status')).toMatch(
        new RegExp(`version: ${newest}\n[^]*slot: B\n[^]*first: B, tries: A [0-3], B 3`),
      );
      expect(await told(session, 'cat /etc/motd; tail -n 1 /etc/profile')).toBe(
        'mine\n# of the second release',
      );
      // One changed byte in what every boot reads of /usr: the kernel restarts the machine, and GRUB counts.
      const damage =
        'ROOT=; . /usr/lib/leanos/gpt.sh; printf x | dd of=$(partition USR-B) bs=1 seek=100 conv=notrunc,fsync; sync; reboot';
      await session.exec(`sudo sh -c '${damage}'`);
    }
    await said(machine, new RegExp(`=== leanos: current=${first.replaceAll('.', '\\.')}`), 2);
    await using session = await login(machine);
    expect(await told(session, 'sudo leanos-update status')).toMatch(
      new RegExp(`version: ${first}\n[^]*slot: A\n`),
    );
    expect(await told(session, 'sudo leanos-update rollback; sudo leanos-update status')).toMatch(
      new RegExp(
        `slot B starts with the next boot; ${first} is not taken again\n[^]*first: B, tries: A [0-3], B 3`,
      ),
    );
    await machine.powerOff(TIMEOUT_MS);
  },
);

describe('a release that is bad', () => {
  const BOOT = 'init-scripts/rootfs/usr/lib/leanos/boot';
  const bad: readonly [name: string, file: string, text: string, reason: string][] = [
    ['panics', BOOT, '#!/bin/sh\necho c >/proc/sysrq-trigger\n', 'it did not get as far as its health check'],
    [
      'has an init that exits',
      'init-scripts/rootfs/usr/sbin/init',
      '#!/bin/sh\nexit 0\n',
      'it did not get as far as its health check',
    ],
    [
      'has no network',
      'init-scripts/rootfs/usr/lib/leanos/bring-up.sh',
      '#!/bin/sh\n: >/run/leanos/applied\n: >/run/leanos/configured\nexec /usr/lib/leanos/settle\n',
      'the network has no address',
    ],
    [
      'fails its own check',
      'buildroot-overlays/rootfs/etc/leanos/health.d/own',
      '#!/bin/sh\nexit 1\n',
      '/etc/leanos/health.d/own ended with an error',
    ],
    [
      'fills STATE',
      'buildroot-overlays/rootfs/etc/rc.local',
      '#!/bin/sh\ndd if=/dev/zero of=/var/full bs=1M\n',
      'STATE cannot be written to',
    ],
  ];
  const folder = temporary();
  let daysAgo = 9;
  /** The commit before all that is bad. */
  let base: string | undefined;

  test.each(bad)('%s: the one before is back, and says why', async (_, file, text, reason) => {
    base ??= place.git('rev-parse', 'HEAD').trim();
    mkdirSync(dirname(place.path(file)), {recursive: true});
    writeFileSync(place.path(file), text, {mode: 0o755});
    if (file.endsWith('bring-up.sh'))
      appendFileSync(place.path('init-scripts/rootfs/usr/lib/leanos/network.sh'), 'start_client() { :; }\n');
    place.commit();
    const version = await place.release((daysAgo -= 1));
    rmSync(place.path(file));
    place.git('checkout', '--quiet', base, '--', 'init-scripts', 'buildroot-overlays');

    await using machine = await boot(folder);
    {
      await using session = await login(machine);
      await said(machine, /=== leanos: current=/, 1);
      await told(session, 'echo HEALTH_SECONDS=6 | sudo tee /etc/leanos-init/local; sudo rm -f /var/full');
      expect(await told(session, 'sudo leanos-update apply')).toContain(`${version} is in slot B`);
      await session.exec('sudo reboot');
    }
    await said(
      machine,
      new RegExp(`warning: update: ${version.replaceAll('.', '\\.')} did not come up: `),
      1,
    );
    await using session = await login(machine);
    expect(await told(session, 'sudo leanos-update status')).toMatch(
      new RegExp(`version: ${first}\n[^]*failed: ${version} did not come up: ${reason}`),
    );
    expect(await told(session, 'sudo leanos-update check')).toContain(`${version} did not come up here`);
    await machine.powerOff(TIMEOUT_MS);
  });
});
