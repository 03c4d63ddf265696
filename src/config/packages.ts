import type {ImageFile} from './image.ts';

type PackagesFile = NonNullable<ImageFile['packages']>;
type Choices = Extract<PackagesFile, readonly unknown[]>;

/** The packages of a definition for each base that it names them for. */
export interface PackagesByBase {
  readonly debian: Choices;
  readonly buildroot: Choices;
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
    buildroot: packages.map((choice) => (typeof choice === 'string' ? choice : choice.name)),
  };
}

/** The packages of a definition on top of those of the one it extends. */
export function mergePackages(under: PackagesFile | undefined, over: PackagesFile | undefined): PackagesFile {
  const [below, above] = [packagesByBase(under), packagesByBase(over)];
  return {
    debian: [...below.debian, ...above.debian],
    buildroot: [...below.buildroot, ...above.buildroot],
  };
}
