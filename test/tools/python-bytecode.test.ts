import {spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {file, type FileTree} from '../../src/formats/file-tree.ts';
import {encodeTar} from '../../src/formats/tar.ts';
import {readTree} from '../../src/stages/read-tree.ts';
import {pythonBytecode} from '../../src/stages/userland/python-bytecode.ts';
import type {BuildContext} from '../../src/pipeline/stage.ts';
import {run} from '../../src/system/run.ts';
import {temporary} from '../support/temporary.ts';

const MODULES = {
  'usr/lib/python3.13/greeting.py': 'WORDS = {"a", "b", "c"}\ndef greet(who): return f"hello {who}"\n',
  'usr/lib/python3/dist-packages/two/__init__.py': 'import greeting\nX = [x for x in greeting.WORDS]\n',
  'usr/lib/python3.13/template.py': 'this is no Python: {{ name }}\n',
  'usr/share/doc/example.py': 'print("nobody imports this")\n',
};

/** What the stage makes of modules, with the Python of this host. */
async function compiled(modules: Readonly<Record<string, string>>): Promise<FileTree> {
  const [userland, out] = [temporary(), temporary()];
  const tree = new Map(Object.entries(modules).map(([path, text]) => [path, file(text)]));
  writeFileSync(join(userland, 'tree.tar'), await encodeTar(tree, 0));
  const context = {options: {}, inputs: {userland}, out, run} as unknown as BuildContext<
    Record<string, never>,
    'userland'
  >;
  await pythonBytecode.build(context);
  return readTree(out, 'tree.tar');
}

/** Lays files into a folder and runs a program of Python there: what it prints, and from where Python loads. */
function python(tree: FileTree, program: string): string {
  const folder = temporary();
  for (const [path, entry] of tree) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    if (entry.type === 'file') writeFileSync(join(folder, path), entry.data);
  }
  const env = {PATH: process.env['PATH'], PYTHONPATH: join(folder, 'usr/lib/python3.13')};
  const {stdout, stderr} = spawnSync('python3', ['-B', '-v', '-c', program], {encoding: 'utf8', env});
  return `${stdout}${stderr}`;
}

test('modules are compiled, the same bytes in every folder; what is none is left alone', async () => {
  const first = await compiled(MODULES);
  const names = [...first].filter(([, {type}]) => type === 'file').map(([path]) => path);
  expect(names.map((path) => path.replace(/cpython-\d+/, 'cpython'))).toEqual([
    'usr/lib/python3.13/__pycache__/greeting.cpython.pyc',
    'usr/lib/python3/dist-packages/two/__pycache__/__init__.cpython.pyc',
  ]);
  expect(await compiled(MODULES)).toEqual(first);
});

test('a compiled module is the one that is loaded, and goes with its source alone', async () => {
  const tree = await compiled(MODULES);
  const sources = new Map(Object.entries(MODULES).map(([path, text]) => [path, file(text)]));
  const program = 'import greeting; print(greeting.greet("you"))';
  expect(python(new Map([...sources, ...tree]), program)).toMatch(
    /^hello you\n[^]*greeting\.cpython-\d+\.pyc matches /,
  );
  const other = new Map([
    ...sources,
    ...tree,
    ['usr/lib/python3.13/greeting.py', file('def greet(who): return "another"\n')] as const,
  ]);
  expect(python(other, program)).toMatch(/^another\n/);
});
