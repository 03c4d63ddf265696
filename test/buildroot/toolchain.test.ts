import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {processEnvironment} from '../../src/build/environment.ts';
import {LINKINGS, optimizationOf} from '../../src/recipes/linking.ts';
import {prepareBuild} from '../../src/build/prepare.ts';
import {workspace} from '../../src/build/workspace.ts';
import type {LinkingName} from '../../src/config/image.ts';
import {ARCHITECTURES, architectureNames, type ArchitectureName} from '../../src/core/architecture.ts';
import {executeSteps} from '../support/execute-steps.ts';
import {temporary} from '../support/temporary.ts';

/** Asks for what differs most between architectures: long double, 64 bits, a thread's own storage, structures of the kernel's. */
const PROGRAM = `
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/dm-ioctl.h>

static _Thread_local int own = 7;

int main(int argc, char **argv)
{
	struct stat file;
	char root[32];
	volatile uint64_t big = 0xfedcba9876543210ull + argc - 1;
	int is_long = strtold("1e300", NULL) > 1e299L;
	if (stat(argv[0], &file) || file.st_size < 4096 || !rmdir("/none/such") || errno != ENOENT)
		return 1;
	snprintf(root, sizeof root, "%.15Lf", sqrtl(2.0L * argc));
	printf("%s %llu %d %d %d\\n", root, (unsigned long long)(big / 1000003), own, is_long, (int)sizeof(struct dm_ioctl));
	return 0;
}
`;

/** The folder of the toolchain for an architecture, in the store of everybody. */
async function toolchainFor(arch: ArchitectureName, image: 'leanos/minimal' | 'shared'): Promise<string> {
  const project = temporary();
  mkdirSync(join(project, 'images'));
  // No lock of leanos' own is for it, and the release alone has a whole list for each architecture.
  const definition = 'extends: leanos/minimal\narchives: [main]\nbuildroot: {linking: shared}\n';
  writeFileSync(join(project, 'images/shared.yaml'), definition);
  const env = {...processEnvironment(), workspace: workspace(process.env, project)};
  const choice = {channel: 'alpha', image, arch, out: temporary(), locked: false};
  const prepared = await prepareBuild(choice, env);
  const userland = prepared.plan.steps.find(({stage}) => stage.name === 'buildroot-userland');
  const toolchain = userland?.inputs['toolchain'];
  if (toolchain === undefined) throw new Error(`the plan for ${arch} has no toolchain`);
  const [folder = ''] = await executeSteps([toolchain], prepared, env);
  return folder;
}

/** What the program says. */
const SAID = '1.414213562373095 18364703450382 7 1 312\n';

/** The flags that Buildroot gives the compiler. */
function flagsOf(arch: ArchitectureName, linking: LinkingName): string[] {
  const optimization = optimizationOf(LINKINGS[linking], ARCHITECTURES[arch].buildroot.optimization);
  return ['-Os', '-fstack-protector-strong', ...optimization.split(' ').filter(Boolean), '-Wall', '-Werror'];
}

test.each(architectureNames())('the toolchain makes programs that run on %s', async (arch) => {
  const {musl} = ARCHITECTURES[arch].buildroot;
  const compiler = join(await toolchainFor(arch, 'leanos/minimal'), 'bin', `${musl}-gcc`);
  const folder = temporary();
  writeFileSync(join(folder, 'program.c'), PROGRAM);
  const flags = [...flagsOf(arch, 'static'), '-static'];
  execFileSync(compiler, [...flags, '-o', 'program', 'program.c'], {cwd: folder, stdio: 'pipe'});
  const said = execFileSync(`qemu-${arch}-static`, ['./program'], {cwd: folder, encoding: 'utf8'});
  expect(said).toBe(SAID);
});

test.each(architectureNames())('the toolchain makes programs with shared libraries on %s', async (arch) => {
  const toolchain = await toolchainFor(arch, 'shared');
  const compiler = join(toolchain, 'bin', `${ARCHITECTURES[arch].buildroot.musl}-gcc`);
  const folder = temporary();
  writeFileSync(join(folder, 'library.c'), PROGRAM.replace('int main', 'int work'));
  const main = 'int work(int, char **);\nint main(int argc, char **argv) { return work(argc, argv); }\n';
  writeFileSync(join(folder, 'program.c'), main);
  for (const words of [
    ['-fPIC', '-shared', '-o', 'libwork.so', 'library.c'],
    ['-fPIE', '-pie', '-o', 'program', 'program.c', '-L.', '-lwork'],
  ])
    execFileSync(compiler, [...flagsOf(arch, 'shared'), ...words], {cwd: folder, stdio: 'pipe'});
  const words = ['-L', join(toolchain, 'sysroot'), '-E', `LD_LIBRARY_PATH=${folder}`, './program'];
  const said = execFileSync(`qemu-${arch}-static`, words, {cwd: folder, encoding: 'utf8'});
  expect(said).toBe(SAID);
});
