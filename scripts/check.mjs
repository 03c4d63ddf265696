// npm run check [-- FILE… [OPTION…]]: everything that needs neither a built image nor a machine. With FILE…, the checks of these
// files, and the tests that they are, that import them, or that speak of them where they are none of TypeScript. Options are
// vitest's: npm run check -- test/core/size.test.ts -t MiB. Exits with 1 when anything is wrong, and with 2 for no such file.
import {spawn} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {basename, join, relative, resolve} from 'node:path';
import {checkout, ensureReady, ensureTestTools} from './setup.mjs';

const SHELL_FOLDERS = ['init-scripts', 'buildroot-overlays', 'scripts', '.ci', 'leanos'];
const bin = (name) => join(checkout, 'node_modules/.bin', name);

await ensureReady({dev: true});
await ensureTestTools();
const wanted = process.argv.slice(2);
const isStatic = wanted[0] === '--static';
const first = wanted.findIndex((word) => word.startsWith('-'));
const options = first === -1 || isStatic ? [] : wanted.slice(first);
const files = wanted
  .slice(0, wanted.length - options.length)
  .filter((word) => word !== '--static')
  .map(known);
const statics = Promise.all(staticChecks(files).map(([name, command]) => ended(name, command)));
// Who asks about a file wants to see its test at once; all of them are many, and leave the processors to the others first.
if (files.length === 0) await statics;
const tests = [];
for (const command of isStatic ? [] : testsOf(files))
  tests.push(await ended('tests', [...command, ...options], {stdio: 'inherit'}));
const failed = [...(await statics), ...tests].filter(({ok}) => !ok);
for (const {name, ok, output} of await statics)
  process.stderr.write(`${output}${ok ? 'ok    ' : 'FAILED'}  ${name}\n`);
if (failed.length > 0) process.stderr.write(`failed: ${failed.map(({name}) => name).join(', ')}\n`);
process.exit(failed.length === 0 ? 0 : 1);

/** A file as the checkout knows it. */
function known(word) {
  if (existsSync(word)) return relative(checkout, resolve(word));
  process.stderr.write(`check: there is no file ${word}\n`);
  process.exit(2);
}

/** Checks by their names: of all, or of some files. */
function staticChecks(only) {
  const all = only.length === 0;
  const sources = only.filter((file) => /\.(ts|mjs|js)$/.test(file));
  const scripts = shellScripts(all ? SHELL_FOLDERS : only);
  const types = ['tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types'];
  const checks = [
    ['types', types, all || sources.length > 0],
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
function testsOf(only) {
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

/** Runs a command to its end; what it says is shown at once, or kept. */
function ended(name, [program, ...args], {stdio = 'pipe'} = {}) {
  return new Promise((done) => {
    const child = spawn(program, args, {cwd: checkout, stdio: ['ignore', stdio, stdio]});
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    child.on('error', ({message}) => done({name, ok: false, output: `${message}\n`}));
    child.on('close', (status) => done({name, ok: status === 0, output}));
  });
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
