// The README's test command: sets a fresh clone up, then runs every check and test. Extra arguments go to vitest.
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {checkout, ensureCompiled, ensurePackages} from './setup.mjs';

ensurePackages();
ensureCompiled();
const bin = (name) => join(checkout, 'node_modules/.bin', name);
const checks = [[bin('tsc'), '--noEmit']];
for (const [program, ...args] of checks) run(program, args);
run(bin('vitest'), ['run', ...process.argv.slice(2)]);

function run(program, args) {
  const {status} = spawnSync(program, args, {cwd: checkout, stdio: ['ignore', 'inherit', 'inherit']});
  if (status !== 0) process.exit(status ?? 1);
}
