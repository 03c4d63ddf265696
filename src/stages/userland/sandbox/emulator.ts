import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {ARCHITECTURES, hostArchitecture} from '../../../core/architecture.ts';
import {LeanosError} from '../../../core/error.ts';
import {formatBinfmt} from '../../../formats/binfmt.ts';
import type {BuildContext} from '../../../pipeline/stage.ts';
import {runConfined} from '../../../system/namespace.ts';
import type {UserlandOptions} from '../debian-userland.ts';

/** What runs programs that the host's kernel does not run. */
export interface Emulator {
  /** Its path; nothing else on this machine is needed for it. */
  readonly program: string;
  /** What binfmt_misc is told, where the program is `emulator` in the folder that is there. */
  readonly registration: string;
}

type Context = Pick<BuildContext<UserlandOptions, never>, 'options' | 'fetch' | 'run'>;

/**
 * QEMU's user emulator for the programs of an image, in a folder that is free for the while.
 * @throws LeanosError TOOL_MISSING where the kernel lets nobody register it in a namespace, LOCKED where none is pinned
 */
export async function readyEmulator(folder: string, {options, fetch, run}: Context): Promise<Emulator> {
  const {emulation} = options;
  if (emulation === undefined || !(await registersInNamespaces(folder, run)))
    throw notRun(emulation?.architecture);
  const {name, elf} = ARCHITECTURES[emulation.architecture];
  const [archive] = await fetch(emulation.emulators[hostArchitecture().debian] ?? []);
  if (archive === undefined)
    throw new LeanosError('LOCKED', `the lock has no emulator, which programs of ${name} need here`, {
      hint: 'leanos lock     pins it too; it takes the same --image, --arch and --base',
    });
  const file = `./usr/bin/qemu-${name}`;
  const tar = join(folder, 'emulators.tar'); // of all architectures
  await run(['dpkg-deb', '--fsys-tarfile', archive], {outputFile: tar});
  await run(['tar', '--extract', `--file=${tar}`, `--directory=${folder}`, file]);
  await rm(tar);
  return {program: join(folder, file), registration: formatBinfmt({name, elf}, './emulator')};
}

/** Why scripts of an architecture, or of the host's own, are not run here. */
export function notRun(architecture = "the image's architecture"): LeanosError {
  return new LeanosError('TOOL_MISSING', `this host does not run programs of ${architecture}`, {
    hint: "Linux 6.7 with binfmt_misc, or newer     lets leanos register QEMU's emulator for the build alone\n  sudo apt install qemu-user-static     registers it for this host; one of that architecture needs none",
  });
}

/** Whether namespaces of who builds have formats of programs of their own. */
async function registersInNamespaces(folder: string, run: Context['run']): Promise<boolean> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  return runConfined(run, {scratch: folder, script: 'mount -t binfmt_misc binfmt_misc /proc', args: []}).then(
    () => true,
    (error: unknown) => {
      if (error instanceof LeanosError && error.code === 'COMMAND_FAILED') return false;
      throw error;
    },
  );
}
