import {writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {count} from '../../core/count.ts';
import {mergeTrees, symlink, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage, type BuildContext} from '../../pipeline/stage.ts';
import {takenFiles} from './ballast.ts';
import {readControl, readPackages, type PackageOptions, type UnpackedPackage} from './packages.ts';
import {Machine, type ScriptedPackage} from './scripts/machine.ts';
import {outcomeOf} from './scripts/outcome.ts';
import {runScripts} from './scripts/run-scripts.ts';
import {mustBeKnown} from './scripts/unknown-deeds.ts';

/** Links that update-alternatives(1) would make where no scripts are followed. */
const ALTERNATIVES: Readonly<Record<string, string>> = {'usr/bin/traceroute': 'traceroute.db'};

export type UserlandOptions = PackageOptions & {
  /** Files and folders of packages of which no more is taken, by the package's name. */
  readonly only: Readonly<Record<string, readonly string[]>>;
  /** The packages whose maintainer scripts are passed over; absent: nothing is set up as scripts do. */
  readonly unscripted?: readonly string[];
};

type Context = Pick<BuildContext<UserlandOptions, never>, 'options' | 'out' | 'run'>;

/**
 * The packages of the userland as one tree, `tree.tar`, without what a guest never reads, and set up as their maintainer scripts
 * set them up; `packages.json` says of each what manifest and SBOM need, `accounts.json` the accounts that they have made.
 */
export const debianUserland = defineStage<UserlandOptions, never>({
  name: 'debian-userland',
  revision: 7,
  tools: [],
  inputs: [],
  timeless: true,
  detail: ({packages}) => `of ${count(packages.length, 'package')}`,
  async build({options, out, run, fetch}) {
    const packages = await readPackages({options, out, run, fetch});
    const trees = packages.map(({name, tree}) => takenFiles(tree, name, options.only[name]));
    const taken = mergeTrees(...trees);
    const tree = options.unscripted === undefined ? taken : await setUp(packages, taken, {options, out, run});
    await writeFile(join(out, 'tree.tar'), await encodeTar(withAlternatives(tree), 0));
  },
});

/** What is taken, as the scripts of the packages would leave it. */
async function setUp(
  packages: readonly UnpackedPackage[],
  taken: FileTree,
  {options, out, run}: Context,
): Promise<FileTree> {
  const scripted: ScriptedPackage[] = [];
  for (const each of packages)
    scripted.push({
      ...each,
      control: await readControl(each.archive, {run, scratch: join(out, '.control.tar')}),
    });
  const passedOver = new Set([...(options.unscripted ?? []), ...Object.keys(options.only)]);
  const machine = runScripts(scripted, passedOver);
  mustBeKnown(machine.unknown);
  await writeFile(join(out, 'accounts.json'), `${JSON.stringify(machine.accounts.list(), null, 1)}\n`);
  return outcomeOf(machine, new Machine(scripted).files, taken);
}

function withAlternatives(tree: FileTree): FileTree {
  const links = Object.entries(ALTERNATIVES).filter(
    ([path, target]) => !tree.has(path) && tree.has(join(dirname(path), target)),
  );
  return mergeTrees(tree, new Map(links.map(([path, target]): [string, Entry] => [path, symlink(target)])));
}
