// What a fresh clone needs before anything else: the pinned npm packages, and the compiled sources. Plain JavaScript that
// imports nothing but Node, because it runs before there is anything else.
import {spawnSync} from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {checkSeal, sealOf} from './seal.mjs';

export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
/** npm's own account of what it has installed. */
const INSTALLED = 'node_modules/.package-lock.json';
const PACKAGES_SEAL = 'node_modules/.leanos-seal';
const SEAL = '.seal';
const DIST = 'dist';
const DIST_SEAL = `${DIST}/${SEAL}`;
/** Packages that look for files beside their own, and are not bundled. */
const EXTERNAL = ['ssh2'];
/** Whoever uses `leanos/vitest` has it. */
const PEERS = ['vitest'];
/** The oldest Node.js that leanos runs on. */
export const NODE_FLOOR = readJson(join(checkout, 'package.json')).engines.node.replace('>=', '');
/** What is called in dist/: the command line, and what the set-up of the tests has in common with it. */
const ENTRIES = [
  'index',
  'vitest',
  'cli/main',
  'console/render-error',
  'build/host-tools',
  'build/install-tools',
  'core/architecture',
  'system/apt-options',
  'system/run',
];

/** What leanos needs to run: its packages, and its sources compiled. `dev`: and the packages of its tests and checks. */
export async function ensureReady({dev = false} = {}) {
  if (!dev && isCompiled()) return;
  ensurePackages({dev});
  if (!isCompiled()) await compile();
}

/** Installs the pinned packages where package-lock.json asks for others than there are, or one of their files has changed since. */
function ensurePackages({dev}) {
  const wanted = readJson(join(checkout, 'package-lock.json')).packages;
  const installed = readJson(join(checkout, INSTALLED))?.packages ?? {};
  const isThere = areInstalled({wanted, installed, dev});
  const seal = isThere ? readJson(join(checkout, PACKAGES_SEAL)) : undefined;
  const now = seal === undefined ? undefined : checkSeal(checkout, seal);
  if (now !== undefined) {
    if (now !== seal) write(PACKAGES_SEAL, now);
    return;
  }
  // What npm itself says that it has installed, and nobody has sealed yet, is taken as it is.
  if (!isThere || seal !== undefined)
    install({dev: dev || Object.values(installed).some((each) => each.dev)});
  write(PACKAGES_SEAL, sealOf(checkout, filesBelow('node_modules')));
}

/** Whether npm has installed all that is wanted here, and nothing else. */
function areInstalled({wanted, installed, dev}) {
  const here = (name) => wanted[name]?.integrity === installed[name]?.integrity;
  const needed = Object.keys(wanted).filter(
    (name) => name !== '' && !wanted[name].optional && (dev || !wanted[name].dev),
  );
  return [...needed, ...Object.keys(installed)].every(here);
}

