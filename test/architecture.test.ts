import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';
import {expect, test} from 'vitest';

/** The folders of src/ from top to bottom: one imports only from itself and from those above it. */
const ORDER = [
  'core',
  'formats',
  'system',
  'pipeline',
  'stages',
  'config',
  'recipes',
  'vm',
  'release',
  'build',
  'index.ts',
  'vitest.ts',
  'console',
  'cli',
];
const SRC = join(import.meta.dirname, '../src');

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function imports(): Import[] {
  const files = readdirSync(SRC, {recursive: true, encoding: 'utf8'}).filter((file) => file.endsWith('.ts'));
  return files.flatMap((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    const targets = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target]) => target ?? '');
    return targets.map((target) => ({
      file,
      from: file.split('/')[0] ?? '',
      to: relative(SRC, resolve(SRC, dirname(file), target)).split('/')[0] ?? '',
    }));
  });
}

test('every folder of src/ has its place in the order', () => {
  const folders = new Set(imports().flatMap(({from, to}) => [from, to]));
  expect([...folders].filter((folder) => !ORDER.includes(folder))).toEqual([]);
});

test('imports point one way', () => {
  const wrong = imports().filter(({from, to}) => ORDER.indexOf(to) > ORDER.indexOf(from));
  expect(wrong).toEqual([]);
});

test('tests of what is built and benches call the application, not the command line', () => {
  const folders = readdirSync(join(SRC, '../test'), {withFileTypes: true}).filter(
    (entry) => entry.isDirectory() && entry.name !== 'cli',
  );
  const callers = [...folders.map(({name}) => `test/${name}`), 'bench'].flatMap((folder) =>
    readdirSync(join(SRC, '..', folder), {recursive: true, encoding: 'utf8'})
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );
  const reaching = callers.filter((file) => /src\/cli\//.test(readFileSync(join(SRC, '..', file), 'utf8')));
  expect(reaching).toEqual([]);
});

test('the application reads no flags, prints nothing and sets no exit status', () => {
  const files = readdirSync(join(SRC, 'build')).filter((file) => file.endsWith('.ts'));
  const telling = files.filter((file) =>
    /process\.(stdout|stderr|argv|exit)|console\.(log|error)|from 'commander'/.test(
      readFileSync(join(SRC, 'build', file), 'utf8'),
    ),
  );
  expect(telling).toEqual([]);
});

test('only one module starts commands to their end, and one that run beside', () => {
  const starters = new Set(
    readdirSync(SRC, {recursive: true, encoding: 'utf8'})
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => /from '(execa|node:child_process)'/.test(readFileSync(join(SRC, file), 'utf8'))),
  );
  expect([...starters].sort()).toEqual(['system/child.ts', 'system/run.ts']);
});

test('leanos and what sets it up need no package but those that its first command installs', () => {
  const texts = readdirSync(SRC, {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(SRC, file));
  const packages = [...texts, join(SRC, '../scripts/setup.mjs')].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^.'][^']*)'/g)].map(
      ([, name]) => name ?? '',
    ),
  );
  // Those that dist/ has in it are of scripts/: whoever installs the package does not need them.
  const dependencies = ['package.json', 'scripts/package.json'].flatMap((file) => {
    const {dependencies: own, peerDependencies: peers = {}} = JSON.parse(
      readFileSync(join(SRC, '..', file), 'utf8'),
    ) as {dependencies: object; peerDependencies?: object};
    // Declarations of the package name those of others.
    return Object.keys({...own, ...peers}).filter((name) => !name.startsWith('@types/'));
  });
  const used = new Set(packages.filter((name) => !name.startsWith('node:')));
  expect([...used].sort()).toEqual(dependencies.sort());
});
