import {mergeTrees, type FileTree} from '../../formats/file-tree.ts';
import {FACTORY, mergedUsr} from '../rootfs/merged-usr.ts';
import {withoutUnusedLibraries} from '../rootfs/needed-libraries.ts';
import {takenFiles} from './ballast.ts';
import {isState} from './scripts/outcome.ts';

/** A package by its files, as it brings them. */
export interface PackageFiles {
  readonly name: string;
  readonly tree: FileTree;
}

export interface BytesOptions {
  /** Files and folders of packages of which no more is taken, by the package's name. */
  readonly only: Readonly<Record<string, readonly string[]>>;
  /** Whether what lies in /var, /opt and the like is taken: where packages are set up. */
  readonly withState: boolean;
}

/**
 * The bytes of each package's files as they lie in the image, before its filesystem compresses them: without what a guest never
 * reads, and without the libraries that no program needs.
 */
export function packageBytes(
  packages: readonly PackageFiles[],
  {only, withState}: BytesOptions,
): ReadonlyMap<string, number> {
  const names = new Set(packages.map(({name}) => name));
  const placed = packages.map(({name, tree}) => {
    const taken = takenFiles(tree, only[name], names);
    return {name, tree: mergedUsr(withState && only[name] === undefined ? withFactory(taken, tree) : taken)};
  });
  const whole = withoutUnusedLibraries(mergeTrees(...placed.map(({tree}) => tree)));
  const bytes = new Map(packages.map(({name}) => [name, 0]));
  for (const [path, entry] of whole) {
    const owner = placed.findLast(({tree}) => tree.get(path) === entry)?.name; // the last one lies on top
    if (owner !== undefined && entry.type === 'file')
      bytes.set(owner, (bytes.get(owner) ?? 0) + entry.data.length);
  }
  return bytes;
}

function withFactory(taken: FileTree, tree: FileTree): FileTree {
  const state = [...tree].filter(([path]) => isState(path));
  return new Map([
    ...taken,
    ...state.map(([path, entry]): [string, typeof entry] => [`${FACTORY}/${path}`, entry]),
  ]);
}
