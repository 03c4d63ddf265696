import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {expect, test} from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..');

interface Checks {
  readonly statics: readonly (readonly [name: string, command: readonly string[]])[];
  readonly tests: readonly (readonly string[])[];
}

/** What `npm run check -- FILE…` runs. */
function checksOf(...files: readonly string[]): Checks {
  const program = `const {filesOf, staticChecks, testsOf} = await import('./scripts/checks.mjs'); const files = filesOf(process.argv.slice(1));
    console.log(JSON.stringify({statics: staticChecks(files), tests: testsOf(files)}));`;
  const words = ['--input-type=module', '--eval', program, '--', ...files];
  return JSON.parse(execFileSync(process.execPath, words, {cwd: CHECKOUT, encoding: 'utf8'})) as Checks;
}

const names = ({statics}: Checks): string[] => statics.map(([name]) => name);
/** Commands without the folder of their programs. */
const words = ([program = '', ...rest]: readonly string[]): string[] => [
  program.split('/').at(-1) ?? '',
  ...rest,
];

test('without files all is checked, and all tests of unit and guest are run', () => {
  const all = checksOf();
  expect(names(all)).toEqual(['types', 'lint', 'format', 'ShellCheck', 'shfmt']);
  expect(all.statics.at(-1)?.[1]).toEqual(
    expect.arrayContaining(['.ci/run', 'leanos', 'init-scripts/rootfs/usr/lib/leanos/lock.sh']),
  );
  expect(all.tests.map(words)).toEqual([['vitest', 'run', '--project', 'unit', '--project', 'guest']]);
});

test('a test is checked and run, it alone', () => {
  const {statics, tests} = checksOf('test/core/size.test.ts');
  expect(statics.map(([name]) => name)).toEqual(['types', 'lint', 'format']);
  expect(words(statics[1]?.[1] ?? [])).toEqual(['eslint', 'test/core/size.test.ts']);
  expect(tests.map(words)).toEqual([['vitest', 'run', 'test/core/size.test.ts']]);
});

test('of a source those that import it', () => {
  const [command = []] = checksOf('src/core/size.ts').tests;
  expect(words(command).slice(0, 3)).toEqual(['vitest', 'related', '--run']);
  expect(command.at(-1)).toBe('src/core/size.ts');
});

test('of a script of the guest those that name it, by itself or in a list of libraries', () => {
  const lock = checksOf('init-scripts/rootfs/usr/lib/leanos/lock.sh');
  expect(names(lock)).toEqual(['format', 'ShellCheck', 'shfmt']);
  expect(lock.tests[0]).toContain('test/guest/lock.test.ts');
  expect(lock.tests[0]).not.toContain('test/guest/labels.test.ts');
  const [network = []] = checksOf('init-scripts/rootfs/usr/lib/leanos/network-config.sh').tests;
  expect(network).toContain('test/support/network-machine.ts');
});

test('a folder stands for what is below it', () => {
  expect(words(checksOf('test/core').tests[0] ?? [])).toContain('test/core/size.test.ts');
});

test('of what no test speaks of none', () => {
  // This test does not speak of it either.
  expect(checksOf(`docs/${['dictionary', 'md'].join('.')}`).tests).toEqual([]);
});
