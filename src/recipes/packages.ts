import type {ImageDefinition, PackageChoice} from '../config/image.ts';
import type {Architecture} from '../core/architecture.ts';

/** What a guest takes of packages that every image has, where its definition does not name them itself. */
const OWN_PARTS: Readonly<Record<string, (arch: Architecture) => readonly string[]>> = {
  'dropbear-bin': () => ['usr/sbin/dropbear', 'usr/bin/dropbearkey'],
  'libpam-modules': ({triplet}) =>
    ['deny', 'exec', 'permit'].map((name) => `usr/lib/${triplet}/security/pam_${name}.so`),
  opendoas: () => ['usr/bin/doas'],
};

/** The files and folders of packages of which no more is taken, by the package's name. */
export function takenParts(
  {packages}: Pick<ImageDefinition, 'packages'>,
  arch: Architecture,
): Record<string, readonly string[]> {
  const named = new Set(packages.debian.map(({name}) => name));
  const own = Object.entries(OWN_PARTS).flatMap(([name, files]) =>
    named.has(name) ? [] : [[name, files(arch)]],
  );
  return {...(Object.fromEntries(own) as Record<string, readonly string[]>), ...chosenFiles(packages.debian)};
}

/** Whether an image has packages of Debian beside leanos' own, which are set up as their maintainer scripts would. */
export function hasPackages({base, packages}: Pick<ImageDefinition, 'base' | 'packages'>): boolean {
  return base.userland === 'debian' && packages.debian.length > 0;
}

/** The packages of which only some files are taken, and which. */
export function chosenFiles(packages: readonly PackageChoice[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    packages.flatMap(({name, files}) => (files === undefined ? [] : [[name, files]])),
  );
}
