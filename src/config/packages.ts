import type {ImageFile, PackageChoice} from './image.ts';

type PackagesFile = NonNullable<ImageFile['packages']>;
type Listed = Extract<PackagesFile, readonly unknown[]>[number];

/** A package of a definition that is a file. */
export type ListedDeb = Extract<Listed, {readonly deb: string}>;
type Named = Exclude<Listed, ListedDeb>;

/** The packages of a definition for each base that it names them for. */
export interface PackagesByBase {
  readonly debian: Listed[];
  readonly buildroot: Named[];
}

/**
 * A plain list is for whichever base the image is built on: its names are tried as they are. The files that it names are
 * those of Debian's packages.
 */
export function packagesByBase(packages: PackagesFile | undefined): PackagesByBase {
  if (packages === undefined) return {debian: [], buildroot: []};
  if (!Array.isArray(packages)) return {debian: packages.debian ?? [], buildroot: packages.buildroot ?? []};
  return {
    debian: packages,
    buildroot: packages.filter(isNamed).map((choice) => (typeof choice === 'string' ? choice : choice.name)),
  };
}

/** Whether a package is one of an archive, by its name, and no file. */
export function isNamed(listed: Listed): listed is Named {
  return typeof listed === 'string' || 'name' in listed;
}

/** The packages of a list that have names, each as a choice. */
export function namedChoices(list: readonly Listed[]): PackageChoice[] {
  return list.filter(isNamed).map((choice) => (typeof choice === 'string' ? {name: choice} : choice));
}

/** The packages of a definition on top of those of the one it extends. */
export function mergePackages(under: PackagesFile | undefined, over: PackagesFile | undefined): PackagesFile {
  const [below, above] = [packagesByBase(under), packagesByBase(over)];
  return {
    debian: [...below.debian, ...above.debian],
    buildroot: [...below.buildroot, ...above.buildroot],
  };
}
