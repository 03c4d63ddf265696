import type {ImageDefinition} from '../config/image.ts';

/** Whether an image has packages of Debian beside leanos' own, which are set up as their maintainer scripts would. */
export function hasPackages({base, packages}: Pick<ImageDefinition, 'base' | 'packages'>): boolean {
  return base.userland === 'debian' && packages.debian.length > 0;
}
