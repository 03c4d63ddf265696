import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {file} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';

export type ProgramsOptions = {
  /** The compiler that makes programs for the architecture: of the tools tree, or GCC of the toolchain. */
  readonly compiler: 'tcc' | 'i386-tcc' | 'gcc';
  /** The folder of the sources that is compiled. */
  readonly folder: string;
  /** What the toolchain's programs are called after. */
  readonly prefix: string;
};

/** GCC must not put calls of a libc in place of loops: there is none. */
const GCC_FLAGS = [
  '-Os',
  '-s',
  '-ffreestanding',
  '-fno-tree-loop-distribute-patterns',
  '-fno-stack-protector',
  '-fno-pie',
  '-no-pie',
];

/** The guest's own programs in C, as `tree.tar`: each FOLDER/NAME.c becomes bin/NAME, without any library. */
export const programs = defineStage<ProgramsOptions, 'sources'>({
  name: 'programs',
  revision: 2,
  tools: ['tcc', 'i386-tcc'],
  inputs: ['sources'],
  timeless: true,
  detail: ({folder}) => folder,
  async build({options, inputs, out, run}) {
    const made = new Map();
    const folder = join(out, '.sources');
    const [compiler, ...flags] = command(options, inputs);
    for (const [path, entry] of await readTree(inputs.sources, 'tree.tar')) {
      if (entry.type !== 'file') continue;
      await mkdir(join(folder, dirname(path)), {recursive: true});
      await writeFile(join(folder, path), entry.data);
    }
    for (const source of (await readdir(join(folder, options.folder))).sort()) {
      const name = source.slice(0, -'.c'.length);
      const program = join(folder, name);
      const from = join(folder, options.folder, source);
      await run([compiler, ...flags, '-Wall', '-Werror', '-nostdlib', '-static', '-o', program, from]);
      made.set(`bin/${name}`, file(await readFile(program), 0o755));
    }
    await rm(folder, {recursive: true});
    await writeFile(join(out, 'tree.tar'), await encodeTar(made, 0));
  },
});

function command(
  {compiler, prefix}: ProgramsOptions,
  inputs: Readonly<Record<string, string>>,
): readonly [string, ...string[]] {
  if (compiler !== 'gcc') return [compiler];
  return [join(inputs['toolchain'] ?? '', 'bin', `${prefix}-gcc`), ...GCC_FLAGS];
}
