import {file, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {formatModulesAlias, formatModulesDep, type PlacedModule} from '../../formats/kernel-modules.ts';

/** `lib/modules/RELEASE` with the given modules and the indexes that BusyBox's modprobe reads. */
export function modulesTree(
  release: string,
  modules: readonly (PlacedModule & {readonly data: Buffer})[],
): FileTree {
  const root = `lib/modules/${release}`;
  const tree = new Map<string, Entry>(modules.map(({path, data}) => [`${root}/${path}`, file(data)]));
  tree.set(`${root}/modules.dep`, file(formatModulesDep(modules)));
  tree.set(`${root}/modules.alias`, file(formatModulesAlias(modules)));
  return tree;
}
