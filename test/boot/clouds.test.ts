import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {bootImage} from '../../src/vm/boot-image.ts';
import {logIn} from '../../src/vm/login.ts';
import {MetadataServer, type Answer} from '../../src/vm/metadata-server.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {CLOUD_NAMES, cloudOf, type CloudName} from '../support/clouds.ts';
import {ready} from '../support/ready-guest.ts';

const TIMEOUT_MS = 120_000;
const key = generateSshKey('clouds');
let guest: ReadyImage;

beforeAll(async () => {
  guest = await ready('test');
});
afterAll(() => guest[Symbol.asyncDispose]());

/** What QEMU calls the fields of the firmware. */
const SMBIOS: Readonly<Record<string, string>> = {
  sys_vendor: 'manufacturer',
  product_name: 'product',
  product_serial: 'serial',
  product_uuid: 'uuid',
  chassis_asset_tag: 'chassisAsset',
};

const addresses = (text: string): string =>
  `until ip -o addr show eth0 | grep -F "${text}"; do sleep 0.2; done`;

/** What shows in the machine that all of the cloud's data was applied, beside its name and key. */
const SIGNS: Readonly<Record<Exclude<CloudName, 'cloudstack'>, readonly [command: string, says: string]>> = {
  google: ['until id bob; do sleep 0.2; done >/dev/null 2>&1; cat /sys/class/net/eth0/mtu', '1460'],
  azure: ['until id -un azureuser; do sleep 0.2; done 2>/dev/null', 'azureuser'],
  digitalocean: [
    'ip -o addr show eth0 | grep -o 10.17.0.9; pidof udhcpc || echo no client',
    '10.17.0.9\nno client',
  ],
  hetzner: [addresses('2a01:4f8:beef::1/64'), '2a01:4f8:beef::1/64'],
  vultr: [addresses('192.0.2.7/24'), '192.0.2.7/24'],
  upcloud: [addresses('94.237.105.50/32'), '94.237.105.50/32'],
  oracle: ['sudo leanos-query get name', 'a cloudy one'],
  scaleway: ['cat /proc/sys/net/ipv4/ip_local_port_range; cat /run/vendor', '32768\t60999\nmade'],
  exoscale: ['sudo leanos-query get instance-id', 'i-cloud'],
  alibaba: ['sudo leanos-query get instance-id', 'i-cloud'],
  tencent: ['sudo leanos-query get instance-id', 'i-cloud'],
};

// QEMU's own network cannot have anything at the address of its DHCP server, where CloudStack's router is.
const BOOTED = CLOUD_NAMES.filter((name): name is keyof typeof SIGNS => name !== 'cloudstack');

/** A server of passwords, beside the metadata of a cloud that has one. */
function passwords(heard: string[]): Record<string, Answer> {
  return {
    '/': ({headers}, response) => {
      heard.push(String(headers['domu_request']));
      response.end(heard.length === 1 ? 'a new password' : 'saved_password');
    },
  };
}

test.each(BOOTED)('a machine of %s takes what its cloud says', async (name) => {
  const {firmware, answers, options, at} = cloudOf(name);
  const heard: string[] = [];
  await using server = await MetadataServer.start({...answers(key.publicKey), ...passwords(heard)}, options);
  const folder = join(guest.folder, name);
  mkdirSync(folder);
  await using machine = await bootImage(guest.image, {
    folder,
    firmware: 'direct',
    memoryMib: 256,
    accelerator: guest.accelerator,
    run: guest.run,
    smbios: Object.fromEntries(
      Object.entries(firmware).map(([field, text]) => [SMBIOS[field] ?? field, text]),
    ),
    metadata: {command: server.command, at},
  });
  await using session = await logIn(machine, {
    user: 'leanos',
    privateKey: key.privateKey,
    timeoutMs: TIMEOUT_MS,
  });
  const told = async (command: string): Promise<string> => (await session.exec(command)).stdout.trim();
  expect(await told('hostname; sudo leanos-query datasource')).toBe(`cloudy\n${name}`);
  await machine.waitForConsole(/user-data of the cloud/, TIMEOUT_MS);
  const [command, says] = SIGNS[name];
  expect(await told(command)).toContain(says);
  if (name === 'google') await machine.waitForConsole(/startup-script ran/, TIMEOUT_MS);
  if (name === 'exoscale') {
    await expect.poll(() => heard, {timeout: TIMEOUT_MS}).toEqual(['send_my_password', 'saved_password']);
    await using byPassword = await logIn(machine, {
      user: 'leanos',
      password: 'a new password',
      timeoutMs: TIMEOUT_MS,
    });
    expect((await byPassword.exec('id -un')).stdout.trim()).toBe('leanos');
  }
  if (name === 'azure') {
    const reports = (): string[] =>
      server.requests.filter((line) => line.startsWith('POST /machine?comp=health'));
    await expect.poll(reports, {timeout: TIMEOUT_MS}).toHaveLength(1);
  }
});
