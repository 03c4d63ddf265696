// The README's test command: sets a fresh clone up, then runs every check and every test, machines included. Arguments go to
// vitest instead, so that one test can be run: npm test -- test/boot
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {checkout, ensureReady, ensureTestTools} from './setup.mjs';

await ensureReady({dev: true});
await ensureTestTools();
const only = process.argv.slice(2);
const checks = only.length > 0 ? 0 : run(process.execPath, join(checkout, 'scripts/check.mjs'), '--static');
const tests = run(join(checkout, 'node_modules/.bin/vitest'), 'run', ...only);
process.exit(checks === 0 ? tests : checks);

function run(program, ...args) {
  return spawnSync(program, args, {cwd: checkout, stdio: ['ignore', 'inherit', 'inherit']}).status ?? 1;
}
