import type {ImageDefinition} from '../config/image.ts';
import type {Architecture} from '../core/architecture.ts';

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
    'no_timer_check', // without KVM the IO-APIC's timer test fails now and then and panics
    'quiet',
    // Built in, the drivers would make bond0 and dummy0 although nobody asked for them.
    ...(image.base.kernel === 'buildroot' ? ['bonding.max_bonds=0', 'dummy.numdummies=0'] : []),
    ...(image.kernel.commandLine === '' ? [] : [image.kernel.commandLine]),
  ].join(' ');
}
