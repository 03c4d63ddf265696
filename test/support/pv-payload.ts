import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {CHECKOUT} from './built-image.ts';

const SOURCES = join(CHECKOUT, 'test/support/payloads');
/** A kernel has no libc, no red zone, and registers that nobody has set up. */
const FLAGS = [
  ...['-m64', '-O1', '-ffreestanding', '-fno-pic', '-no-pie', '-mno-red-zone', '-fno-stack-protector'],
  ...['-fno-asynchronous-unwind-tables', '-mgeneral-regs-only', '-nostdlib', '-static', '-Wall', '-Werror'],
  ...['-Wl,--build-id=none', '-Wl,--no-warn-rwx-segments', `-Wl,-T,${SOURCES}/pv.ld`],
];

/** Makes the kernel for Xen PV with this host's gcc: x86_64 alone. `release` is what it says of itself. */
export function makePvPayload(path: string, release = 'PV'): void {
  execFileSync('gcc', [...FLAGS, `-DRELEASE="${release}"`, '-o', path, join(SOURCES, 'pv.c')]);
}
