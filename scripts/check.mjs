// npm run check [-- FILE… [OPTION…]]: everything that needs neither a built image nor a machine. With FILE…, files or folders, the
// checks of these, and the tests that they are, that import them, or that speak of them where they are none of TypeScript. Options are
// vitest's: npm run check -- test/core/size.test.ts -t MiB. Exits with 1 when anything is wrong, and with 2 for no such file.
import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {filesOf, staticChecks, testsOf} from './checks.mjs';
import {checkout, ensureReady, ensureTestTools} from './setup.mjs';

await ensureReady({dev: true});
await ensureTestTools();
const wanted = process.argv.slice(2);
const isStatic = wanted[0] === '--static';
const first = wanted.findIndex((word) => word.startsWith('-'));
const options = first === -1 || isStatic ? [] : wanted.slice(first);
const words = wanted.slice(0, wanted.length - options.length).filter((word) => word !== '--static');
const unknown = words.find((word) => !existsSync(word));
if (unknown !== undefined) {
  process.stderr.write(`check: there is no file ${unknown}\n`);
  process.exit(2);
}
const files = filesOf(words);
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
