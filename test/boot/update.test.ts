import {appendFileSync, readFileSync} from 'node:fs';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {sha256} from '../../src/core/canonical.ts';
import {temporary} from '../support/temporary.ts';
import {login, said, TIMEOUT_MS, told, UpdatingGuest} from '../support/updating-guest.ts';

let guest: UpdatingGuest;
let second: string | undefined;

beforeAll(async () => {
  guest = await UpdatingGuest.release({test: true});
});
afterAll(() => guest[Symbol.asyncDispose]());

/** The second release, made when it is first asked for. */
async function secondRelease(): Promise<string> {
  if (second !== undefined) return second;
  appendFileSync(guest.place.path('buildroot-overlays/rootfs/etc/profile'), '\n# of the second release\n');
  guest.place.commit();
  return (second = await guest.place.release(10));
}

test.each(['bios', 'uefi'] as const)(
  'a release, promoted to stable, updates itself, breaks, and is back on the one before, beside a copy of its disk: %s',
  async (firmware) => {
    const folder = temporary();
    const foreign = await guest.copiedDisk(folder);
    const before = sha256(readFileSync(foreign));
    await using machine = await guest.boot(folder, firmware, {foreign});
    {
      await using session = await login(machine);
      await said(machine, /=== leanos: current=/, 1);
      expect(await told(session, 'sudo leanos-update status')).toMatch(
        new RegExp(
          `version: ${guest.first}\nimage: test-x86_64\nslot: A\nchannel: stable\naddress: ${guest.server.url}\nfirst: A, tries: A [23], B 0`,
        ),
      );
      if (second === undefined)
        expect(await told(session, 'sudo leanos-update check; echo $?')).toBe(
          `${guest.first} is the newest\n4`,
        );
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
    await said(machine, new RegExp(`=== leanos: current=${guest.first.replaceAll('.', '\\.')}`), 2);
    await using session = await login(machine);
    expect(await told(session, 'sudo leanos-update status')).toMatch(
      new RegExp(`version: ${guest.first}\n[^]*slot: A\n`),
    );
    expect(await told(session, 'sudo leanos-update rollback; sudo leanos-update status')).toMatch(
      new RegExp(
        `slot B starts with the next boot; ${guest.first} is not taken again\n[^]*first: B, tries: A [0-3], B 3`,
      ),
    );
    await machine.powerOff(TIMEOUT_MS);
    expect(sha256(readFileSync(foreign))).toBe(before);
  },
);
