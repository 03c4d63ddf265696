import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {createSparse} from '../system/sparse.ts';
import {defaultFirmware, type BootableImage} from './boot-image.ts';
import {inGuest} from './in-guest.ts';
import {logIn} from './login.ts';
import type {Machine} from './machine.ts';
import {MetadataServer} from './metadata-server.ts';
import {
  CONTRACT_CONSOLE,
  CONTRACT_METADATA,
  CONTRACT_PASSWORD,
  CONTRACT_SERIAL,
  contractDrive,
  CONTRACTS,
} from './openstack-contract.ts';
import {checkPromises, type PromiseResult} from './promises.ts';
import {writeFatSeed} from './seed.ts';
import {generateSshKey} from './ssh.ts';
import {switchOff} from './switch-off.ts';
import type {TrialOptions, TrialResult} from './trial.ts';

const SPARE_BYTES = 64 * 1024 * 1024;

/** Whether the image keeps what OpenStack's tests ask of a guest: a machine as Nova makes it, everything over ssh. */
export async function tryContracts(
  image: BootableImage,
  contracts: readonly (keyof typeof CONTRACTS)[],
  {onResult, ...options}: Omit<TrialOptions, 'paths'>,
): Promise<TrialResult[]> {
  const {timeoutMs, run, user} = options;
  const results: TrialResult[] = [];
  const note = (result: PromiseResult): void => {
    results.push({path: 'contract', ...result});
    onResult({path: 'contract', ...result});
  };
  const folder = join(options.folder, 'contract');
  const key = generateSshKey('leanos-test');
  const seed = await writeFatSeed(
    join(folder, 'drive'),
    {label: 'config-2', files: contractDrive(key.publicKey)},
    run,
  );
  const spare = join(folder, 'spare.img');
  await createSparse(spare, SPARE_BYTES);
  const log = join(options.logs, 'console-test-contract.log');
  await rm(log, {force: true});
  await using server = await MetadataServer.start(CONTRACT_METADATA, {posts: true});
  const boot = {
    ...options,
    folder,
    log,
    seed,
    firmware: defaultFirmware(image.arch),
    extraDisks: [{path: spare, serial: CONTRACT_SERIAL}],
    metadata: {command: server.command},
    smbios: {manufacturer: 'OpenStack Foundation', product: 'OpenStack Nova'},
  };
  await inGuest(image, boot, {...options, key}, async (session, machine) => {
    const said = async (promise: string, pattern: RegExp): Promise<void> => {
      await machine.waitForConsole(pattern, timeoutMs);
      note({promise, kept: true, found: ''});
    };
    await said('a login prompt is on the console', /login:/i);
    await said('what user-data says reaches the console', /user-data spoke/);
    if (contracts.includes('openstack')) note(await passwordIsTaken(machine, user, timeoutMs));
    for (const promise of contracts.flatMap((name) => CONTRACTS[name])) {
      for (const result of await checkPromises(session, [promise])) note(result);
    }
    if (contracts.includes('openstack'))
      await said('what is written to /dev/console reaches it', new RegExp(CONTRACT_CONSOLE));
    await switchOff(machine, {session}, timeoutMs);
  });
  return results;
}

async function passwordIsTaken(machine: Machine, user: string, timeoutMs: number): Promise<PromiseResult> {
  await using session = await logIn(machine, {user, password: CONTRACT_PASSWORD, timeoutMs});
  const {stdout} = await session.exec('id -un');
  return {promise: 'the well-known password is taken', kept: stdout.trim() === user, found: stdout};
}
