import {writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {count} from '../../core/count.ts';
import {mergeTrees, symlink, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {takenFiles} from './ballast.ts';
import {readPackages, type PackageOptions} from './packages.ts';

/** Links that update-alternatives(1) would make: the packages' own scripts are not run. */
const ALTERNATIVES: Readonly<Record<string, string>> = {'usr/bin/traceroute': 'traceroute.db'};

export type UserlandOptions = PackageOptions & {
  /** Files and folders of packages of which no more is taken, by the package's name. */
  readonly only: Readonly<Record<string, readonly string[]>>;
};

/**
 * The packages of the userland as one tree, `tree.tar`, without what a guest never reads; `packages.json` says of each what
 * manifest and SBOM need.
 */
export const debianUserland = defineStage<UserlandOptions, never>({
  name: 'debian-userland',
  revision: 6,
  tools: [],
  inputs: [],
  timeless: true,
  detail: ({packages}) => `of ${count(packages.length, 'package')}`,
  async build({options, out, run, fetch}) {
    const packages = await readPackages({options, out, run, fetch});
    const trees = packages.map(({name, tree}) => takenFiles(tree, name, options.only[name]));
    await writeFile(join(out, 'tree.tar'), await encodeTar(withAlternatives(mergeTrees(...trees)), 0));
  },
});

function withAlternatives(tree: FileTree): FileTree {
  const links = Object.entries(ALTERNATIVES).filter(
    ([path, target]) => !tree.has(path) && tree.has(join(dirname(path), target)),
  );
  return mergeTrees(tree, new Map(links.map(([path, target]): [string, Entry] => [path, symlink(target)])));
}
