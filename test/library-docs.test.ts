import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const DOCS = read('docs/library.md');

/** What a file exports by name. */
function exported(path: string): string[] {
  const text = read(path);
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]+)\}/gm)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.replace('type ', '').trim()),
  );
  const own = [...text.matchAll(/^export (?:async )?(?:function|const|interface|type) (\w+)/gm)];
  return [...lists, ...own.map(([, name = '']) => name)].filter((name) => name !== '');
}

/** The members of an interface or a class that are for everybody. */
function members(path: string, name: string): string[] {
  const text = read(path);
  const start = text.search(new RegExp(`^export (?:interface|class) ${name}\\b`, 'm'));
  const body = text.slice(start, text.indexOf('\n}\n', start));
  return [...body.matchAll(/^ {2}(?:readonly |get |async )?(\w+)\??[(:]/gm)]
    .map(([, member = '']) => member)
    .filter((member) => member !== 'constructor');
}

test('docs/library.md names everything that the package exports', () => {
  const names = [...exported('src/index.ts'), ...exported('src/vitest.ts')];
  expect(names).toContain('boot');
  expect(names.filter((name) => !DOCS.includes(name))).toEqual([]);
});

test.each([
  ['src/build/build-options.ts', 'BuildOptions'],
  ['src/build/boot-options.ts', 'BootOptions'],
  ['src/build/boot-options.ts', 'MachineSeed'],
  ['src/build/booted-machine.ts', 'Machine'],
  ['src/build/booted-machine.ts', 'MachineConsole'],
  ['src/build/booted-machine.ts', 'ExecOptions'],
  ['src/vitest.ts', 'LeanosFixtures'],
  ['src/vitest.ts', 'LeanosTestOptions'],
])('%s: docs/library.md has each member of %s', (path, name) => {
  const found = members(path, name);
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter((member) => !new RegExp(`\`${member}\\b`).test(DOCS))).toEqual([]);
});
