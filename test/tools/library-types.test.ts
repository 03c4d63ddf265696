import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {expect, test} from 'vitest';
import {CHECKOUT} from '../support/built-image.ts';
import {temporary} from '../support/temporary.ts';

const COMPILER = join(CHECKOUT, 'node_modules/typescript/bin/tsc');
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  target: 'ES2022',
  lib: ['ES2022', 'ESNext.Disposable'],
  module: 'nodenext',
  types: ['node'],
};

/** The code of docs/library.md. */
function examples(): string[] {
  const text = readFileSync(join(CHECKOUT, 'docs/library.md'), 'utf8');
  return [...text.matchAll(/```ts\n([^]*?)```/g)].map(([, code = '']) => code);
}

test('the examples of docs/library.md compile in a project of somebody else, against the declarations of the package', async () => {
  const project = temporary();
  const modules = join(project, 'node_modules');
  const types = join(modules, 'leanos/dist/types');
  mkdirSync(types, {recursive: true});
  const declare =
    "const {declareTypes} = await import('./scripts/declare-types.mjs'); await declareTypes(process.argv[1]);";
  await execa(process.execPath, ['--input-type=module', '--eval', declare, types], {cwd: CHECKOUT});
  writeFileSync(join(modules, 'leanos/package.json'), readFileSync(join(CHECKOUT, 'package.json')));
  // Beside it, what npm installs with it, and what the project has for itself.
  for (const name of ['@types', 'vitest'])
    symlinkSync(join(CHECKOUT, 'node_modules', name), join(modules, name));
  writeFileSync(join(project, 'package.json'), '{"type": "module"}');
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({compilerOptions: STRICT}));
  const found = examples();
  expect(found.length).toBeGreaterThan(2);
  for (const [index, code] of found.entries()) writeFileSync(join(project, `example-${index}.ts`), code);
  writeFileSync(
    join(project, 'wrong.ts'),
    `import {boot, build, type Machine} from 'leanos';
// @ts-expect-error memoryMiB is not its name
await boot('disk.qcow2', {memoryMiB: 1});
// @ts-expect-error a machine is a type: boot makes one
new Machine();
// @ts-expect-error there is no such base
await build('web', {base: 'gentoo'});
// @ts-expect-error there is no such format
await build('web', {formats: ['floppy']});
// @ts-expect-error what is not exported cannot be had
await import('leanos/dist/index.js');
`,
  );
  const {all, exitCode} = await execa(
    process.execPath,
    [COMPILER, '--project', project, '--skipLibCheck', 'false'],
    {
      all: true,
      reject: false,
    },
  );
  // What other packages declare is theirs.
  const lines = all
    .split('\n')
    .filter((line) => !/^(\.\.\/)*\S*node_modules\/(?!leanos)/.test(line) && /error TS/.test(line));
  expect(lines, `exit status ${exitCode}`).toEqual([]);
});
