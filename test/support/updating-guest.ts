import {join} from 'node:path';
import {processEnvironment} from '../../src/build/environment.ts';
import {acceleratorOptions, type ReadyImage} from '../../src/build/ready-image.ts';
import {ARCHITECTURES, type ArchitectureName} from '../../src/core/architecture.ts';
import {kernelCommandLine} from '../../src/recipes/command-line.ts';
import {findAccelerator} from '../../src/vm/accelerator.ts';
import {prepareMachine, type BootableImage} from '../../src/vm/boot-image.ts';
import {logIn} from '../../src/vm/login.ts';
import {Machine} from '../../src/vm/machine.ts';
import type {Accelerator, BootPath} from '../../src/vm/machine-spec.ts';
import type {Seed} from '../../src/vm/seed.ts';
import {generateSshKey, type SshKey, type SshSession} from '../../src/vm/ssh.ts';
import {ready, seeded} from './ready-guest.ts';
import {ReleasePlace, ReleaseServer} from './release-place.ts';

export const TIMEOUT_MS = 120_000;
const key = generateSshKey('update');

/** Shell that leaves one try of three to the system in slot B, for a root that is asked before it restarts into that. */
export const ONE_TRY = `ROOT=
for library in gpt platform slots; do . /usr/lib/leanos/$library.sh; done
open_esp && read_state && give_tries B 1 && close_esp`;

/** An image that is released in place of `test`. */
export interface OwnImage {
  readonly name: string;
  readonly memoryMib: number;
  /** Where ssh listens in it. */
  readonly sshPort: number;
  /** Writes its definition, and what that names, into a checkout. */
  write(folder: string): void;
}

/** A place that has released one version to stable, the server that tells of it, and that version, to be booted and updated. */
export class UpdatingGuest implements AsyncDisposable {
  readonly place: ReleasePlace;
  readonly server: ReleaseServer;
  /** The version that is booted. */
  readonly first: string;
  /** An image of this checkout: what makes seeds. */
  readonly #own: ReadyImage;
  readonly #image: OwnImage | undefined;
  readonly #images = new Map<ArchitectureName, {accelerator: Accelerator; image: BootableImage}>();

  private constructor(
    place: ReleasePlace,
    server: ReleaseServer,
    {first, own, image}: {first: string; own: ReadyImage; image: OwnImage | undefined},
  ) {
    this.place = place;
    this.server = server;
    this.first = first;
    this.#own = own;
    this.#image = image;
  }

  /** `test`: with the real test of the first version, not only with the record of one. */
  static async release({
    test,
    archs = ['x86_64'],
    image,
  }: {
    test: boolean;
    archs?: readonly ArchitectureName[];
    image?: OwnImage;
  }): Promise<UpdatingGuest> {
    const own = await ready('test');
    const server = await ReleaseServer.start();
    const place = new ReleasePlace(server, archs, image?.name);
    image?.write(place.clone.folder);
    await place.setUp('first', 'second');
    const first = await place.release(20, {test});
    const guest = new UpdatingGuest(place, server, {first, own, image});
    for (const arch of archs) await guest.#build(arch);
    return guest;
  }

  /**
   * A machine with the first version; `seed` makes what it is told, without it a name and the key. `foreign`: the path of another
   * disk, which comes before the own one.
   */
  async boot(
    folder: string,
    firmware: BootPath['firmware'] = 'bios',
    {
      arch = 'x86_64',
      seed,
      foreign,
    }: {arch?: ArchitectureName; seed?: (key: SshKey) => Seed; foreign?: string} = {},
  ): Promise<Machine> {
    const built = this.#images.get(arch);
    if (built === undefined) throw new Error(`nothing was released for ${arch}`);
    const {image, accelerator} = built;
    const usual = seeded({...this.#own, accelerator}, 'update', key);
    const parts = await prepareMachine(image, {
      ...usual,
      memoryMib: this.#image?.memoryMib ?? usual.memoryMib,
      seed: seed?.(key) ?? usual.seed,
      folder,
      firmware,
      survivesPanic: true,
      ...(foreign === undefined ? {} : {extraDisks: [{path: foreign, serial: 'foreign'}]}),
    });
    if (foreign === undefined) return Machine.start(parts);
    if (parts.disk === undefined) throw new Error('no disk');
    return Machine.start({...parts, disk: {...parts.disk, last: true}});
  }

  /** A disk as it was released, in a folder: its path. */
  async copiedDisk(folder: string): Promise<string> {
    const disk = this.#images.get('x86_64')?.image.disk.path ?? '';
    const copy = join(folder, 'copy.raw');
    await this.#own.run(['qemu-img', 'convert', '-O', 'raw', disk, copy]);
    return copy;
  }

  async #build(name: ArchitectureName): Promise<void> {
    const {artifacts} = JSON.parse(
      await this.place.leanos(
        0,
        ...['build', '--channel', 'stable', '--image', this.#image?.name ?? 'test'],
        ...['--arch', name, '--json', '--locked'],
      ),
    ) as {artifacts: {kind: string; path: string}[]};
    const path = (kind: string): string =>
      this.place.path(artifacts.find((item) => item.kind === kind)?.path ?? '');
    const arch = ARCHITECTURES[name];
    const image = {
      arch,
      disk: {path: path('disk'), format: 'qcow2'},
      kernel: path('kernel'),
      initramfs: path('initramfs'),
      commandLine: kernelCommandLine(this.#own.built.prepared.request.image, arch, {}),
      guestSshPort: this.#image?.sshPort,
    } as const;
    const accelerator = await findAccelerator(acceleratorOptions(name, processEnvironment()));
    this.#images.set(name, {accelerator, image});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.#own[Symbol.asyncDispose]();
  }
}

/** A login to the system that started last; the one before it may still answer for a moment. */
export async function login(machine: Machine): Promise<SshSession> {
  return logIn(machine, {user: 'leanos', privateKey: key.privateKey, timeoutMs: TIMEOUT_MS});
}

export async function told(session: SshSession, command: string): Promise<string> {
  const {stdout, stderr} = await session.exec(command);
  return `${stdout}${stderr}`.trim();
}

/** Waits until the console has said something for so many times. */
export async function said(machine: Machine, pattern: RegExp, times: number): Promise<void> {
  await machine.waitForConsole(new RegExp(`(?:${pattern.source}[^]*){${times}}`), 2 * TIMEOUT_MS);
}
