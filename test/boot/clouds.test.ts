import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ReadyImage} from '../../src/build/ready-image.ts';
import {bootImage} from '../../src/vm/boot-image.ts';
import {logIn} from '../../src/vm/login.ts';
import {MetadataServer, type Answer} from '../../src/vm/metadata-server.ts';
import {generateSshKey} from '../../src/vm/ssh.ts';
import {azureDisc, CLOUD_NAMES, cloudOf, ROUTER, smbiosOf, type CloudName} from '../support/clouds.ts';
import {ready} from '../support/ready-guest.ts';
import {VirtualRouter} from '../support/virtual-router.ts';

const TIMEOUT_MS = 120_000;
const key = generateSshKey('clouds');
let guest: ReadyImage;

beforeAll(async () => {
  guest = await ready('test');
});
afterAll(() => guest[Symbol.asyncDispose]());

const addresses = (text: string): string =>
  `until ip -o addr show eth0 | grep -F "${text}"; do sleep 0.2; done`;

/** What shows in the machine that all of the cloud's data was applied, beside its name and key. */
const SIGNS: Readonly<Record<CloudName, readonly [command: string, says: string]>> = {
  google: [
    'until grep 1460 /sys/class/net/eth0/mtu; do sleep 0.2; done; sudo su bob -c "sudo id -un"',
    '1460\nroot',
  ],
  azure: ['id -un azureuser', 'azureuser'],
  digitalocean: [
    'ip -o addr show eth0 | grep -o 10.17.0.9; pidof udhcpc || echo no client',
    '10.17.0.9\nno client',
  ],
  hetzner: [addresses('2a01:4f8:beef::1/64'), '2a01:4f8:beef::1/64'],
  vultr: [addresses('192.0.2.7/24'), '192.0.2.7/24'],
  upcloud: [addresses('94.237.105.50/32'), '94.237.105.50/32'],
  oracle: ['sudo leanos-query get name', 'a cloudy one'],
  scaleway: ['cat /proc/sys/net/ipv4/ip_local_port_range; cat /run/vendor', '32768\t60999\nmade'],
  cloudstack: ['sudo leanos-query get instance-id', 'i-cloud'],
  exoscale: ['sudo leanos-query get instance-id', 'i-cloud'],
  alibaba: ['sudo leanos-query get instance-id', 'i-cloud'],
  tencent: ['sudo leanos-query get instance-id', 'i-cloud'],
};

/** A server of passwords, beside the metadata of a cloud that has one. */
function passwords(heard: string[]): Record<string, Answer> {
  return {
    '/': ({headers}, response) => {
      heard.push(String(headers['domu_request']));
      response.end(heard.length === 1 ? 'a new password' : 'saved_password');
    },
  };
}

/** As Azure makes it: ovf-env.xml alone, on a UDF without a name that says anything. */
function provisioningDisc(folder: string): string {
  const [content, disc] = [join(folder, 'disc'), join(folder, 'disc.iso')];
  mkdirSync(content);
  writeFileSync(join(content, 'ovf-env.xml'), azureDisc(key.publicKey));
  execFileSync('genisoimage', ['-quiet', '-udf', '-V', 'rd_rdfe_stable', '-o', disc, content]);
  return disc;
}

/** The ports that TCP packets with a text came from, of the packets that QEMU has kept: pcap(5), Ethernet, IPv4. */
function sourcePorts(path: string, text: string): number[] {
  const packets = readFileSync(path);
  const ports: number[] = [];
  for (let at = 24; at + 16 <= packets.length;) {
    const bytes = packets.readUInt32LE(at + 8);
    const frame = packets.subarray(at + 16, at + 16 + bytes);
    if (frame.includes(text)) ports.push(frame.readUInt16BE(34));
    at += 16 + bytes;
  }
  return ports;
}

test.each(CLOUD_NAMES)('a machine of %s takes what its cloud says', async (name) => {
  const {answers, options, at} = cloudOf(name);
  const heard: string[] = [];
  await using server = await MetadataServer.start({...answers(key.publicKey), ...passwords(heard)}, options);
  const folder = join(guest.folder, name);
  mkdirSync(folder);
  // QEMU's own network cannot have anything at the address of its DHCP server, where CloudStack's router is: a second card hears of it.
  await using router = await VirtualRouter.start({
    address: '10.1.3.15',
    mask: '255.255.255.0',
    server: ROUTER,
  });
  const disc = name === 'azure' ? provisioningDisc(folder) : undefined;
  const capture = join(folder, 'packets');
  await using machine = await bootImage(guest.image, {
    folder,
    firmware: 'direct',
    memoryMib: 256,
    accelerator: guest.accelerator,
    run: guest.run,
    smbios: smbiosOf(name),
    metadata: {command: server.command, at, only: name === 'cloudstack'},
    disc,
    capture,
    ...(name === 'cloudstack' ? {extraCards: [{mac: '52:54:00:00:00:02', cable: router.cable}]} : {}),
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
  expect(router.refused).toEqual([]);
  if (name === 'scaleway') {
    const ports = sourcePorts(capture, 'GET /user_data/');
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toBeLessThan(1024);
  }
  if (name === 'exoscale' || name === 'cloudstack') {
    await expect.poll(() => heard, {timeout: TIMEOUT_MS}).toEqual(['send_my_password', 'saved_password']);
    await using byPassword = await logIn(machine, {
      user: 'leanos',
      password: 'a new password',
      timeoutMs: TIMEOUT_MS,
    });
    expect((await byPassword.exec('id -un')).stdout.trim()).toBe('leanos');
  }
  if (name === 'azure') {
    // What the disc alone says: the password of the user that the cloud was asked for.
    await using byPassword = await logIn(machine, {
      user: 'azureuser',
      password: 'a "b" & c',
      timeoutMs: TIMEOUT_MS,
    });
    expect((await byPassword.exec('sudo id -un')).stdout.trim()).toBe('root');
    const reports = (): string[] =>
      server.requests.filter((line) => line.startsWith('POST /machine?comp=health'));
    await expect.poll(reports, {timeout: TIMEOUT_MS}).toHaveLength(1);
  }
});
