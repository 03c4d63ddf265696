import {mkdir} from 'node:fs/promises';
import {LeanosError} from '../core/error.ts';
import {PACKAGE_NAME} from '../core/names.ts';
import {printable} from '../core/printable.ts';
import {nearWords} from '../core/suggest.ts';
import type {Places} from '../config/places.ts';
import type {ImageRequest} from '../recipes/image-request.ts';
import {forScriptsAlone, inputRequest, userlandRoots} from '../recipes/input-request.ts';
import {hasPackages, takenParts} from '../recipes/packages.ts';
import {besideUsr, dependents, whyThere, type WhyThere} from '../recipes/why-package.ts';
import {packageBytes} from '../stages/userland/package-bytes.ts';
import {readPinned, withControl} from '../stages/userland/packages.ts';
import type {FileTree} from '../formats/file-tree.ts';
import {packageRelations, parseStanzas, type Apt, type PackageRelations} from '../system/apt.ts';
import {AptPool} from '../system/apt-pool.ts';
import type {BuildEnvironment} from './environment.ts';
import {placesOf} from './origin.ts';
import {resolving, type PreparedBuild} from './prepare.ts';
import {readingPackages} from './reading-packages.ts';

/** Why a package is in an image, or why it is not. */
export type PackageAnswer = {readonly package: string} & (
  | (WhyThere & {
      readonly answer: 'in-usr';
      readonly version: string;
      /** Of its own files in /usr, before the filesystem compresses them. */
      readonly bytes: number;
      /** What /usr would be smaller by without it and what nothing else needs. */
      readonly freedBytes: number;
      /** What the image takes it for beside that. */
      readonly uses: readonly string[];
    })
  /** It is not in /usr, but the image takes it for something else. */
  | {readonly answer: 'beside-usr'; readonly version: string; readonly uses: readonly string[]}
  /** Packages depend on it for their maintainer scripts, which leanos does without it. */
  | {readonly answer: 'for-scripts'; readonly neededBy: readonly string[]}
  /** Only packages that are left out depend on it. */
  | {readonly answer: 'of-left-out'; readonly neededBy: readonly string[]}
  | {readonly answer: 'not-asked-for'}
);

/** A package of /usr as it is read. */
interface ReadPackage extends PackageRelations {
  readonly version: string;
  readonly tree: FileTree;
}

/**
 * Says why a package is in an image, and what it costs, or why it is not there. The image's packages are read, and fetched where
 * they are not on this machine; of one that is not among them the mirror is asked.
 * @throws LeanosError USAGE for a name that no package has
 */
export async function explainPackage(
  name: string,
  {request, origin}: PreparedBuild,
  env: BuildEnvironment,
): Promise<PackageAnswer> {
  mustBeName(name);
  const {image, inputs} = request;
  const beside = besideUsr(name, inputs);
  if (inputs.userland.some((pin) => pin.name === name)) {
    const packages = await readUserland(request, placesOf(origin), env);
    const why = whyThere(name, userlandRoots(image), packages);
    const found = packages.find((each) => each.name === name);
    if (why === undefined || found === undefined) throw new Error(`${name} is pinned and was not read`);
    const uses = beside?.uses ?? [];
    return {
      package: name,
      answer: 'in-usr',
      version: found.version,
      ...cost(name, why, {...request, packages}),
      ...why,
      uses,
    };
  }
  if (beside !== undefined)
    return {package: name, answer: 'beside-usr', version: beside.pin.version, uses: beside.uses};
  return whyNotThere(name, request, env);
}

/** What can be no package's name is asked of no mirror. */
function mustBeName(name: string): void {
  if (PACKAGE_NAME.test(name)) return;
  throw new LeanosError('USAGE', `--why: "${printable(name)}" is no name of a package`, {
    hint: 'it is small letters and digits, with "+", "-" and "." between them, such as libstdc++6',
  });
}

function cost(
  name: string,
  {onlyItNeeds}: WhyThere,
  {packages, image, arch}: {readonly packages: readonly ReadPackage[]} & Pick<ImageRequest, 'image' | 'arch'>,
): {readonly bytes: number; readonly freedBytes: number} {
  const options = {only: takenParts(image, arch), withState: hasPackages(image)};
  const [all, less] = [
    packages,
    packages.filter((each) => each.name !== name && !onlyItNeeds.includes(each.name)),
  ].map((each) => packageBytes(each, options));
  const sum = (bytes: ReadonlyMap<string, number> = new Map()): number =>
    [...bytes.values()].reduce((total, each) => total + each, 0);
  return {bytes: all?.get(name) ?? 0, freedBytes: sum(all) - sum(less)};
}

async function readUserland(
  {image, inputs}: ImageRequest,
  places: Places,
  env: BuildEnvironment,
): Promise<ReadPackage[]> {
  const read = await readingPackages(image, places, env, async (reading) =>
    withControl(await readPinned(inputs.userland, reading), reading),
  );
  return read.map((each) => ({...packageRelations(stanzaOf(each)), version: each.version, tree: each.tree}));
}

function stanzaOf({control}: {readonly control: FileTree}): ReadonlyMap<string, string> {
  const found = control.get('control');
  const [stanza] = parseStanzas(found?.type === 'file' ? found.data.toString('utf8') : '');
  return stanza ?? new Map<string, string>();
}

/** Asks the mirror about a package that the image does not have. */
async function whyNotThere(
  name: string,
  {image, arch}: ImageRequest,
  env: BuildEnvironment,
): Promise<PackageAnswer> {
  const {resolved, sources, run, more} = resolving(image, env);
  const request = inputRequest(image, arch);
  await mkdir(resolved, {recursive: true});
  await using apts = new AptPool({sources, run, scratch: resolved});
  const apt = await apts.of(request.suite, request.architecture, more);
  await mustBeKnown(name, apt);
  if (request.userland.length === 0) return {package: name, answer: 'not-asked-for'};
  const closure = await apt.relations(await apt.resolve({packages: request.userland, depth: 'closure'}));
  const neededBy = dependents(name, closure);
  if (!closure.some((each) => each.name === name)) return {package: name, answer: 'not-asked-for'};
  const left = forScriptsAlone(request);
  return {package: name, answer: left.has(name) ? 'for-scripts' : 'of-left-out', neededBy};
}

async function mustBeKnown(name: string, apt: Apt): Promise<void> {
  const known = await apt.names();
  if (known.includes(name)) return;
  const near = nearWords(name, known).slice(0, 5);
  throw new LeanosError('USAGE', `--why: no package is called "${name}"`, {
    hint:
      near.length === 0
        ? 'the names are those of the suite: see packages.debian.org'
        : `near: ${near.join(', ')}`,
  });
}
