import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {file, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';

/** Where Debian's packages have modules: the standard library, and what every Python 3 finds. */
const MODULES = /^usr\/lib\/python3(\.\d+)?\/.*\.py$/;
/**
 * What Python writes into a compiled module depends on what it had compiled before. So each of so many processes, whatever the
 * host has, takes its own share in the order of the paths.
 */
const PROCESSES = 2;
/**
 * Compiles the modules that stdin names, below the folder that is its argument, and says what it made. A module that is not of
 * this Python, such as a template, is left as it is. Python compares the digest of the source (PEP 552), because an overlay may
 * bring another one.
 */
const COMPILE = `import py_compile, sys
for path in sys.stdin.read().splitlines():
    made = py_compile.compile(sys.argv[1] + '/' + path, dfile='/' + path, quiet=2,
        invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    if made: print(made[len(sys.argv[1]) + 1:])
`;

/**
 * The Python modules of a userland, compiled: `tree.tar` has the files of their `__pycache__` alone. The pinned Python of the host
 * makes them, of the same release as the image's, for every architecture.
 */
export const pythonBytecode = defineStage<Record<string, never>, 'userland'>({
  name: 'python-bytecode',
  revision: 1,
  tools: ['python3'],
  inputs: ['userland'],
  timeless: true,
  async build({inputs, out, run}) {
    const sources = modulesOf(await readTree(inputs.userland, 'tree.tar'));
    const scratch = join(out, '.modules');
    for (const [path, data] of sources) {
      await mkdir(dirname(join(scratch, path)), {recursive: true});
      await writeFile(join(scratch, path), data);
    }
    const made = await Promise.all(
      shares([...sources.keys()].sort()).map(async (paths) => {
        const said = await run(['python3', '-S', '-B', '-c', COMPILE, scratch], {
          input: paths.join('\n'),
          env: {PYTHONHASHSEED: '0'},
        });
        return said.split('\n').filter((line) => line !== '');
      }),
    );
    const compiled = new Map<string, Entry>();
    for (const path of made.flat().sort()) compiled.set(path, file(await readFile(join(scratch, path))));
    await rm(scratch, {recursive: true, force: true});
    await writeFile(join(out, 'tree.tar'), await encodeTar(compiled, 0));
  },
});

function modulesOf(tree: FileTree): Map<string, Buffer> {
  const modules = new Map<string, Buffer>();
  for (const [path, entry] of tree)
    if (MODULES.test(path) && entry.type === 'file') modules.set(path, entry.data);
  return modules;
}

function shares(paths: readonly string[]): string[][] {
  return Array.from({length: PROCESSES}, (_, share) =>
    paths.filter((_path, index) => index % PROCESSES === share),
  );
}
