import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {file} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';

export type ProgramsOptions = {
  /** The compiler that makes programs for the architecture: `tcc` or `i386-tcc`. */
  readonly compiler: 'tcc' | 'i386-tcc';
};

/** The guest's own programs in C, as `tree.tar`: each NAME.c becomes bin/NAME, without any library. */
export const programs = defineStage<ProgramsOptions, 'sources'>({
  name: 'programs',
  revision: 1,
  tools: ['tcc', 'i386-tcc'],
  inputs: ['sources'],
  timeless: true,
  async build({options, inputs, out, run}) {
    const made = new Map();
    for (const [path, entry] of await readTree(inputs.sources, 'tree.tar')) {
      if (entry.type !== 'file' || !path.endsWith('.c')) continue;
      const name = path.slice(0, -'.c'.length);
      const [source, program] = [join(out, `.${name}.c`), join(out, `.${name}`)];
      await writeFile(source, entry.data);
      await run([options.compiler, '-Wall', '-Werror', '-nostdlib', '-static', '-o', program, source]);
      made.set(`bin/${name}`, file(await readFile(program), 0o755));
      await Promise.all([rm(source), rm(program)]);
    }
    await writeFile(join(out, 'tree.tar'), await encodeTar(made, 0));
  },
});
