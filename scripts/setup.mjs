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
  statSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const PACKAGES_STAMP = join(checkout, 'node_modules/.leanos-lock');
const DIST = join(checkout, 'dist');
const SOURCES_STAMP = join(DIST, '.sources');
/** What is called in dist/: the command line, and what the set-up of the tests has in common with it. */
const ENTRIES = [
  'cli/main',
  'console/render-error',
  'build/host-tools',
  'build/install-tools',
  'core/architecture',
  'system/run',
];

/**
 * Installs the pinned packages where package-lock.json has changed since they were: those that leanos runs with, and with
 * `dev` those of its tests and checks as well.
 */
export function ensurePackages({dev = false} = {}) {
  const lock = readFileSync(join(checkout, 'package-lock.json'), 'utf8');
  const installed = existsSync(PACKAGES_STAMP) ? readFileSync(PACKAGES_STAMP, 'utf8') : '';
  const [all, some] = [`dev\n${lock}`, lock];
  if (installed === all || (installed === some && !dev)) return;
  const whole = dev || installed.startsWith('dev\n'); // who runs tests goes on running them
  step(`installing the pinned npm packages${whole ? ' and those of the tests' : ''}`, [
    'npm',
    'ci',
    ...(whole ? [] : ['--omit=dev']),
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  writeFileSync(PACKAGES_STAMP, whole ? all : some);
}

/** Bundles src/ with its packages into dist/ where a source or a package is newer or was taken away. */
export async function ensureCompiled() {
  const sources = describeSources();
  if (existsSync(SOURCES_STAMP) && readFileSync(SOURCES_STAMP, 'utf8') === sources) return;
  // Beside dist/, then renamed: a second leanos that starts meanwhile never sees half of it.
  const fresh = join(checkout, `.dist-${process.pid}`);
  try {
    ensureWritable();
    process.stderr.write('leanos: compiling (once)\n');
    await bundle(fresh);
    writeFileSync(join(fresh, '.sources'), sources);
    const old = `${fresh}.old`;
    if (existsSync(DIST)) renameSync(DIST, old);
    renameSync(fresh, DIST);
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
    transform: {target: 'node20.20'},
    external: ['ssh2'], // looks for files beside its own
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

/** Everything that dist/ is made from and by. */
function describeSources() {
  const sources = readdirSync(join(checkout, 'src'), {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  return [...sources, join(checkout, 'package-lock.json'), join(checkout, 'scripts/setup.mjs')]
    .map((path) => {
      const {size, mtimeMs} = statSync(path);
      return `${path} ${size} ${mtimeMs}\n`;
    })
    .sort()
    .join('');
}

function step(what, [program, ...args]) {
  ensureWritable();
  process.stderr.write(`leanos: ${what} (once)\n`);
  const {status, error, stdout, stderr} = spawnSync(program, args, {
    cwd: checkout,
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
