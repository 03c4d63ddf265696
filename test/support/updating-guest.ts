import type {ReadyImage} from '../../src/build/ready-image.ts';
import {ARCHITECTURES, type ArchitectureName} from '../../src/core/architecture.ts';
import {kernelCommandLine} from '../../src/recipes/command-line.ts';
import {bootImage, type BootableImage} from '../../src/vm/boot-image.ts';
import {logIn} from '../../src/vm/login.ts';
import type {Machine} from '../../src/vm/machine.ts';
import type {BootPath} from '../../src/vm/qemu-args.ts';
import {generateSshKey, type SshSession} from '../../src/vm/ssh.ts';
import {ready, seeded} from './ready-guest.ts';
import {ReleasePlace, ReleaseServer} from './release-place.ts';

export const TIMEOUT_MS = 120_000;
const key = generateSshKey('update');

/** A place that has released one version to stable, the server that tells of it, and that version, to be booted and updated. */
export class UpdatingGuest implements AsyncDisposable {
  readonly place: ReleasePlace;
  readonly server: ReleaseServer;
  /** The version that is booted. */
  readonly first: string;
  readonly #guest: ReadyImage;
  readonly #image: BootableImage;

  private constructor(
    place: ReleasePlace,
    server: ReleaseServer,
    {first, guest, image}: {first: string; guest: ReadyImage; image: BootableImage},
  ) {
    this.place = place;
    this.server = server;
    this.first = first;
    this.#guest = guest;
    this.#image = image;
  }

  /** `test`: with the real test of the first version, not only with the record of one. */
  static async release({
    test,
    arch = 'x86_64',
  }: {
    test: boolean;
    arch?: ArchitectureName;
  }): Promise<UpdatingGuest> {
    const guest = await ready('test', arch);
    const server = await ReleaseServer.start();
    const place = new ReleasePlace(server, arch);
    await place.setUp('first', 'second');
    const first = await place.release(20, {test});
    const {artifacts} = JSON.parse(
      await place.leanos(0, 'build', '--channel', 'stable', '--arch', arch, '--json', '--locked'),
    ) as {artifacts: {kind: string; path: string}[]};
    const path = (kind: string): string =>
      place.path(artifacts.find((item) => item.kind === kind)?.path ?? '');
    const image = {
      arch: ARCHITECTURES[arch],
      disk: {path: path('disk'), format: 'qcow2'},
      kernel: path('kernel'),
      initramfs: path('initramfs'),
      commandLine: kernelCommandLine(guest.built.prepared.request.image, ARCHITECTURES[arch], {}),
    } as const;
    return new UpdatingGuest(place, server, {first, guest, image});
  }

  boot(folder: string, firmware: BootPath['firmware'] = 'bios'): Promise<Machine> {
    return bootImage(this.#image, {
      ...seeded(this.#guest, 'update', key),
      folder,
      firmware,
      survivesPanic: true,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.#guest[Symbol.asyncDispose]();
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
