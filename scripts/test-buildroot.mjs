// Runs the tests that build with the real Buildroot: docs/buildroot.md says how to give it one.
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {checkout, ensureReady, ensureTestTools} from './setup.mjs';

const folders = {
  LEANOS_BUILDROOT: '2026.02.3', // the long-term release that images are built with
  LEANOS_BUILDROOT_NEWEST: '2026.05.1', // the newest one: packages of leanos' own may be in it
};
const given = Object.fromEntries(
  Object.entries(folders).map(([name, release]) => [name, folderIn(name, release)]),
);
for (const [program, debianPackage] of [
  ['redis-server', 'redis-server'],
  ['qemu-s390x-static', 'qemu-user-static'], // runs what the toolchains make
]) {
  if (spawnSync(program, ['--version']).error === undefined) continue;
  console.error(`test:buildroot needs ${program}: apt-get install ${debianPackage}`);
  process.exit(2);
}
await ensureReady({dev: true});
await ensureTestTools();
const {status} = spawnSync(
  join(checkout, 'node_modules/.bin/vitest'),
  ['run', '--config', 'vitest.buildroot.config.ts', ...process.argv.slice(2)],
  {
    cwd: checkout,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {...process.env, ...given},
  },
);
process.exit(status ?? 1);

/** The Buildroot that a variable names, or the end with what to do. */
function folderIn(name, release) {
  const folder = process.env[name];
  if (folder !== undefined && existsSync(join(folder, 'Config.in'))) return resolve(folder);
  console.error(
    `test:buildroot needs a Buildroot folder; ${name} is ${folder === undefined ? 'not set' : `"${folder}", which has no Config.in`}
  git clone --depth 1 --branch ${release} https://gitlab.com/buildroot.org/buildroot.git buildroot-${release}
  export ${name}=$PWD/buildroot-${release}`,
  );
  process.exit(2);
}
