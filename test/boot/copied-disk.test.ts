import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {sha256} from '../../src/core/canonical.ts';
import {bootImage, prepareMachine, type BootOptions, type Firmware} from '../../src/vm/boot-image.ts';
import {Machine} from '../../src/vm/machine.ts';
import type {DiskBus} from '../../src/vm/machine-spec.ts';
import {logIn} from '../../src/vm/login.ts';
import {generateSshKey, type SshSession} from '../../src/vm/ssh.ts';
import {ready, seeded} from '../support/ready-guest.ts';
import {temporary} from '../support/temporary.ts';

const TIMEOUT_MS = 120_000;
const MIB = 2 ** 20;
/** What says on whose STATE it is: of one length, so that the one can be put in the place of the other. */
const [OWN, COPY] = ['rc.local of the own disk', 'rc.local of what we copy'];
const key = generateSshKey('copied-disk');
let guest: ReadyImage;
/** A disk that was booted, and an exact copy of it but for what its rc.local says; both may grow. */
let [own, copy] = ['', ''];

beforeAll(async () => {
  guest = await ready('cirros'); // it drives USB as well
  const folder = temporary();
  own = join(folder, 'own.raw');
  copy = join(folder, 'copy.raw');
  await guest.run(['qemu-img', 'convert', '-O', 'raw', await firstBoot(), own]);
  const bytes = readFileSync(own);
  for (let at = bytes.indexOf(OWN); at !== -1; at = bytes.indexOf(OWN)) bytes.write(COPY, at);
  writeFileSync(copy, Buffer.concat([bytes, Buffer.alloc(64 * MIB)]));
});
afterAll(() => guest[Symbol.asyncDispose]());

const login = (machine: Machine): Promise<SshSession> =>
  logIn(machine, {user: 'cirros', privateKey: key.privateKey, timeoutMs: TIMEOUT_MS});

/** Boots the image for the first time, leaves an rc.local in its STATE, and gives the path of its disk. */
async function firstBoot(): Promise<string> {
  const folder = temporary();
  await using machine = await bootImage(guest.image, {...seeded(guest, 'copied-disk', key), folder});
  await using session = await login(machine);
  await session.exec(
    `printf '#!/bin/sh\\necho ${OWN}\\n' | sudo tee /etc/rc.local; sudo chmod +x /etc/rc.local`,
  );
  await machine.waitForConsole(/=== leanos: current=/, TIMEOUT_MS);
  await machine.powerOff(TIMEOUT_MS);
  return join(folder, 'disk.qcow2');
}

test.each<[string, Firmware, DiskBus, string]>([
  ['before', 'bios', 'virtio', 'vdc'], // the copy and the seed are vda and vdb
  ['after', 'bios', 'virtio', 'vda'],
  ['before', 'uefi', 'nvme', 'nvme0n1'],
  ['before', 'bios', 'usb', 'sda'],
])(
  'a copy of the disk that comes %s it is left alone: %s, %s',
  async (place, firmware, bus, name) => {
    const before = sha256(readFileSync(copy));
    const options: BootOptions = {
      ...seeded(guest, 'copied-disk', key),
      folder: temporary(),
      firmware,
      diskBytes: statSync(copy).size,
      extraDisks: [{path: copy, serial: 'copy'}],
    };
    const spec = await prepareMachine({...guest.image, disk: {path: own, format: 'raw'}}, options);
    if (spec.disk === undefined) throw new Error('no disk');
    await using machine = await Machine.start({...spec, disk: {...spec.disk, bus, last: place === 'before'}});
    await machine.waitForConsole(new RegExp(`${OWN}|${COPY}`), TIMEOUT_MS);
    await using session = await login(machine);
    const {stdout} = await session.exec(
      `cat /run/leanos/disk; . /usr/lib/leanos/gpt.sh; ROOT=; partition ESP; cat /sys/class/block/${name}*5/size`,
    );
    const partitions = name.startsWith('nvme') ? `${name}p` : name;
    const [disk, esp, sectors] = stdout.split('\n');
    expect([disk, esp]).toEqual([name, `/dev/${partitions}2`]);
    expect(Number(sectors) * 512).toBeGreaterThan(64 * MIB);
    expect(machine.console).toContain(`loading root from /dev/${partitions}5,`);
    expect(machine.console).not.toContain(COPY);
    expect(sha256(readFileSync(copy))).toBe(before);
  },
  2 * TIMEOUT_MS,
);
