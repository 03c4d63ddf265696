import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {CHECKOUT} from './built-image.ts';
import {temporary} from './temporary.ts';

const SOURCES = join(CHECKOUT, 'test/support/payloads');

/** Payloads without anything below them, in 32 bits; each says its arguments on the serial port, and ends as they say. */
export type BarePayload = 'multiboot1' | 'multiboot2' | 'pvh';

/** Compiles a payload of the tests, and gives its path. */
export function barePayload(name: BarePayload): string {
  const file = join(temporary(), name);
  makeBarePayload(name, file);
  return file;
}

/** Compiles a payload of the tests to a file. */
export function makeBarePayload(name: BarePayload, file: string): void {
  execFileSync('gcc', [
    ...['-m32', '-march=i686', '-ffreestanding', '-fno-pie', '-no-pie', '-fno-stack-protector', '-nostdlib'],
    ...['-static', '-Os', '-Wall', '-Wextra', '-Werror', '-Wno-unused-function'],
    ...['-Wl,-T,payload.ld', '-Wl,--build-id=none', '-Wl,--no-warn-rwx-segments'],
    ...['-o', file, `${name}.c`, 'start.S'],
  ], {cwd: SOURCES}); // prettier-ignore
}

/** Compiles the program of the tests as a static one: see payloads/program.c. */
export function programPayload(): string {
  const file = join(temporary(), 'program');
  execFileSync('gcc', ['-static', '-O2', '-o', file, 'program.c'], {cwd: SOURCES});
  return file;
}

/** Compiles what stands in for Solo5's tender, to a static program: see payloads/tender.c. */
export function makeTender(file: string): void {
  execFileSync('gcc', ['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-o', file, 'tender.c'], {
    cwd: SOURCES,
  });
}
