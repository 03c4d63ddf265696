import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {diskFirmwares} from '../core/architecture.ts';
import {bootImage, type BootableImage, type BootOptions, type Firmware} from './boot-image.ts';
import {inGuest} from './in-guest.ts';
import {awaitBanner} from './login.ts';
import {
  checkPromises,
  promisesOf,
  testSeed,
  type GuestPromise,
  type PromiseResult,
  type Said,
} from './promises.ts';
import {judgeOffers} from './ssh-offers.ts';
import {generateSshKey, type SshSession} from './ssh.ts';
import {switchOff} from './switch-off.ts';

/** What a trial of an image found, promise by promise. */
export interface TrialResult extends PromiseResult {
  /** On which path: `bios`, `uefi`, `direct`, `microvm`. */
  readonly path: string;
}

export interface TrialOptions extends Omit<
  BootOptions,
  'firmware' | 'seed' | 'console' | 'log' | 'diskBytes'
> {
  readonly user: string;
  /** The release of Debian that the image is of. */
  readonly suite: string;
  /** What the image's definition says of it. */
  readonly said: Said;
  readonly paths: readonly Firmware[];
  /** The size of the disk that the image makes by itself; the trial gives it twice that, to see it grow. */
  readonly imageBytes: number;
  /** Where the consoles' logs stay. */
  readonly logs: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onResult: (result: TrialResult) => void;
}

/** Boots an image on every path and checks what it promises. A machine that does not come up is an error, not a result. */
export async function tryImage(image: BootableImage, options: TrialOptions): Promise<TrialResult[]> {
  const results: TrialResult[] = [];
  const note = (path: string, found: readonly PromiseResult[]): void => {
    for (const result of found) {
      results.push({path, ...result});
      options.onResult({path, ...result});
    }
  };
  for (const path of options.paths) {
    options.signal.throwIfAborted();
    const folder = join(options.folder, path);
    const log = join(options.logs, `console-test-${path}.log`);
    await rm(log, {force: true});
    const started = {...options, folder, log, firmware: path};
    if (path === 'direct' || path === 'microvm') await tryWithoutData(image, started, note);
    else await tryDisk(image, started, note);
    if (path === 'direct' && diskFirmwares(image.arch).length === 0) await tryFromRam(image, started, note);
    if (path === diskFirmwares(image.arch)[0])
      await tryReadOnly(image, {...started, folder: `${folder}-read-only`}, note);
  }
  return results;
}

type PathOptions = TrialOptions & {readonly log: string};
type Note = (path: string, found: readonly PromiseResult[]) => void;

/** From a disk: everything over ssh, the power button, and all of it again after that. */
async function tryDisk(
  image: BootableImage,
  options: PathOptions & {firmware: Firmware},
  note: Note,
): Promise<void> {
  const {firmware, timeoutMs, imageBytes} = options;
  const promises = promisesOf(options.said);
  const key = generateSshKey('leanos-test');
  const boot = {...options, seed: testSeed(key), diskBytes: 2 * imageBytes};
  await inGuest(image, boot, {...options, key}, async (session, machine) => {
    note(firmware, await checkPromises(session, promises));
    note(firmware, [judgeOffers(session.offers, options.suite)]);
    note(firmware, [await diskFills(session, timeoutMs)]);
    await session.exec('echo kept >kept; ssh-add-key "ssh-ed25519 AAAA own"; sync');
    note(firmware, [{promise: await switchOff(machine, {session}, timeoutMs), kept: true, found: ''}]);
  });
  await inGuest(image, boot, {...options, key}, async (session, machine) => {
    note(`${firmware}, second boot`, await checkPromises(session, [...promises, ...KEPT]));
    await switchOff(machine, {session}, timeoutMs);
  });
}

/** From RAM with a seed, where no firmware starts a disk: everything over ssh, and the power button. */
async function tryFromRam(
  image: BootableImage,
  options: PathOptions & {firmware: Firmware},
  note: Note,
): Promise<void> {
  const {timeoutMs, suite, said} = options;
  const path = `${options.firmware}, with data`;
  const key = generateSshKey('leanos-test');
  const boot = {...options, folder: `${options.folder}-seed`, seed: testSeed(key)};
  await inGuest(image, boot, {...options, key}, async (session, machine) => {
    note(path, [...(await checkPromises(session, promisesOf(said))), judgeOffers(session.offers, suite)]);
    note(path, [{promise: await switchOff(machine, {session}, timeoutMs), kept: true, found: ''}]);
  });
}

const KEPT: readonly GuestPromise[] = [
  {promise: 'the home of the user is kept', command: 'cat kept', prints: /^kept$/},
  {
    promise: 'the keys of the datasource, of cloud-config and of the user are there',
    command: 'cut -d" " -f3 ~/.ssh/authorized_keys | tr "\\n" " "',
    prints: /^leanos-test cloud-config own$/,
  },
];

/** From a disk that cannot be written to: the system runs from RAM, and says so. */
async function tryReadOnly(
  image: BootableImage,
  options: PathOptions & {firmware: Firmware},
  note: Note,
): Promise<void> {
  const path = `${options.firmware}, read-only disk`;
  await using machine = await bootImage(image, {...options, diskReadOnly: true});
  await machine.waitForConsole(
    /STATE cannot be used; running from RAM[^]*=== leanos: current=/,
    options.timeoutMs,
  );
  note(path, [{promise: 'the console says that nothing is kept', kept: true, found: ''}]);
  await awaitBanner(machine, options);
  note(path, [{promise: 'ssh answers although nothing can be kept', kept: true, found: ''}]);
  if (machine.hasPowerButton) await machine.powerOff(options.timeoutMs); // nobody can log in
}

/** From RAM and with no instance data at all: ssh answers, and the console says what is missing. */
async function tryWithoutData(
  image: BootableImage,
  options: PathOptions & {firmware: Firmware},
  note: Note,
): Promise<void> {
  const {firmware} = options;
  await using machine = await bootImage(image, options);
  await awaitBanner(machine, options);
  note(firmware, [{promise: 'ssh answers although there is no datasource', kept: true, found: ''}]);
  await machine.waitForConsole(/datasource: none found[^]*=== leanos: current=/, options.timeoutMs);
  note(firmware, [{promise: 'the console says that there is no datasource', kept: true, found: ''}]);
  if (!machine.hasPowerButton) return; // and nobody can log in
  await machine.powerOff(options.timeoutMs);
  note(firmware, [{promise: 'the power button switches the guest off', kept: true, found: ''}]);
}

/** STATE grows beside everything else, so it is waited for: the guest asks itself until it is so. */
async function diskFills(session: SshSession, timeoutMs: number): Promise<PromiseResult> {
  const seconds = Math.ceil(timeoutMs / 1000);
  const state = `df -k / | awk 'NR == 2 { print $2 }'`;
  const disk = `awk '{ print int($1 / 2) }' "$(readlink -f /sys/class/block/$(sed 's,/dev/,,' /run/leanos/root)/..)/size"`;
  const whole = `s=$(${state}) d=$(${disk}); [ $((s * 100)) -gt $((d * 40)) ]`;
  const {status, stdout} = await session.exec(
    `n=0; until ${whole}; do n=$((n + 1)); [ $n -lt ${seconds} ] || break; sleep 1; done; echo "$s KiB of a disk of $d KiB"; ${whole}`,
    {timeoutMs: 2 * timeoutMs},
  );
  return {
    promise: 'STATE grows to fill the disk',
    kept: status === 0,
    found: status === 0 ? '' : stdout.trim(),
  };
}
