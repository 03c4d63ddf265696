// What is checked of the checkout, as commands: nothing is run here.
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {basename, join, relative, resolve} from 'node:path';
import {checkout} from './setup.mjs';

const SHELL_FOLDERS = ['init-scripts', 'buildroot-overlays', 'scripts', '.ci', 'leanos'];
const bin = (name) => join(checkout, 'node_modules/.bin', name);

/** The files that words name: a folder stands for all that are below it. */
export function filesOf(words) {
  return words.flatMap((word) => {
    const name = relative(checkout, resolve(word));
    return statSync(word).isDirectory() ? filesBelow(name) : [name];
  });
}

/** Checks by their names: of all, or of some files. */
export function staticChecks(only) {
  const all = only.length === 0;
  const sources = only.filter((file) => /\.(ts|mjs|js)$/.test(file));
  const scripts = shellScripts(all ? SHELL_FOLDERS : only);
  const types = ['tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types'];
  const checks = [
    ['types', types, all || sources.some((file) => file.endsWith('.ts'))],
    ['lint', ['eslint', ...(all ? ['.'] : sources)], all || sources.length > 0],
    [
      'format',
      ['prettier', '--check', '--log-level=warn', '--ignore-unknown', ...(all ? ['.'] : only)],
      true,
    ],
  ].map(([name, [program, ...args], is]) => [name, [bin(program), ...args], is]);
  const ofShell = [
    ['ShellCheck', ['shellcheck', '--external-sources', ...scripts], scripts.length > 0],
    ['shfmt', ['shfmt', '--diff', ...scripts], scripts.length > 0],
  ];
  return [...checks, ...ofShell].filter(([, , is]) => is);
}

/** How vitest is called for files: none are all of `unit` and `guest`. */
export function testsOf(only) {
  const projects = ['--project', 'unit', '--project', 'guest'];
  if (only.length === 0) return [[bin('vitest'), 'run', ...projects]];
  const tests = only.filter((file) => file.endsWith('.test.ts'));
  const others = only.filter((file) => !file.endsWith('.test.ts'));
  const about = others.flatMap((file) => (file.endsWith('.ts') ? [file] : speakingOf(file)));
  return [
    ...(tests.length > 0 ? [[bin('vitest'), 'run', ...tests]] : []),
    ...(about.length > 0
      ? [[bin('vitest'), 'related', '--run', '--passWithNoTests', ...projects, ...about]]
      : []),
  ];
}

/** The files of tests that name a file: `network.sh`, or `network` in a list that a shell goes through. */
function speakingOf(file) {
  const name = basename(file);
  const [stem] = name.split('.');
  const speaks = (line) =>
    line.includes(name) || (/\bfor \w+ in /.test(line) && line.split(/[^\w-]+/).includes(stem));
  return filesBelow('test')
    .filter((test) => test.endsWith('.ts'))
    .filter((test) => readFileSync(join(checkout, test), 'utf8').split('\n').some(speaks));
}

/** Files that say in their first line that they are for a POSIX shell, and the libraries that ShellCheck is told about. */
function shellScripts(roots) {
  return roots
    .flatMap((root) => (statSync(join(checkout, root)).isDirectory() ? filesBelow(root) : [root]))
    .filter((name) =>
      /^#(!.*\b(ba)?sh\b|\s*shellcheck shell=)/.test(readFileSync(join(checkout, name), 'utf8').slice(0, 80)),
    )
    .sort();
}

/** The files below a folder of the checkout. */
function filesBelow(folder) {
  return readdirSync(join(checkout, folder), {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => relative(checkout, join(entry.parentPath, entry.name)));
}
