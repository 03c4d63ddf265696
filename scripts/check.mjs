// npm run check: everything that needs neither a built image nor a machine. Exits with 1 when anything is wrong.
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {checkout, ensureCompiled, ensurePackages, ensureTestTools} from './setup.mjs';

ensurePackages({dev: true});
await ensureCompiled();
await ensureTestTools();

const bin = (name) => join(checkout, 'node_modules/.bin', name);
const scripts = shellScripts(['init-scripts', 'buildroot-overlays', '.ci', 'leanos']);
const checks = [
  ['types', [bin('tsc'), '--noEmit']],
  ['lint', [bin('eslint'), '.']],
  ['format', [bin('prettier'), '--check', '--log-level=warn', '.']],
  ['ShellCheck', ['shellcheck', '--external-sources', ...scripts]],
  ['shfmt', ['shfmt', '--diff', ...scripts]],
];
// Arguments go to vitest, so that one test can be run by itself: then it alone is what matters.
const wanted = process.argv.slice(2);
const failed = checks.filter(([name, command]) => !passes(name, command)).map(([name]) => name);
if (wanted.includes('--static')) process.exit(report(failed));
if (!passes('unit and guest', [bin('vitest'), 'run', '--project', 'unit', '--project', 'guest']))
  failed.push('unit and guest');
process.exit(report(failed));

function passes(name, [program, ...args]) {
  const {status, error} = spawnSync(program, args, {cwd: checkout, stdio: ['ignore', 'inherit', 'inherit']});
  process.stderr.write(
    `${status === 0 ? 'ok    ' : 'FAILED'}  ${name}${error === undefined ? '' : `: ${error.message}`}\n`,
  );
  return status === 0;
}

function report(names) {
  if (names.length > 0) process.stderr.write(`failed: ${names.join(', ')}\n`);
  return names.length === 0 ? 0 : 1;
}

/** Files that say in their first line that they are for a POSIX shell, and the libraries that ShellCheck is told about. */
function shellScripts(roots) {
  return roots
    .flatMap((root) => filesBelow(join(checkout, root)))
    .filter(isShell)
    .map((path) => relative(checkout, path))
    .sort();
}

function filesBelow(path) {
  try {
    return readdirSync(path, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [path];
  }
}

function isShell(path) {
  return /^#(!.*\b(ba)?sh\b|\s*shellcheck shell=)/.test(readFileSync(path, 'utf8').slice(0, 80));
}
