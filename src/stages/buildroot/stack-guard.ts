import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Run} from '../../system/run.ts';

/** GCC's own libssp has the same (libssp/ssp-local.c). */
const SOURCE = `void __stack_chk_fail(void);
__attribute__((visibility("hidden"))) void __stack_chk_fail_local(void)
{
	__stack_chk_fail();
}
`;
const FLAGS = ['-Os', '-fPIC', '-fno-stack-protector', '-fno-ident', '-fno-asynchronous-unwind-tables'];

/**
 * Adds to libgcc what code of shared libraries calls on i386 when its stack was overwritten: each program and library has to have it
 * for itself, glibc brings it in an archive, and musl does not. Where GCC never calls it, it is in no program.
 * `prefix` is how the names of the toolchain's programs begin, `scratch` a folder to work in.
 */
export async function addStackGuard(prefix: string, scratch: string, run: Run): Promise<void> {
  const libgcc = (await run([`${prefix}gcc`, '-print-libgcc-file-name'])).trim();
  const [source, object] = ['stack-guard.c', 'stack-guard.o'].map((name) => join(scratch, name)) as [
    string,
    string,
  ];
  await writeFile(source, SOURCE);
  await run([`${prefix}gcc`, ...FLAGS, '-c', source, '-o', object]);
  await run([`${prefix}ar`, 'rcsD', libgcc, object]);
  await Promise.all([source, object].map((path) => rm(path)));
}
