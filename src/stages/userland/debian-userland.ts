import {writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {ArchitectureName} from '../../core/architecture.ts';
import {count} from '../../core/count.ts';
import {mergeTrees, symlink, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage, type BuildContext} from '../../pipeline/stage.ts';
import type {PackagePin} from '../../system/apt.ts';
import {mustHave, takenFiles} from './ballast.ts';
import {asGuestsHaveIt} from './changed-programs.ts';
import {readPinned, withControl, writeFacts, type PackageOptions, type UnpackedPackage} from './packages.ts';
import {jobsOf} from './jobs.ts';
import {JOBS} from './unstarted-jobs.ts';
import {afterScripts, type Left} from './sandbox/after-scripts.ts';
import {Machine} from './scripts/machine.ts';
import {outcomeOf} from './scripts/outcome.ts';

/** Links that update-alternatives(1) would make where no scripts are followed. */
const ALTERNATIVES: Readonly<Record<string, string>> = {'usr/bin/traceroute': 'traceroute.db'};

export type UserlandOptions = PackageOptions & {
  /** Files and folders of packages of which no more is taken, by the package's name. */
  readonly only: Readonly<Record<string, readonly string[]>>;
  /** The packages whose maintainer scripts are passed over; absent: nothing is set up as scripts do. */
  readonly unscripted?: readonly string[];
  /** The packages whose scripts are run in a sandbox though leanos may know all that they do. */
  readonly sandboxed?: readonly string[];
  /** Where the image's kernel does not look for capabilities of files; absent: it does. */
  readonly withoutCapabilities?: true;
  /** What a sandbox has beside the packages; absent: there is none. */
  readonly sandbox?: readonly PackagePin[];
  /** The image's architecture, and what runs its programs where the kernel does not: by Debian's names of the hosts. */
  readonly emulation?: {
    readonly architecture: ArchitectureName;
    readonly emulators: Readonly<Record<string, readonly PackagePin[]>>;
  };
};

type Context = BuildContext<UserlandOptions, never>;

/**
 * The packages of the userland as one tree, `tree.tar`, without what a guest never reads, and set up as their maintainer scripts
 * set them up; `packages.json` says of each what manifest and SBOM need, `accounts.json` the accounts that they have made, `jobs.json`
 * what they have a clock start.
 */
export const debianUserland = defineStage<UserlandOptions, never>({
  name: 'debian-userland',
  revision: 14,
  tools: [],
  inputs: [],
  timeless: true,
  detail: ({packages}) => `of ${count(packages.length, 'package')}`,
  async build(context) {
    const {options, out} = context;
    const packages = (await readPinned(options.packages, context)).map(asGuestsHaveIt);
    for (const each of packages) mustHave(each, options.only[each.name] ?? []);
    const names = new Set(packages.map(({name}) => name));
    const trees = packages.map(({name, tree}) => takenFiles(tree, options.only[name], names));
    const taken = mergeTrees(...trees);
    const {tree, sandboxed} =
      options.unscripted === undefined ? {tree: taken} : await setUp(packages, taken, context);
    await writeFacts(packages, context, sandboxed);
    await writeFile(join(out, 'tree.tar'), await encodeTar(withAlternatives(tree), 0));
  },
});

/** What is taken, as the scripts of the packages would leave it. */
async function setUp(
  packages: readonly UnpackedPackage[],
  taken: FileTree,
  context: Context,
): Promise<{readonly tree: FileTree} & Pick<Left, 'sandboxed'>> {
  const {options, out} = context;
  const scripted = await withControl(packages, context);
  const passedOver = new Set([...(options.unscripted ?? []), ...Object.keys(options.only)]);
  const {machine, sandboxed} = await afterScripts(scripted, passedOver, context);
  await writeFile(join(out, 'accounts.json'), `${JSON.stringify(machine.accounts.list(), null, 1)}\n`);
  const jobs = packages.filter(({name}) => options.only[name] === undefined).flatMap(jobsOf);
  await writeFile(join(out, JOBS), `${JSON.stringify(jobs, null, 1)}\n`);
  return {tree: outcomeOf(machine, new Machine(scripted).files, taken), sandboxed};
}

function withAlternatives(tree: FileTree): FileTree {
  const links = Object.entries(ALTERNATIVES).filter(
    ([path, target]) => !tree.has(path) && tree.has(join(dirname(path), target)),
  );
  return mergeTrees(tree, new Map(links.map(([path, target]): [string, Entry] => [path, symlink(target)])));
}
