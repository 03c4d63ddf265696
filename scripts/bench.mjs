// Runs one of the measurements in bench/: node scripts/bench.mjs NAME [OPTION…]
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {checkout, ensureReady} from './setup.mjs';

const [name, ...options] = process.argv.slice(2);
const known = readdirSync(join(checkout, 'bench'))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length));
if (!known.includes(name)) {
  process.stderr.write(`usage: npm run bench -- NAME [OPTION…]\nNAME is one of ${known.join(', ')}\n`);
  process.exit(2);
}
await ensureReady({dev: true});
run(join(checkout, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.bench.json');
run(join(checkout, 'dist-bench/bench', `${name}.bench.js`), ...options);

function run(program, ...args) {
  const {status} = spawnSync(process.execPath, [program, ...args], {cwd: checkout, stdio: 'inherit'});
  if (status !== 0) process.exit(status ?? 1);
}
