import {copyFile, mkdir, readdir, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {LeanosError} from '../../core/error.ts';
import {variableName, type BuildrootPackage} from '../../formats/buildroot.ts';
import {nearestVersion} from '../../formats/upstream-version.ts';
import type {SourceVersion} from '../../system/debian-sources.ts';
import type {Pin} from '../../system/fetch.ts';
import type {BuildrootRun} from './buildroot-run.ts';
import {STAND_INS} from './toolchain.ts';

/** A source file that Buildroot would download. */
export interface WantedSource {
  /** Buildroot's name of the package, without `host-`. */
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
}

/** A package that is built from what Debian has, with Buildroot's recipe. */
export interface Substitute {
  readonly name: string;
  /** The version that the recipe is for. */
  readonly recipe: string;
  readonly source: SourceVersion;
}

/** The packages of a build whose sources come from Debian's archive. */
export interface DebianPackages {
  readonly packages: BuildrootPackage[];
  /** By name: the version that Buildroot's recipe is for, of each package that is built in another. */
  readonly recipes: ReadonlyMap<string, string>;
}

/** The files that a build downloads; the kernel's is one of the pinned packages. */
export function wantedSources(
  packages: readonly BuildrootPackage[],
  hashes: ReadonlyMap<string, string>,
): WantedSource[] {
  return packages
    .map((each) => ({...each, name: each.name.replace(/^host-/, '')}))
    .filter(({name, type}) => !(type === 'host' && STAND_INS.includes(name)) && name !== 'linux')
    .flatMap(({name, version, files}) =>
      files.map((file) => ({name, version, file, sha256: hashes.get(file) ?? ''})),
    );
}

/**
 * For each file that Debian does not have the nearest version of its package that it has. A package of several files has no
 * substitute: nobody could say which belong together.
 * @throws LeanosError CONFIG_INVALID with all that cannot be had
 */
export function chooseSubstitutes(
  lost: readonly WantedSource[],
  wanted: readonly WantedSource[],
  versions: ReadonlyMap<string, readonly SourceVersion[]>,
): Substitute[] {
  const chosen = new Map<string, Substitute>();
  const missing: WantedSource[] = [];
  for (const each of lost) {
    const {name, version: recipe} = each;
    const files = new Set(wanted.filter((other) => other.name === name).map(({file}) => file));
    const found = versions.get(name) ?? [];
    const nearest = nearestVersion(recipe, files.size === 1 ? found.map(({version}) => version) : []);
    const source = found.find(({version}) => version === nearest);
    if (source === undefined) missing.push(each);
    else chosen.set(name, {name, recipe, source});
  }
  if (missing.length > 0) throw notThere(missing);
  return [...chosen.values()];
}

function notThere(missing: readonly WantedSource[]): LeanosError {
  const lines = missing.map(({name, version, file}) => `  ${name} ${version}: ${file}`);
  return new LeanosError(
    'CONFIG_INVALID',
    `sources: debian, but Debian's archive has neither the file that Buildroot asks for, nor another version, of\n${lines.join('\n')}`,
    {
      hint: 'buildroot: {sources: upstream}     takes them from their own homes; an address takes a mirror',
    },
  );
}

/** The line that makes Buildroot build a substitute (buildroot-overlays/board/debian-sources.mk). */
export function substituteLine({name, source: {version, pin}}: Substitute): string {
  const path = pin.url.replace(/^debian:pool\/main\//, '');
  const words = [variableName(name), version, dirname(path), basename(path)];
  return `$(eval $(call LEANOS_DEBIAN_SOURCE,${words.join(',')}))\n`;
}

interface DebianContext {
  readonly buildroot: BuildrootRun;
  readonly find: (digests: readonly string[]) => Promise<ReadonlyMap<string, Pin>>;
  readonly versions: (names: readonly string[]) => Promise<ReadonlyMap<string, readonly SourceVersion[]>>;
  readonly fetch: (pins: readonly Pin[]) => Promise<string[]>;
  readonly note: (text: string) => void;
}

/** Brings the sources here that Buildroot would download, where there is no other in versions that Debian has. */
export async function fetchFromDebian(
  packages: readonly BuildrootPackage[],
  context: DebianContext,
): Promise<DebianPackages> {
  const {buildroot, find, versions} = context;
  const wanted = wantedSources(packages, await buildroot.hashes());
  const found = await find(wanted.map(({sha256}) => sha256));
  const lost = wanted.filter(({sha256}) => !found.has(sha256));
  if (lost.length === 0) {
    await download(wanted, found, context);
    return withRecipes(packages, context);
  }
  const names = [...new Set(lost.map(({name}) => name))];
  const substitutes = chooseSubstitutes(lost, wanted, await versions(names));
  for (const each of substitutes) await placeSubstitute(each, buildroot);
  const now = (await buildroot.describe([])).packages;
  const pins = new Map([...found, ...substitutes.map(({source: {pin}}): [string, Pin] => [pin.sha256, pin])]);
  await download(wantedSources(now, await buildroot.hashes()), pins, context);
  return withRecipes(now, context);
}

/** Tells of each package that is built in another version than Buildroot's. */
async function withRecipes(
  packages: readonly BuildrootPackage[],
  {buildroot, note}: DebianContext,
): Promise<DebianPackages> {
  const recipes = new Map<string, string>();
  for (const {name, version} of await buildroot.describeRecipes()) {
    const taken = packages.find((each) => each.name === name);
    if (taken?.type !== 'target' || taken.version === version) continue;
    recipes.set(name, version);
    note(
      `${name} is built in version ${taken.version}, which Debian has, with Buildroot's recipe for ${version}`,
    );
  }
  return {packages: [...packages], recipes};
}

/**
 * Makes a substitute known to Buildroot, in the copy of the external tree: its version, and its sha256. Buildroot's patches are
 * for its own version, and go with any other.
 */
async function placeSubstitute(substitute: Substitute, buildroot: BuildrootRun): Promise<void> {
  const {name, recipe, source} = substitute;
  await buildroot.addToBoard('debian-sources.mk', substituteLine(substitute));
  const folder = buildroot.boardFolder(`debian-sources/${name}`);
  await mkdir(folder, {recursive: true});
  const hash = `sha256  ${source.pin.sha256}  ${basename(source.pin.url)}\n`;
  await writeFile(join(folder, `${name}.hash`), hash);
  if (recipe !== source.version) return;
  const own = join(buildroot.folder, 'package', name);
  const patches = (await readdir(own).catch(() => [])).filter((each) => each.endsWith('.patch'));
  for (const patch of patches) await copyFile(join(own, patch), join(folder, patch));
}

async function download(
  wanted: readonly WantedSource[],
  pins: ReadonlyMap<string, Pin>,
  {buildroot, fetch}: DebianContext,
): Promise<void> {
  const paths = await fetch(wanted.map(({sha256}) => pins.get(sha256) ?? {url: '', sha256})).catch(notHere);
  for (const [index, {name, file}] of wanted.entries())
    await buildroot.placeDownload(name, file, paths[index] ?? '');
}

/** Sources are none of the pinned packages, which a mirror may have in newer versions: one that is missing ends the build. */
function notHere(error: unknown): never {
  if (!(error instanceof LeanosError) || error.code !== 'DOWNLOAD_FAILED') throw error;
  throw new LeanosError('COMMAND_FAILED', `sources: debian: ${error.message}`, {
    hint: 'LEANOS_DEBIAN_MIRROR=ADDRESS     takes another mirror; buildroot: {sources: upstream} takes the sources from their own homes',
    cause: error,
  });
}
