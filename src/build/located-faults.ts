import {basename} from 'node:path';
import {configError, type Diagnostic} from '../core/diagnostic.ts';
import {LeanosError} from '../core/error.ts';
import {KeyFaultsError, type KeyFault} from '../core/key-fault.ts';
import {PACKAGE_NAME} from '../core/names.ts';
import {mergedPath} from '../formats/usr-twins.ts';
import {inputRequest} from '../recipes/input-request.ts';
import {takenParts} from '../recipes/packages.ts';
import {readPinned} from '../stages/userland/packages.ts';
import {AptPool} from '../system/apt-pool.ts';
import type {BuildEnvironment} from './environment.ts';
import {placesOf} from './origin.ts';
import {resolving, type PreparedBuild} from './prepare.ts';
import {readingPackages} from './reading-packages.ts';

/** A failure of a build with the places of what is wrong in the definition, and what would help; any other as it is. */
export async function locatedFaults(
  error: unknown,
  prepared: PreparedBuild,
  env: BuildEnvironment,
): Promise<unknown> {
  const found = error instanceof LeanosError ? error.cause : undefined;
  if (!(found instanceof KeyFaultsError)) return error;
  const {image} = prepared.request;
  const diagnostics = found.faults.map(({path, message}): Diagnostic => {
    const [, name, key = ''] = path;
    const place = image.services.find((service) => service.name === name)?.places[key];
    return {...(place ?? {file: image.name, line: 1, column: 1, path: path.join('.')}), message};
  });
  return configError(diagnostics, found.hint ?? (await help(found.faults, prepared, env)));
}

/** What would bring the files that are missing. */
async function help(
  faults: readonly KeyFault[],
  prepared: PreparedBuild,
  env: BuildEnvironment,
): Promise<string | undefined> {
  const missing = [...new Set(faults.flatMap((fault) => fault.missing ?? []))];
  if (missing.length === 0) return undefined;
  const ofUnits = faults.some(({path}) => path.at(-1) === 'unit');
  return [
    ...(await packagesWith(missing, prepared, env)),
    'overlays: [FOLDER]     names a folder of the project that has such a file',
    ...(ofUnits ? ['without: [KEY]     beside unit: leaves out what asks for it'] : []),
  ].join('\n');
}

/** Lines of a definition that name packages with these files, as far as that is known without reading an archive. */
async function packagesWith(
  missing: readonly string[],
  prepared: PreparedBuild,
  env: BuildEnvironment,
): Promise<string[]> {
  if (prepared.request.image.base.userland !== 'debian') return [];
  const leftOut = await leftOutOf(missing, prepared, env);
  const others = missing.filter((path) => !leftOut.some((each) => each.path === path));
  const named = await ofTheirNames(
    others.map((path) => basename(path)),
    prepared,
    env,
  );
  return [
    ...leftOut.map(
      ({name, path}) => `packages: [${name}]     without files: takes all of that package, which has ${path}`,
    ),
    ...named.map((name) => `packages: [${name}]     is a package of the archive with that name`),
  ];
}

/** The files that packages of the image have, and that are not taken of them. */
async function leftOutOf(
  missing: readonly string[],
  {request: {image, arch, inputs}, origin}: PreparedBuild,
  env: BuildEnvironment,
): Promise<{readonly name: string; readonly path: string}[]> {
  const parts = takenParts(image, arch);
  const pins = inputs.userland.filter(({name}) => parts[name] !== undefined);
  const read = await readingPackages(image, placesOf(origin), env, (reading) => readPinned(pins, reading));
  return read.flatMap(({name, tree}) => {
    const files = new Set([...tree.keys()].map(inOneFolder));
    return missing.filter((path) => files.has(inOneFolder(path.slice(1)))).map((path) => ({name, path}));
  });
}

/** A path of a package as an image has it. */
function inOneFolder(path: string): string {
  return mergedPath(path).replace(/^usr\/sbin\//, 'usr/bin/');
}

/** Those of these names that packages of the definition's archives have; none where the mirror does not answer. */
async function ofTheirNames(
  names: readonly string[],
  {request: {image, arch}}: PreparedBuild,
  env: BuildEnvironment,
): Promise<string[]> {
  const wanted = names.filter((name) => PACKAGE_NAME.test(name));
  if (wanted.length === 0) return [];
  const {suite, architecture} = inputRequest(image, arch);
  const {resolved, sources, run, more} = resolving(image, env);
  try {
    await using apts = new AptPool({sources, run, scratch: resolved});
    const known = new Set(await (await apts.of(suite, architecture, more)).names());
    return wanted.filter((name) => known.has(name));
  } catch (error) {
    if (error instanceof LeanosError) return [];
    throw error;
  }
}
