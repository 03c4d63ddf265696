import {copyFile, link, mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {encodeTar} from '../../../formats/tar.ts';
import type {Run} from '../../../system/run.ts';
import type {ScriptedPackage} from '../scripts/machine.ts';
import {baseTree} from './base-tree.ts';
import {readChange, type SandboxedDeeds} from './changes.ts';
import {notRun, type Emulator} from './emulator.ts';
import {enterSandbox, withFloor} from './enter-sandbox.ts';
import {insideText} from './inside.ts';
import {commonOf, type Common} from './same-twice.ts';
import {recordOf, stepsOf} from './steps.ts';

/** A package whose archive is on this machine. */
export type ArchivedPackage = ScriptedPackage & {readonly archive: string};

export interface SandboxOptions {
  /** All of a Debian, with the packages whose scripts are watched. */
  readonly packages: readonly ArchivedPackage[];
  readonly watched: ReadonlySet<string>;
  /** A folder that is free for the while, and is removed. */
  readonly scratch: string;
  readonly run: Run;
  /** What runs the packages' programs where the host's kernel does not; it is asked for then. */
  readonly emulator: () => Promise<Emulator>;
  readonly progress: (text: string) => void;
}

/**
 * Installs packages in a sandbox as Debian does, twice, and gives of each that is watched what its scripts did both times.
 * @throws LeanosError TOOL_MISSING where the host does not run their programs, COMMAND_FAILED where a script fails
 */
export async function runSandbox(options: SandboxOptions): Promise<ReadonlyMap<string, Common>> {
  const {progress} = options;
  progress('running scripts in a sandbox');
  const natively = await runOnce(options);
  const emulator = natively === undefined ? await options.emulator() : undefined;
  if (emulator !== undefined) progress('running scripts in a sandbox, emulated');
  const one = natively ?? (await runOnce(options, emulator));
  progress('running scripts in a sandbox once more, to compare');
  const other = await runOnce(options, emulator);
  if (one === undefined || other === undefined) throw notRun();
  return new Map(
    [...one].flatMap(([name, deeds]): [string, Common][] => {
      const again = other.get(name);
      return again === undefined ? [] : [[name, commonOf(deeds, again)]];
    }),
  );
}

/** What scripts do; `undefined` where the kernel does not run them. */
async function runOnce(
  options: SandboxOptions,
  emulator?: Emulator,
): Promise<Map<string, SandboxedDeeds> | undefined> {
  const {packages, watched, scratch, run} = options;
  const results = join(scratch, 'results');
  for (const name of ['root', 'packages', 'results'])
    await mkdir(join(scratch, name), {recursive: true, mode: 0o700}); // nobody else reaches what scripts leave there
  try {
    for (const {name, archive} of packages) await place(archive, join(scratch, 'packages', `${name}.deb`));
    const root = withFloor(baseTree(packages), insideText(stepsOf(packages, watched)));
    await writeFile(join(scratch, 'base.tar'), await encodeTar(root, 0));
    if (!(await enterSandbox(run, scratch, {emulator}))) return undefined;
    const deeds = new Map<string, SandboxedDeeds>();
    for (const own of packages.filter(({name}) => watched.has(name)))
      deeds.set(own.name, {
        unpack: await readChange(results, recordOf(own.name, 'unpack'), own),
        configure: await readChange(results, recordOf(own.name, 'configure'), own),
        trigger: await readChange(results, recordOf(own.name, 'trigger'), own),
      });
    return deeds;
  } finally {
    await rm(scratch, {recursive: true, force: true});
  }
}

/** The same file in another place, without its bytes where that can be. */
async function place(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}
