import {randomBytes, randomUUID} from 'node:crypto';
import {mkdir, open, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ARCHITECTURES, hostArchitecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {whyUnread} from '../core/why-unread.ts';
import {recogniseDriver, type DiskDriver} from '../stages/format/image-formats.ts';
import {sweepTemporary, temporaryFolder, type TemporaryFolder} from '../system/temporary.ts';
import {findAccelerator} from '../vm/accelerator.ts';
import {bootImage, defaultFirmware, mustHaveFirmware, type BootableImage} from '../vm/boot-image.ts';
import {withHostPorts, type AskedPort} from '../vm/free-port.ts';
import {writeSeedFolder} from '../vm/seed.ts';
import {generateSshKey} from '../vm/ssh.ts';
import type {Credential} from '../vm/ssh-login.ts';
import {timeScale} from '../vm/time-scale.ts';
import type {BootOptions} from './boot-options.ts';
import type {BuildEnvironment} from './environment.ts';
import {GuestMachine} from './guest-machine.ts';
import {machineTools, WARM_TOOLS} from './host-tools.ts';
import type {Image} from './image-report.ts';
import {bootableImage} from './image-value.ts';
import {acceleratorOptions} from './ready-image.ts';
import {sharedNetwork, type NetworkPlace} from './shared-network.ts';
import {warmMachine} from './warm-machine.ts';

const TIMEOUT_MS = 120_000;
const MEMORY_MIB = 256;
/** What is read of a disk's start and end to recognise it. */
const EDGE_BYTES = 4096;

/** Boots an image, or a disk by its path, and logs in. @throws BootError, LeanosError USAGE, TOOL_MISSING */
export async function bootMachine(
  source: Image | string,
  options: BootOptions,
  env: BuildEnvironment,
): Promise<GuestMachine> {
  env.signal.throwIfAborted();
  const image = typeof source === 'string' ? await foreignImage(source, options) : bootableImage(source);
  mustGoTogether(source, options);
  mustHaveFirmware(image.arch, options.firmware);
  await env.needTools([
    ...machineTools(image.arch.name, options.firmware ?? defaultFirmware(image.arch)),
    ...(options.from === 'warm' ? WARM_TOOLS : []),
  ]);
  const {machines, logs} = env.workspace.cache;
  await mkdir(machines, {recursive: true, mode: 0o700});
  await mkdir(logs, {recursive: true});
  await sweepTemporary(machines);
  const network = options.network === undefined ? undefined : await sharedNetwork(options.network);
  const place = network?.reserve(options.seed?.hostname);
  const folder = await temporaryFolder(machines);
  const leave = async (): Promise<void> => {
    if (place !== undefined) network?.leave(place);
    await folder[Symbol.asyncDispose]();
  };
  try {
    const parts = {image, source, options, place, folder: {path: folder.path, [Symbol.asyncDispose]: leave}};
    const guest = await booted(parts, env);
    if (place !== undefined) await network?.enter(place, guest);
    return guest;
  } catch (error) {
    await leave();
    throw error;
  }
}

/** @throws LeanosError USAGE */
function mustGoTogether(source: Image | string, {firmware, from, network, newHostKey}: BootOptions): void {
  if (firmware === 'direct' && typeof source === 'string')
    throw new LeanosError('USAGE', `${source}: firmware direct is for images that leanos built`);
  if (newHostKey === true && typeof source === 'string')
    throw new LeanosError('USAGE', `${source}: newHostKey is for images that leanos built`);
  if (from === 'warm' && network !== undefined)
    throw new LeanosError(
      'USAGE',
      `from: 'warm' and network do not go together: its machines have the same address`,
    );
}

interface BootParts {
  readonly image: BootableImage;
  readonly source: Image | string;
  readonly options: BootOptions;
  readonly place: NetworkPlace | undefined;
  readonly folder: TemporaryFolder;
}

async function booted(
  {image, source, options, place, folder}: BootParts,
  env: BuildEnvironment,
): Promise<GuestMachine> {
  const key = generateSshKey('leanos');
  const timeoutMs = (options.timeoutMs ?? TIMEOUT_MS) * timeScale(env.environment);
  const isOwn = typeof source !== 'string';
  const user = options.user ?? (isOwn ? source.user : 'root');
  const name = `${isOwn ? source.image : 'disk'}-${randomBytes(4).toString('hex')}`;
  const isWarm = options.from === 'warm';
  const common = {
    firmware: options.firmware ?? defaultFirmware(image.arch),
    memoryMib: options.memoryMib ?? MEMORY_MIB,
    cpu: options.cpu,
    generationId: isWarm && image.arch.qemu.generationId,
    accelerator: await findAccelerator(acceleratorOptions(image.arch.name, env)),
    log: options.log ?? join(env.workspace.cache.logs, `console-${name}.log`),
    run: env.run,
  };
  const seed = {
    instanceId: options.seed?.instanceId ?? `i-${randomUUID()}`,
    hostname: place?.hostname ?? options.seed?.hostname ?? 'leanos',
    publicKeys: [key.publicKey, ...(options.seed?.publicKeys ?? [])],
    userData: options.seed?.userData,
    networkConfig: place?.networkConfig,
  };
  const login = await credential(options, key.privateKey);
  const request = {image, boot: common, seed, key, login, user, timeoutMs, settles: isOwn};
  const warm = isWarm ? await warmMachine(request, env) : undefined;
  const machine = await bootImage(warm?.image ?? image, {
    ...common,
    folder: folder.path,
    discarded: true,
    restoredFrom: warm?.restoredFrom,
    seed: warm?.seed ?? (await writeSeedFolder(join(folder.path, 'seed'), seed)),
    ports: await forwarded(options.ports ?? {}),
    sharedNetwork: place?.card,
  });
  const guest = await loggedIn(
    new GuestMachine(machine, {
      user,
      credential: warm === undefined ? login : await credential(options, warm.privateKey),
      timeoutMs,
      signal: env.signal,
      settles: isOwn && !isWarm,
      keepsLog: options.log !== undefined,
      folder,
    }),
  );
  if (isWarm) await setClock(guest);
  if (isWarm && options.newHostKey === true) await renewHostKey(guest);
  return guest;
}

/** A restored guest's clock stands where it stood. One whose login user may not set it keeps its own. */
async function setClock(machine: GuestMachine): Promise<void> {
  await machine.exec(`date -u -s @${Math.floor(Date.now() / 1000)}`, {root: true});
}

/** The guest makes another one as at its first boot, and sshd starts anew with it; this login goes on. */
async function renewHostKey(machine: GuestMachine): Promise<void> {
  const words =
    'rm -f /etc/dropbear/dropbear_*_host_key; . /usr/lib/leanos/system.sh; load_config; restart_ssh';
  const {status, stderr} = await machine.exec(words, {root: true});
  if (status !== 0) throw new LeanosError('BOOT_FAILED', `the guest made no new host key: ${stderr.trim()}`);
}

async function loggedIn(machine: GuestMachine): Promise<GuestMachine> {
  try {
    await machine.logIn();
    return machine;
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
}

async function credential({key, password}: BootOptions, own: string): Promise<Credential> {
  if (password !== undefined) return {password};
  if (key === undefined) return {privateKey: own};
  if (key.includes('PRIVATE KEY-----')) return {privateKey: key};
  try {
    return {privateKey: await readFile(key, 'utf8')};
  } catch (error) {
    throw new LeanosError('USAGE', `key: ${key}: ${whyUnread(error)}, and it is no private key`, {
      cause: error,
    });
  }
}

async function forwarded(
  ports: NonNullable<BootOptions['ports']>,
): Promise<readonly {readonly host: number; readonly guest: number}[]> {
  const asked: readonly AskedPort[] = isList(ports)
    ? ports.map((guest) => ({guest}))
    : Object.entries(ports).map(([host, guest]) => ({host: Number(host), guest}));
  return withHostPorts(asked);
}

function isList(ports: NonNullable<BootOptions['ports']>): ports is readonly number[] {
  return Array.isArray(ports);
}

/** A disk of anybody. @throws LeanosError USAGE where it cannot be read */
async function foreignImage(path: string, {arch}: BootOptions): Promise<BootableImage> {
  return {
    arch: arch === undefined ? hostArchitecture() : ARCHITECTURES[arch],
    disk: {path, format: await driverOf(path)},
    kernel: '',
    initramfs: '',
    commandLine: '',
  };
}

async function driverOf(path: string): Promise<DiskDriver> {
  try {
    await using handle = await open(path);
    const {size} = await handle.stat();
    const read = async (at: number) =>
      (await handle.read(Buffer.alloc(EDGE_BYTES), 0, EDGE_BYTES, Math.max(0, at))).buffer;
    return recogniseDriver({start: await read(0), end: await read(size - EDGE_BYTES)}) ?? 'raw';
  } catch (error) {
    throw new LeanosError('USAGE', `${path}: ${whyUnread(error)}`, {cause: error});
  }
}
