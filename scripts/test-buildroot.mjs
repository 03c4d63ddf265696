// Runs the tests that build with the real Buildroot: docs/buildroot.md says how to give it one.
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {checkout, ensureCompiled, ensurePackages, ensureTestTools} from './setup.mjs';

const folder = process.env.LEANOS_BUILDROOT;
if (folder === undefined || !existsSync(join(folder, 'Config.in'))) {
  console.error(
    `test:buildroot needs a Buildroot folder; LEANOS_BUILDROOT is ${folder === undefined ? 'not set' : `"${folder}", which has no Config.in`}
  git clone --depth 1 --branch 2026.02.2 https://gitlab.com/buildroot.org/buildroot.git
  LEANOS_BUILDROOT=$PWD/buildroot npm run test:buildroot`,
  );
  process.exit(2);
}
if (spawnSync('redis-server', ['--version']).error !== undefined) {
  console.error('test:buildroot needs redis-server: apt-get install redis-server');
  process.exit(2);
}
ensurePackages({dev: true});
await ensureCompiled();
await ensureTestTools();
const {status} = spawnSync(
  join(checkout, 'node_modules/.bin/vitest'),
  ['run', '--config', 'vitest.buildroot.config.ts', ...process.argv.slice(2)],
  {
    cwd: checkout,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {...process.env, LEANOS_BUILDROOT: resolve(folder)},
  },
);
process.exit(status ?? 1);
