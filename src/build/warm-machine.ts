import {existsSync} from 'node:fs';
import {mkdir, readFile, rename, stat, utimes, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {canonicalJson, sha256, type Json} from '../core/canonical.ts';
import {LeanosError} from '../core/error.ts';
import {quotedWord} from '../core/words.ts';
import {temporaryFolder} from '../system/temporary.ts';
import {bootImage, type BootableImage, type BootOptions} from '../vm/boot-image.ts';
import {qemuControl} from '../vm/control.ts';
import {logIn} from '../vm/login.ts';
import {qemuProgram} from '../vm/qemu-args.ts';
import type {SeedFolder} from '../vm/machine-spec.ts';
import {writeSeedFolder, type Seed} from '../vm/seed.ts';
import type {SshKey} from '../vm/ssh.ts';
import type {Credential} from '../vm/ssh-login.ts';
import type {BuildEnvironment} from './environment.ts';

const RAM = 'ram';
const KEY = 'key';
const POLL_MS = 50;
/** Bytes a second: all that the host can write. */
const NO_LIMIT = 2 ** 40;

/** A machine that has come up, as it was kept. */
export interface WarmMachine {
  readonly image: BootableImage;
  readonly seed: SeedFolder;
  readonly privateKey: string;
  readonly restoredFrom: string;
}

/** What a machine is kept of. */
export interface WarmRequest {
  readonly image: BootableImage;
  readonly boot: Omit<BootOptions, 'folder' | 'seed'>;
  readonly seed: Seed;
  readonly key: SshKey;
  readonly login: Credential;
  readonly user: string;
  readonly timeoutMs: number;
  /** Whether the guest says when its instance data is applied. */
  readonly settles: boolean;
}

/** The machine that was kept for the same image, seed, memory, firmware and QEMU; one is booted and kept where there is none. */
export async function warmMachine(request: WarmRequest, env: BuildEnvironment): Promise<WarmMachine> {
  const root = env.workspace.cache.warm;
  const folder = join(root, await warmKey(request, env));
  if (!existsSync(folder)) {
    await mkdir(root, {recursive: true, mode: 0o700});
    await using temporary = await temporaryFolder(root);
    const fresh = join(temporary.path, 'machine');
    await keep(fresh, request, env);
    // Somebody else may have been quicker: theirs is as good.
    await rename(fresh, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  }
  const now = new Date();
  await utimes(folder, now, now); // `clean` takes first what is not used
  const disk = join(folder, 'disk.qcow2');
  return {
    image: existsSync(disk) ? {...request.image, disk: {path: disk, format: 'qcow2'}} : request.image,
    seed: {folder: join(folder, 'seed'), label: 'CIDATA'},
    privateKey: await readFile(join(folder, KEY), 'utf8'),
    restoredFrom: join(folder, RAM),
  };
}

async function warmKey({image, boot, seed, user}: WarmRequest, {run}: BuildEnvironment): Promise<string> {
  const stamp = async (path: string): Promise<Json> => {
    if (path === '') return null;
    const {size, mtimeMs, ino} = await stat(path);
    return [resolve(path), size, mtimeMs, ino];
  };
  return sha256(
    canonicalJson({
      files: await Promise.all([image.disk.path, image.kernel, image.initramfs].map(stamp)),
      seed: {hostname: seed.hostname, userData: seed.userData ?? null, keys: seed.publicKeys.slice(1)},
      memoryMib: boot.memoryMib,
      cpu: boot.cpu ?? null,
      firmware: boot.firmware,
      accelerator: boot.accelerator,
      user,
      qemu: await run([qemuProgram(image.arch.name), '--version']),
    }),
  );
}

/** Boots it, waits until it has come up, and has QEMU write all of it into a folder. */
async function keep(
  folder: string,
  {image, boot, seed, key, login, user, timeoutMs, settles}: WarmRequest,
  {signal}: BuildEnvironment,
): Promise<void> {
  await mkdir(folder);
  await using machine = await bootImage(image, {
    ...boot,
    folder,
    seed: await writeSeedFolder(join(folder, 'seed'), seed),
  });
  {
    await using session = await logIn(machine, {...login, user, timeoutMs, signal});
    if (settles) await machine.until(() => machine.progress.settled || undefined, timeoutMs);
    await session.exec('sync');
  }
  const {control} = machine.spec;
  await qemuControl(control, 'migrate-set-parameters', {'max-bandwidth': NO_LIMIT});
  await qemuControl(control, 'migrate', {uri: `exec:cat >${quotedWord(join(folder, RAM))}`});
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const {status} = (await qemuControl(control, 'query-migrate')) as {status?: string};
    if (status === 'completed') break;
    if (status === 'failed' || performance.now() > untilMs)
      throw new LeanosError('BOOT_FAILED', `QEMU could not keep the machine: ${status ?? 'no answer'}`);
    await sleep(POLL_MS);
  }
  await writeFile(join(folder, KEY), key.privateKey, {mode: 0o600});
}
