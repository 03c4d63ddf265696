import {appendFileSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {temporary} from '../support/temporary.ts';
import {login, ONE_TRY, said, TIMEOUT_MS, told, UpdatingGuest} from '../support/updating-guest.ts';

let guest: UpdatingGuest;

beforeAll(async () => {
  guest = await UpdatingGuest.release({test: false});
});
afterAll(() => guest[Symbol.asyncDispose]());

describe('a release that is bad', () => {
  const BOOT = 'init-scripts/rootfs/usr/lib/leanos/boot';
  /** The first one has all of its tries, the others one. */
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
    base ??= guest.place.git('rev-parse', 'HEAD').trim();
    mkdirSync(dirname(guest.place.path(file)), {recursive: true});
    writeFileSync(guest.place.path(file), text, {mode: 0o755});
    if (file.endsWith('bring-up.sh'))
      appendFileSync(
        guest.place.path('init-scripts/rootfs/usr/lib/leanos/network.sh'),
        'start_client() { :; }\n',
      );
    guest.place.commit();
    const version = await guest.place.release((daysAgo -= 1));
    rmSync(guest.place.path(file));
    guest.place.git('checkout', '--quiet', base, '--', 'init-scripts', 'buildroot-overlays');

    await using machine = await guest.boot(folder);
    {
      await using session = await login(machine);
      await said(machine, /=== leanos: current=/, 1);
      await told(session, 'echo HEALTH_SECONDS=6 | sudo tee /etc/leanos-init/local; sudo rm -f /var/full');
      expect(await told(session, 'sudo leanos-update apply')).toContain(`${version} is in slot B`);
      if (file !== BOOT) expect(await told(session, `sudo sh -c '${ONE_TRY}'`)).toBe('');
      await session.exec('sudo reboot');
    }
    await said(
      machine,
      new RegExp(`warning: update: ${version.replaceAll('.', '\\.')} did not come up: `),
      1,
    );
    await using session = await login(machine);
    expect(await told(session, 'sudo leanos-update status')).toMatch(
      new RegExp(`version: ${guest.first}\n[^]*failed: ${version} did not come up: ${reason}`),
    );
    expect(await told(session, 'sudo leanos-update check')).toContain(`${version} did not come up here`);
    await machine.powerOff(TIMEOUT_MS);
  });
});
