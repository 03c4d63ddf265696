import {appendFileSync} from 'node:fs';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {ARCHITECTURES, diskFirmwares, hostArchitecture} from '../../src/core/architecture.ts';
import type {Firmware} from '../../src/vm/boot-image.ts';
import type {Machine} from '../../src/vm/machine.ts';
import {checkPromises, testSeed} from '../../src/vm/promises.ts';
import {judgeOffers} from '../../src/vm/ssh-offers.ts';
import type {SshSession} from '../../src/vm/ssh.ts';
import {switchOff} from '../../src/vm/switch-off.ts';
import {ARCHITECTURE_NOTES, type ArchitectureSeen} from '../support/noted-table.ts';
import {temporary} from '../support/temporary.ts';
import {login, ONE_TRY, said, TIMEOUT_MS, told, UpdatingGuest} from '../support/updating-guest.ts';

/**
 * Whether every path and every update is tried and docs/architectures.md written anew; or the usual path of each architecture
 * and an update under each firmware tried, and compared with it.
 */
const WHOLE = process.env['LEANOS_ARCHITECTURES'] === 'all';

const CHECKED = 'checked by dm-verity';

/** The host's own is booted by every other test. */
const foreign = Object.values(ARCHITECTURES).filter(({name}) => name !== hostArchitecture().name);

/**
 * One changed byte in what every boot reads of /usr: the kernel restarts the machine, and the bootloader counts.
 * test/boot/update.test.ts goes through all three tries.
 */
const DAMAGE = `${ONE_TRY} &&
printf x | dd of=$(partition USR-B) bs=1 seek=100 conv=notrunc,fsync
sync
reboot`;

/** For two releases of all of them with nothing in the store, and for the boots of one, where the processor is shared. */
const LONG_MS = 1_200_000;

let guest: UpdatingGuest;
let newest: string;

beforeAll(async () => {
  guest = await UpdatingGuest.release({test: false, archs: foreign.map(({name}) => name)});
  appendFileSync(guest.place.path('buildroot-overlays/rootfs/etc/profile'), '\n# of the second release\n');
  guest.place.commit();
  newest = await guest.place.release(10);
}, LONG_MS);
afterAll(() => guest[Symbol.asyncDispose]());

/** The first architecture of each firmware that disks start with. */
const updated = new Map(foreign.toReversed().map((arch) => [diskFirmwares(arch)[0], arch]));

describe.each(foreign.map((arch) => [arch.name, arch] as const))('%s', (name, arch) => {
  const disks = diskFirmwares(arch);
  const paths: readonly Firmware[] = [...disks, 'direct'];

  test.each(WHOLE ? paths : paths.slice(0, 1))(
    'keeps its promises: %s',
    {timeout: LONG_MS},
    async (firmware) => {
      const seen: ArchitectureSeen = {};
      await using machine = await guest.boot(temporary(), firmware, {arch: name, seed: testSeed});
      {
        await using session = await login(machine);
        await said(machine, /=== leanos: current=/, 1);
        const results = [...(await checkPromises(session)), judgeOffers(session.offers, arch.suite)];
        expect(results.filter(({kept}) => !kept)).toEqual([]);
        seen['promises over ssh'] = `${results.length} of ${results.length}`;
        seen['/usr'] = await usrOf(session);
        expect(seen['/usr']).toBe(firmware === 'direct' ? 'in RAM' : CHECKED);
      }
      if (firmware === disks[0] && (WHOLE || updated.get(firmware) === arch))
        await updateAndFallBack(machine, seen);
      await using session = await login(machine);
      const how = await switchOff(machine, {session}, TIMEOUT_MS);
      seen['switched off by'] = how.startsWith('the power button') ? 'its power button' : 'its login';
      if (WHOLE) ARCHITECTURE_NOTES.document([`\`${name}\``, firmware], seen);
      else expect(ARCHITECTURE_NOTES.documented([`\`${name}\``, firmware])).toMatchObject(seen);
    },
  );
});

/** Where /usr is: the name of its device tells that the kernel checks it; from RAM it is in a file of the initramfs. */
async function usrOf(session: SshSession): Promise<string> {
  const found = await told(session, `sed -n 's/ .usr .*//p' /proc/mounts; cat /sys/block/dm-0/dm/name`);
  return found === '/dev/dm-0\nusr' ? CHECKED : found.replace(/^\/dev\/loop0\n[^]*/, 'in RAM');
}

/** From the first version to the newest in slot B, and back after a byte of that has changed. */
async function updateAndFallBack(machine: Machine, seen: ArchitectureSeen): Promise<void> {
  {
    await using session = await login(machine);
    expect(await told(session, 'sudo leanos-update apply')).toContain(`${newest} is in slot B`);
    await session.exec('sudo reboot');
  }
  await said(machine, /info: update: [0-9.]+ is healthy and stays/, 1);
  {
    await using session = await login(machine);
    expect(await told(session, 'tail -n 1 /etc/profile')).toBe('# of the second release');
    expect(await usrOf(session)).toBe(CHECKED);
    seen.update = 'in slot B, healthy';
    await session.exec(`sudo sh -c '${DAMAGE}'`);
  }
  await said(machine, new RegExp(`=== leanos: current=${guest.first.replaceAll('.', '\\.')}`), 2);
  await using session = await login(machine);
  expect(await told(session, 'sudo leanos-update status')).toMatch(
    new RegExp(`version: ${guest.first}\n[^]*slot: A\n`),
  );
  seen['damaged update'] = 'slot A is back';
}
