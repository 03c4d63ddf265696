// How long from QEMU's start to a completed ssh login, for each datasource, against NoCloud on a disk: with the password of
// the image, which needs no datasource, and with a key that the datasource brings. With --clouds also each cloud's own service, as
// the tests have it, but for those that need more than a service.
// npm run bench -- datasources [--rounds 5] [--clouds] [--only NAME]
import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {BootOptions} from '../src/vm/boot-image.ts';
import {MetadataServer} from '../src/vm/metadata-server.ts';
import {CONTRACT_PASSWORD} from '../src/vm/openstack-contract.ts';
import {writeFatSeed} from '../src/vm/seed.ts';
import {generateSshKey} from '../src/vm/ssh.ts';
import type {Credential} from '../src/vm/ssh-login.ts';
import {CLOUD_NAMES, cloudOf, smbiosOf} from '../test/support/clouds.ts';
import {loginSeconds, median, numberArgument, printTable, testGuest, textArgument} from './lab.ts';

const rounds = numberArgument('--rounds', 5);
const only = textArgument('--only', '');
await using guest = await testGuest('cirros');
const {accelerator, run} = guest;
const {user} = guest.built.prepared.request.image.login;
const {publicKey, privateKey} = generateSshKey('bench');
const metadata = JSON.stringify({uuid: 'bench', hostname: 'bench', public_keys: {bench: publicKey}});
await using server = await MetadataServer.start({
  '/openstack/latest/meta_data.json': metadata,
  // As Nova has them for an instance that brings nothing else.
  '/openstack/latest/network_data.json': '{"links": [], "networks": [], "services": []}',
  '/openstack/latest/vendor_data.json': '{}',
  '/openstack/latest/vendor_data2.json': '{"static": {}}',
  '/latest/meta-data/':
    'ami-id\nhostname\ninstance-id\ninstance-type\nlocal-hostname\nlocal-ipv4\nplacement/\npublic-keys/',
  '/latest/meta-data/ami-id': 'ami-bench',
  '/latest/meta-data/hostname': 'bench.internal',
  '/latest/meta-data/instance-id': 'i-bench',
  '/latest/meta-data/instance-type': 't3.nano',
  '/latest/meta-data/local-hostname': 'bench.internal',
  '/latest/meta-data/local-ipv4': '10.0.2.15',
  '/latest/meta-data/placement/availability-zone': 'eu-1a',
  '/latest/meta-data/public-keys/': '0=bench',
  '/latest/meta-data/public-keys/0/openssh-key': publicKey,
});
const nova = {product: 'OpenStack Nova'};
const ec2 = {uuid: 'ec2a1b2c-0000-4000-8000-000000000001'};
const seed = async (label: string, files: Record<string, string>): Promise<string> =>
  writeFatSeed(join(guest.folder, label), {label, files}, run);

interface Case {
  readonly name: string;
  readonly options: Partial<BootOptions>;
  readonly goal?: string;
  readonly hasKey: boolean;
}
const facts = `instance-id: bench\nlocal-hostname: bench\npublic-keys:\n  - ${publicKey}\n`;
const CASES: Case[] = [
  {name: 'nocloud, on a disk', options: {seed: await seed('cidata', {'meta-data': facts})}, hasKey: true},
  {
    name: 'configdrive',
    options: {seed: await seed('config-2', {'openstack/latest/meta_data.json': metadata})},
    hasKey: true,
  },
  {name: 'openstack', options: {smbios: nova, metadata: {command: server.command}}, hasKey: true},
  {name: 'ec2', options: {smbios: ec2, metadata: {command: server.command}}, hasKey: true},
  {name: 'none at all', options: {}, goal: '≤ 1.1', hasKey: false},
  {
    name: 'an address that swallows packets',
    options: {smbios: nova, metadata: 'swallowed'},
    goal: '≤ 1.1',
    hasKey: false,
  },
];

const servers: MetadataServer[] = [];
if (process.argv.includes('--clouds')) {
  for (const name of CLOUD_NAMES.filter((each) => cloudOf(each).needs === undefined)) {
    const {answers, options, at} = cloudOf(name);
    const cloud = await MetadataServer.start(answers(publicKey, user), options);
    servers.push(cloud);
    CASES.push({
      name,
      options: {smbios: smbiosOf(name), metadata: {command: cloud.command, at}},
      hasKey: true,
    });
  }
}

async function login(
  options: Partial<BootOptions>,
  credential: Credential & {readonly user: string},
): Promise<number> {
  const folder = join(guest.folder, 'machine');
  await mkdir(folder, {recursive: true});
  const common = {firmware: 'direct' as const, memoryMib: 256, accelerator, run, folder};
  const took = await loginSeconds(guest.image, {...common, ...options}, credential);
  await rm(folder, {recursive: true});
  return took;
}

// What all are measured against is the first.
if (only !== '') CASES.splice(1, CASES.length, ...CASES.slice(1).filter(({name}) => name === only));
// Round by round and not case by case, so that a machine that gets slower is so for all of them.
const times = CASES.map(() => ({password: [] as number[], key: [] as number[]}));
for (let round = 0; round < rounds; round += 1) {
  for (const [index, {options, hasKey}] of CASES.entries()) {
    times[index]?.password.push(await login(options, {user, password: CONTRACT_PASSWORD}));
    if (hasKey) times[index]?.key.push(await login(options, {user, privateKey}));
  }
}
const against = (values: readonly number[], first: readonly number[]): [string, string] => {
  const time = median(values);
  return [`${time.toFixed(2)} s`, (time / median(first)).toFixed(2)];
};
printTable(
  [
    `datasource (${accelerator}, direct, ${rounds} rounds, medians)`,
    'ssh login',
    'ratio',
    'goal',
    'with the key that it brings',
    'ratio',
  ],
  CASES.map(({name, goal = '', hasKey}, index) => {
    const {password = [], key = []} = times[index] ?? {};
    return [
      name,
      ...against(password, times[0]?.password ?? []),
      goal,
      ...(hasKey ? against(key, times[0]?.key ?? []) : ['', '']),
    ];
  }),
);
for (const each of servers) await each[Symbol.asyncDispose]();
