import type {ImageDefinition} from '../config/image.ts';
import type {BaseName} from '../core/base-name.ts';
import type {Architecture} from '../core/architecture.ts';

/** What kernels of a base are told. Built in, Buildroot's drivers would make bond0 and dummy0 although nobody asked for them. */
const BASE_WORDS: Readonly<Record<BaseName, readonly string[]>> = {
  debian: [],
  buildroot: ['bonding.max_bonds=0', 'dummy.numdummies=0'],
};

/**
 * The kernel command line of an image. `slot` names the /usr partition of a disk; without it the kernel boots the image
 * from RAM. The serial console comes last, because the last is the one that /dev/console is.
 */
export function kernelCommandLine(
  image: ImageDefinition,
  arch: Architecture,
  {slot}: {slot?: 'A' | 'B'},
): string {
  return [
    ...(slot === undefined ? [] : [`leanos.slot=${slot}`, `usr=PARTLABEL=USR-${slot}`]),
    'console=tty0',
    `console=${arch.serialConsole},115200n8`,
    'panic=10',
    ...arch.kernelWords,
    'quiet',
    ...BASE_WORDS[image.base.kernel],
    ...(image.kernel.commandLine === '' ? [] : [image.kernel.commandLine]),
  ].join(' ');
}
