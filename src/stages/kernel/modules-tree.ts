import {file, symlink, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {formatModulesAlias, formatModulesDep, type PlacedModule} from '../../formats/kernel-modules.ts';

/** A module and its bytes. */
export type ModuleFile = PlacedModule & {readonly data: Buffer};

/** Where the initramfs leaves its modules when it hands over (make_root in init-scripts/initramfs/lib/boot.sh). */
const HANDED_OVER = '/run/leanos/boot-modules';

/** `lib/modules/RELEASE` with the given modules and the indexes that BusyBox's modprobe reads. */
export function modulesTree(release: string, modules: readonly ModuleFile[]): FileTree {
  const root = `lib/modules/${release}`;
  const tree = new Map<string, Entry>(modules.map(({path, data}) => [`${root}/${path}`, file(data)]));
  tree.set(`${root}/modules.dep`, file(formatModulesDep(modules)));
  tree.set(`${root}/modules.alias`, file(formatModulesAlias(modules)));
  return tree;
}

/**
 * The same for /usr: the modules of the initramfs are in the indexes, but not a second time in the image. They are found
 * through the link `boot`.
 */
export function usrModulesTree(
  release: string,
  {boot, usr}: {readonly boot: readonly ModuleFile[]; readonly usr: readonly ModuleFile[]},
): FileTree {
  const own = usr.filter(({info}) => !boot.some((other) => other.info.name === info.name));
  const all = [...boot.map((module) => ({...module, path: `boot/${module.path}`})), ...own];
  const tree = new Map([...modulesTree(release, all)].filter(([path]) => !path.includes('/boot/')));
  return tree.set(`lib/modules/${release}/boot`, symlink(HANDED_OVER));
}
