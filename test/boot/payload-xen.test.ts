import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {bootImage} from '../../src/vm/boot-image.ts';
import {inGuest} from '../../src/vm/in-guest.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {readyXenImage, xenMachine} from '../support/payload-machine.ts';
import {makePvPayload} from '../support/pv-payload.ts';

const TIMEOUT_MS = 300_000;
const LINE = String.raw`say="two words" it's a \ wait`;
const key = generateSshKey('test');
let guest: ReadyImage;

beforeAll(async () => void (guest = await readyXenImage(makePvPayload)));
afterAll(() => guest[Symbol.asyncDispose]());

test.each(['bios', 'uefi'] as const)(
  '%s: a payload that ends switches the machine off; it has the arguments of the image',
  async (firmware) => {
    await using machine = await bootImage(guest.image, {...xenMachine(guest, 'ends', key), firmware});
    await machine.waitForConsole(/payload: PV: of the image\r?\n/, TIMEOUT_MS);
    expect(await machine.finished()).toMatchObject({ok: true});
    expect(machine.console).toContain('payload: ends');
  },
);

test('dom0 is reached on its own port beside a payload with user-data’s arguments, which can be restarted', async () => {
  const {seed, ...boot} = xenMachine(guest, 'waits', key);
  if (typeof seed !== 'object' || !('instanceId' in seed)) throw new Error('the seed has no instance');
  const seededWith = {...seed, userData: `#payload-args\n${LINE}\n`};
  await inGuest(
    guest.image,
    {...boot, seed: seededWith},
    {user: 'leanos', key, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal},
    async (session, machine) => {
      const told = async (command: string): Promise<string> => (await session.exec(command)).stdout.trim();
      await machine.waitForConsole(/payload: PV: say="two words" it's a \\ wait\r?\n/, TIMEOUT_MS);
      const domain =
        'sudo sh -c \'PATH=/usr/lib/xen/bin; id=$(xl domid payload); xenstore read "/local/domain/$id';
      expect(await told(`${domain}/vm-data/instance-id"'`)).toBe('i-waits');
      expect(await told(`${domain}/device/vif/0/state"'`)).not.toBe('');
      expect(await told('sudo leanos-payload restart')).toMatch(/^payload: running, .* started 2 times$/);
      await machine.waitForConsole(/(payload: PV: say=.*[^]*){2}/, TIMEOUT_MS);
      expect(await told('sudo leanos-payload stop')).toMatch(/^payload: stopped/);
    },
  );
});
