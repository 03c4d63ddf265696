import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {ARCHITECTURES, architectureNames} from '../../core/architecture.ts';
import {file} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import type {Run} from '../../system/run.ts';
import {readTree} from '../read-tree.ts';

export type ProgramsOptions = {
  /** The folder of the sources that is compiled. */
  readonly folder: string;
  /** What GCC calls the architecture that the programs are for. */
  readonly target: string;
  /** What cc1 is told of its processors. */
  readonly processors: readonly string[];
};

/** The parts of GCC and binutils that make programs, for every architecture: one way on all hosts. */
export const COMPILERS: readonly string[] = architectureNames().flatMap((name) =>
  ['cc1', 'as', 'ld'].map((part) => `${ARCHITECTURES[name].gnu}-${part}`),
);

/** GCC must not put calls of a libc in place of loops: there is none. */
const CC1_FLAGS = [
  '-quiet',
  '-O2',
  '-ffreestanding',
  '-fno-tree-loop-distribute-patterns',
  '-fno-stack-protector',
  '-fno-pie',
  '-fno-ident',
  '-fno-asynchronous-unwind-tables',
  '-Wall',
  '-Werror',
];
const LD_FLAGS = ['-static', '-s', '--build-id=none', '-z', 'noexecstack', '-z', 'noseparate-code'];

/** The guest's own programs in C, as `tree.tar`: each FOLDER/NAME.c becomes bin/NAME, without any library. */
export const programs = defineStage<ProgramsOptions, 'sources'>({
  name: 'programs',
  revision: 3,
  tools: COMPILERS,
  inputs: ['sources'],
  timeless: true,
  detail: ({folder}) => folder,
  async build({options, inputs, out, run}) {
    const made = new Map();
    const folder = join(out, '.sources');
    for (const [path, entry] of await readTree(inputs.sources, 'tree.tar')) {
      if (entry.type !== 'file') continue;
      await mkdir(join(folder, dirname(path)), {recursive: true});
      await writeFile(join(folder, path), entry.data);
    }
    for (const source of (await readdir(join(folder, options.folder))).sort()) {
      const name = source.slice(0, -'.c'.length);
      const program = await compile(join(folder, options.folder, name), options, run);
      made.set(`bin/${name}`, file(await readFile(program), 0o755));
    }
    await rm(folder, {recursive: true});
    await writeFile(join(out, 'tree.tar'), await encodeTar(made, 0));
  },
});

/** Makes a program of PATH.c: compiles, assembles, links. Its path. */
export async function compile(
  path: string,
  {target, processors}: Pick<ProgramsOptions, 'target' | 'processors'>,
  run: Run,
): Promise<string> {
  await run([`${target}-cc1`, ...CC1_FLAGS, ...processors, `${path}.c`, '-o', `${path}.s`]);
  await run([`${target}-as`, '-o', `${path}.o`, `${path}.s`]);
  await run([`${target}-ld`, ...LD_FLAGS, '-o', path, `${path}.o`]);
  return path;
}
