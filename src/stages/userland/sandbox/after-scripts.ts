import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {LeanosError, type ErrorCode} from '../../../core/error.ts';
import type {BuildContext} from '../../../pipeline/stage.ts';
import type {UserlandOptions} from '../debian-userland.ts';
import {mustHaveNamespaces} from '../../../system/namespace.ts';
import {readPinned, withControl} from '../packages.ts';
import type {Machine, UnknownDeed} from '../scripts/machine.ts';
import {runScripts} from '../scripts/run-scripts.ts';
import {unknownDeeds} from '../scripts/unknown-deeds.ts';
import {readyEmulator, type Emulator} from './emulator.ts';
import {runSandbox, type ArchivedPackage} from './run-sandbox.ts';
import type {Common} from './same-twice.ts';

type Context = BuildContext<UserlandOptions, never>;

/** What maintainer scripts leave. */
export interface Left {
  readonly machine: Machine;
  /** The packages whose scripts were run in a sandbox, with the paths that are left to a guest. */
  readonly sandboxed: ReadonlyMap<string, readonly string[]>;
}

/**
 * What the maintainer scripts of packages leave: what leanos knows of them is done to values, and where a script does
 * more, all of that package's scripts are run in a sandbox.
 * @throws LeanosError with each deed that nobody does, where there is no sandbox
 */
export async function afterScripts(
  packages: readonly ArchivedPackage[],
  passedOver: ReadonlySet<string>,
  context: Context,
): Promise<Left> {
  const asked = (context.options.sandboxed ?? []).filter((name) =>
    packages.some((each) => each.name === name),
  );
  const watched = new Set(asked);
  let results: ReadonlyMap<string, Common> = new Map();
  for (;;) {
    const machine = runScripts(packages, passedOver, {
      sandboxed: new Map([...results].map(([name, {deeds}]) => [name, deeds])),
      keepsCapabilities: context.options.withoutCapabilities !== true,
    });
    const unknown = machine.unknown.filter((each) => !results.has(each.package));
    for (const each of unknown) watched.add(each.package);
    if (results.size === watched.size)
      return {machine, sandboxed: new Map([...results].map(([name, {left}]) => [name, left]))};
    results = await sandboxed(packages, watched, unknown, context);
  }
}

async function sandboxed(
  packages: readonly ArchivedPackage[],
  watched: ReadonlySet<string>,
  unknown: readonly UnknownDeed[],
  context: Context,
): Promise<ReadonlyMap<string, Common>> {
  const results = await inSandbox(packages, watched, context).catch((error: unknown) => {
    if (!(error instanceof LeanosError) || !REFUSED.has(error.code)) throw error;
    throw withoutSandbox(error, watched, unknown);
  });
  for (const [name, {left}] of results) {
    const deed = unknown.find((each) => each.package === name);
    const why = deed === undefined ? '' : `: ${deed.script}:${deed.line}: ${deed.deed}`;
    context.note(`${name}'s scripts were run in a sandbox${why}`);
    for (const path of left)
      context.note(
        `${name}: its scripts make another /${path} each time: it is not in the image, and a guest has to make its own`,
      );
  }
  return results;
}

async function inSandbox(
  packages: readonly ArchivedPackage[],
  watched: ReadonlySet<string>,
  context: Context,
): Promise<ReadonlyMap<string, Common>> {
  const {options, out, run, progress} = context;
  const [scratch, emulators] = [join(out, '.sandbox'), join(out, '.emulator')];
  if (options.sandbox === undefined)
    throw new LeanosError('LOCKED', 'the lock has none of the packages that it needs', {
      hint: 'leanos lock     pins them too; it takes the same --image, --arch and --base',
    });
  try {
    await mkdir(scratch, {mode: 0o700});
    await mustHaveNamespaces(run, scratch);
    const more = await withControl(await readPinned(options.sandbox, context), context);
    const emulator = async (): Promise<Emulator> => readyEmulator(emulators, context);
    return await runSandbox({packages: [...packages, ...more], watched, scratch, run, emulator, progress});
  } finally {
    for (const folder of [scratch, emulators]) await rm(folder, {recursive: true, force: true});
  }
}

/** What keeps scripts from being run, and is no trouble of the mirror or of the disk. */
const REFUSED: ReadonlySet<ErrorCode> = new Set(['LOCKED', 'TOOL_MISSING', 'COMMAND_FAILED']);

/** Why scripts are not run in a sandbox, with all that nobody does then. */
function withoutSandbox(
  error: LeanosError,
  watched: ReadonlySet<string>,
  unknown: readonly UnknownDeed[],
): LeanosError {
  const told = unknown.length === 0 ? undefined : unknownDeeds(unknown);
  const what = told === undefined ? `the scripts of ${[...watched].join(', ')}` : `${told.message}\n  they`;
  return new LeanosError('CONFIG_INVALID', `${what} were not run in a sandbox: ${error.message}`, {
    hint: [error.hint, told?.hint].filter(Boolean).join('\n  '),
    cause: error,
  });
}