function install({dev}) {
  step(`installing the pinned npm packages${dev ? ' and those of the tests' : ''}`, [
    'npm',
    'ci',
    ...(dev ? [] : ['--omit=dev']),
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
}

/** Whether dist/ is as it was compiled, from the sources and with the packages that there are. */
function isCompiled() {
  const seal = readJson(join(checkout, DIST_SEAL));
  if (seal === undefined) return false;
  if (sources().join() !== Object.keys(seal.sources.digests).join()) return false;
  const now = {
    sources: checkSeal(checkout, seal.sources),
    bundle: checkSeal(join(checkout, DIST), seal.bundle),
    packages: checkSeal(checkout, seal.packages),
  };
  const parts = Object.keys(now);
  if (parts.some((part) => now[part] === undefined)) return false;
  if (parts.some((part) => now[part] !== seal[part])) write(DIST_SEAL, now);
  return true;
}

/** Bundles src/ with its packages into dist/. */
async function compile() {
  // Beside dist/, then renamed: a second leanos that starts meanwhile never sees half of it.
  const name = `.dist-${process.pid}`;
  const fresh = join(checkout, name);
  const dist = join(checkout, DIST);
  try {
    ensureWritable();
    process.stderr.write('leanos: compiling (once)\n');
    const seal = {sources: sealOf(checkout, sources()), packages: sealOf(checkout, external())};
    await bundle(fresh);
    const bundled = filesBelow(name).map((path) => path.slice(name.length + 1));
    seal.bundle = sealOf(fresh, bundled);
    writeFileSync(join(fresh, SEAL), JSON.stringify(seal));
    const old = `${fresh}.old`;
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
    rmSync(old, {recursive: true, force: true});
  } catch (error) {
    rmSync(fresh, {recursive: true, force: true});
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
  }
}

async function bundle(folder) {
  const {build} = await import('rolldown');
  await build({
    cwd: checkout,
    input: Object.fromEntries(ENTRIES.map((name) => [name, `src/${name}.ts`])),
    platform: 'node',
    transform: {target: `node${NODE_FLOOR}`},
    external: [...EXTERNAL, ...PEERS],
    logLevel: 'warn',
    output: {dir: folder, format: 'esm', sourcemap: true},
  });
}

/** Somebody else's checkout has to be set up by its owner, once. */
function ensureWritable() {
  try {
    accessSync(checkout, constants.W_OK);
  } catch {
    process.stderr.write(
      `leanos: ${checkout} is not set up, and cannot be written to\n  ${join(checkout, 'leanos')} --version     sets it up, run by its owner\n`,
    );
    process.exit(2);
  }
}

/** Everything that dist/ is made from and by, but for packages. */
function sources() {
  const files = filesBelow('src').filter((name) => name.endsWith('.ts'));
  return [...files, 'package-lock.json', 'package.json', 'scripts/seal.mjs', 'scripts/setup.mjs'];
}

/** The files of packages that are not in the bundle, nor are those that they need. */
function external() {
  const {packages} = readJson(join(checkout, 'package-lock.json'));
  const names = new Set(EXTERNAL);
  for (const name of names)
    for (const need of Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {})) names.add(need);
  return [...names].flatMap((name) => filesBelow(`node_modules/${name}`));
}

/** The files below a folder of the checkout, sorted; what npm and tools keep for themselves in node_modules is passed over. */
function filesBelow(folder) {
  const entries = readdirSync(join(checkout, folder), {withFileTypes: true}).filter(
    ({name}) => folder !== 'node_modules' || !name.startsWith('.'),
  );
  return entries
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    )
    .sort();
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whole or not at all; a checkout that cannot be written to is looked at more closely each time. */
function write(name, value) {
  const path = join(checkout, name);
  const fresh = `${path}.${process.pid}`;
  try {
    writeFileSync(fresh, JSON.stringify(value));
    renameSync(fresh, path);
  } catch {
    rmSync(fresh, {force: true});
  }
}

function step(what, [program, ...args]) {
  ensureWritable();
  process.stderr.write(`leanos: ${what} (once)\n`);
  // Under npm (npm pack --dry-run) its options are in the environment, and they were not meant for this one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_config_dry_run$/i.test(name)),
  );
  const {status, error, stdout, stderr} = spawnSync(program, args, {
    cwd: checkout,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status === 0) return;
  process.stderr.write(
    `${stdout ?? ''}${stderr ?? ''}leanos: ${what} failed${error ? `: ${error.message}` : ''}\n`,
  );
  process.stderr.write(`  ${[program, ...args].join(' ')}\n`);
  process.exit(2);
}

/** Installs what the tests call, through apt where that is allowed; otherwise says the one command that does, and exits 2. */
export async function ensureTestTools() {
  const {allTools} = await import('../dist/build/host-tools.js');
  const {installTools} = await import('../dist/build/install-tools.js');
  const {hostArchitecture} = await import('../dist/core/architecture.js');
  const {run} = await import('../dist/system/run.js');
  const {renderError} = await import('../dist/console/render-error.js');
  try {
    await installTools(allTools(hostArchitecture().name, {dev: true}), {
      run,
      say: (text) => process.stderr.write(`${text}\n`),
    });
  } catch (error) {
    process.stderr.write(`${renderError(error)}\n`);
    process.exit(2);
  }
}
