import {spawnSync} from 'node:child_process';
import {readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {checkout} from './setup.mjs';

/** What the package exports: see `exports` of package.json. */
const ENTRIES = ['index', 'vitest'];

/**
 * Writes the declarations of what the package exports into a folder, which is fresh: those files that they name, and no others. What is within leanos
 * may name packages that are in its bundle, and that npm installs nowhere.
 */
export async function declareTypes(folder) {
  rmSync(folder, {recursive: true, force: true});
  const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
  const words = [compiler, '--project', join(checkout, 'tsconfig.types.json'), '--outDir', folder];
  const {status, stdout} = spawnSync(process.execPath, words, {cwd: checkout, encoding: 'utf8'});
  if (status !== 0) throw new Error(`the declarations cannot be written\n${stdout}`);
  const named = await namedFrom(ENTRIES.map((name) => join(folder, `${name}.d.ts`)));
  for (const name of readdirSync(folder, {recursive: true}))
    if (name.endsWith('.d.ts') && !named.has(join(folder, name))) rmSync(join(folder, name));
}

/** Declarations with all that they name, however far. */
async function namedFrom(files) {
  const {default: typescript} = await import('typescript');
  const {ModuleKind, ModuleResolutionKind} = typescript;
  const options = {
    module: ModuleKind.NodeNext,
    moduleResolution: ModuleResolutionKind.NodeNext,
    noLib: true,
    types: [],
  };
  const found = typescript.createProgram(files, options).getSourceFiles();
  return new Set(found.map(({fileName}) => fileName));
}
