// How long from QEMU's start to a completed ssh login, for each datasource, against NoCloud on a disk. The image has a
// password, so that one can log in without any datasource.
// npm run bench -- datasources [--rounds 5]
import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {BootOptions} from '../src/vm/boot-image.ts';
import {MetadataServer} from '../src/vm/metadata-server.ts';
import {CONTRACT_PASSWORD} from '../src/vm/openstack-contract.ts';
import {writeFatSeed} from '../src/vm/seed.ts';
import {loginSeconds, median, numberArgument, printTable, testGuest} from './lab.ts';

const rounds = numberArgument('--rounds', 5);
await using guest = await testGuest('cirros');
const {accelerator, run} = guest;
const {user} = guest.built.prepared.request.image.login;
const metadata = JSON.stringify({uuid: 'bench', hostname: 'bench'});
await using server = await MetadataServer.start({
  '/openstack/latest/meta_data.json': metadata,
  '/latest/meta-data/instance-id': 'i-bench',
});
const nova = {product: 'OpenStack Nova'};
const ec2 = {uuid: 'ec2a1b2c-0000-4000-8000-000000000001'};
const seed = async (label: string, files: Record<string, string>): Promise<string> =>
  writeFatSeed(join(guest.folder, label), {label, files}, run);

type Case = readonly [name: string, options: Partial<BootOptions>, goal: string];
const CASES: readonly Case[] = [
  ['nocloud, on a disk', {seed: await seed('cidata', {'meta-data': 'instance-id: bench\n'})}, ''],
  ['configdrive', {seed: await seed('config-2', {'openstack/latest/meta_data.json': metadata})}, ''],
  ['openstack', {smbios: nova, metadata: {command: server.command}}, ''],
  ['ec2', {smbios: ec2, metadata: {command: server.command}}, ''],
  ['none at all', {}, '≤ 1.1'],
  ['an address that swallows packets', {smbios: nova, metadata: 'swallowed'}, '≤ 1.1'],
];

async function login(options: Partial<BootOptions>): Promise<number> {
  const folder = join(guest.folder, 'machine');
  await mkdir(folder, {recursive: true});
  const common = {firmware: 'direct' as const, memoryMib: 256, accelerator, run, folder};
  const took = await loginSeconds(guest.image, {...common, ...options}, {user, password: CONTRACT_PASSWORD});
  await rm(folder, {recursive: true});
  return took;
}

// Round by round and not case by case, so that a machine that gets slower is so for all of them.
const times = CASES.map((): number[] => []);
for (let round = 0; round < rounds; round += 1) {
  for (const [index, [, options]] of CASES.entries()) times[index]?.push(await login(options));
}
const medians = times.map(median);
printTable(
  [`datasource (${accelerator}, direct, ${rounds} rounds, medians)`, 'ssh login', 'ratio', 'goal'],
  CASES.map(([name, , goal], index) => {
    const time = medians[index] ?? Number.NaN;
    return [name, `${time.toFixed(2)} s`, (time / (medians[0] ?? Number.NaN)).toFixed(2), goal];
  }),
);
