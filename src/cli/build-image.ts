import {mkdir} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {availableParallelism} from 'node:os';
import type {BaseName, ImageDefinition} from '../config/image.ts';
import {loadChannel} from '../config/channel.ts';
import {loadImage} from '../config/load-image.ts';
import {
  ARCHITECTURES,
  hostArchitecture,
  type Architecture,
  type ArchitectureName,
} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {developmentVersion} from '../core/version.ts';
import type {Report} from '../pipeline/events.ts';
import {execute, type StepOutcome} from '../pipeline/execute.ts';
import type {Plan, Step} from '../pipeline/plan.ts';
import {Store} from '../pipeline/store.ts';
import {
  findInputs,
  lockedInputs,
  newestInputs,
  type FindInputsOptions,
  type FoundInputs,
} from '../recipes/find-inputs.ts';
import {planImage, type ImageRequest} from '../recipes/image.ts';
import {inputRequest, type InputRequest} from '../recipes/inputs.ts';
import {lockPath} from '../recipes/lock.ts';
import type {ReleaseArtifact} from '../stages/release/release-files.ts';
import {checkoutTime} from '../system/checkout.ts';
import type {Run} from '../system/run.ts';
import {deliver, readArtifacts} from './deliver.ts';
import {stepDoors} from './doors.ts';
import {buildrootTools, ensureTools} from './host-tools.ts';
import {imageRequest} from './image-request.ts';
import {releaseSource} from './release-source.ts';
import {debianSources, type Workspace} from './workspace.ts';

/** What a user asks for on the command line of `build` and `plan`. */
export interface BuildChoice {
  readonly channel: string;
  readonly image: string;
  readonly arch: ArchitectureName;
  readonly base?: BaseName | undefined;
  /** A folder with Buildroot, in place of the definition's. */
  readonly buildroot?: string | undefined;
  /** A folder with the feeds of the National Vulnerability Database. */
  readonly nvd?: string | undefined;
  readonly formats?: readonly ('qcow2' | 'raw')[] | undefined;
  readonly out: string;
  readonly locked: boolean;
}

/** What every command that builds is handed. */
export interface BuildEnvironment {
  readonly workspace: Workspace;
  readonly environment: NodeJS.ProcessEnv;
  readonly run: Run;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/** What an image is built from: a release, or the checkout as it is. */
export interface Origin {
  /** The folder with images/ and init-scripts/. */
  readonly folder: string;
  readonly version: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly commit: string | undefined;
  /** The pins: those of a release must be kept. */
  readonly lock: string;
  /** Of a release: the digests that the artifacts must have, by kind. */
  readonly digests?: Readonly<Record<string, string>> | undefined;
  /** For people. */
  readonly note: string;
}

/** A plan with all that decided it. */
export interface PreparedBuild {
  readonly choice: BuildChoice;
  readonly origin: Origin;
  readonly request: ImageRequest;
  readonly plan: Plan;
  readonly release: Step;
  readonly store: Store;
}

export interface BuildResult {
  readonly prepared: PreparedBuild;
  readonly directory: string;
  readonly artifacts: readonly ReleaseArtifact[];
  readonly outcomes: readonly StepOutcome[];
}

/** Reads and resolves everything that decides the image, and plans it. Builds nothing. */
export async function prepareBuild(choice: BuildChoice, env: BuildEnvironment): Promise<PreparedBuild> {
  return preparedFrom(await findOrigin(choice, env), choice, env);
}

/** Builds what the choice asks for and delivers it to `OUT/CHANNEL/VERSION/IMAGE-ARCH`. */
export async function buildImage(choice: BuildChoice, env: BuildEnvironment): Promise<BuildResult> {
  const origin = await findOrigin(choice, env);
  try {
    return await buildFrom(origin, choice, env);
  } catch (error) {
    if (
      origin.digests === undefined ||
      choice.locked ||
      !(error instanceof LeanosError) ||
      !GONE.has(error.code)
    )
      throw error;
    const note = `${origin.version}, which channel ${choice.channel} points to, cannot be built again: ${error.message}`;
    env.report({type: 'warning', text: `${note}\n  building from the checkout instead`});
    return buildFrom(await checkoutOrigin(choice, env, note.split('\n')[0] ?? ''), choice, env);
  }
}

/** What keeps a release from being built again: its packages are gone, or it comes out different. */
const GONE: ReadonlySet<LeanosError['code']> = new Set(['DOWNLOAD_FAILED', 'LOCKED']);

/** Builds from a given origin; where the mirror has forgotten a package of the checkout's lock, with what it has now. */
export async function buildFrom(
  origin: Origin,
  choice: BuildChoice,
  env: BuildEnvironment,
): Promise<BuildResult> {
  const prepared = await preparedFrom(origin, choice, env);
  try {
    return await executeBuild(prepared, env);
  } catch (error) {
    if (origin.digests !== undefined) throw error;
    return executeBuild(await withNewestInputs(prepared, error, env), env);
  }
}

/** The release that the channel points to, or else the checkout. */
async function findOrigin(choice: BuildChoice, env: BuildEnvironment): Promise<Origin> {
  const {workspace, run} = env;
  const channel = await loadChannel(workspace.checkout, choice.channel);
  const build = `${choice.image}-${choice.arch}`;
  const where = {checkout: workspace.checkout, sources: workspace.cache.sources, run};
  const found =
    choice.base === undefined
      ? await releaseSource(channel, build, where)
      : `--base ${choice.base} was asked for, and releases are as their images say`;
  if (typeof found === 'string') return checkoutOrigin(choice, env, found);
  const {record, folder, lock} = found;
  return {
    folder,
    lock,
    version: record.version,
    epoch: record.epoch,
    commit: record.commit,
    digests: record.images[build]?.digests,
    note: `the release that channel ${choice.channel} points to`,
  };
}

async function checkoutOrigin(choice: BuildChoice, env: BuildEnvironment, why: string): Promise<Origin> {
  const {checkout} = env.workspace;
  const sourceDateEpoch = env.environment['SOURCE_DATE_EPOCH'];
  const lock = await lockOf(checkout, choice);
  const {epoch, commit, note} = await checkoutTime(checkout, {run: env.run, sourceDateEpoch});
  return {
    folder: checkout,
    version: developmentVersion(epoch),
    epoch,
    commit,
    lock,
    note: `a development build: ${note}; ${why}`,
  };
}

/** The lock of the image that the choice asks for. */
export async function lockOf(checkout: string, {image, arch, base}: BuildChoice): Promise<string> {
  if (base === undefined) return lockPath(checkout, image, arch);
  const own = (await loadImage(checkout, image)).base;
  const isOwn = own.kernel === base && own.userland === base;
  return lockPath(checkout, image, arch, isOwn ? undefined : base);
}

async function preparedFrom(
  origin: Origin,
  choice: BuildChoice,
  env: BuildEnvironment,
): Promise<PreparedBuild> {
  const arch = ARCHITECTURES[choice.arch];
  const image = withChoice(await loadImage(origin.folder, choice.image), choice);
  const request = inputRequest(image, arch, hostArchitecture());
  const {inputs} = await inputsFor(request, {image, origin, choice, env});
  return plannedBuild(origin, choice, {image, arch, inputs}, env);
}

async function plannedBuild(
  origin: Origin,
  choice: BuildChoice,
  parts: {image: ImageDefinition; arch: Architecture; inputs: FoundInputs['inputs']},
  {workspace: {checkout, cache}, run}: BuildEnvironment,
): Promise<PreparedBuild> {
  const {url, keys} = await loadChannel(checkout, choice.channel);
  const {folder, version} = origin;
  const update = {channel: choice.channel, url: url ?? null, keys};
  const {nvd} = choice;
  const request = await imageRequest(folder, {...parts, time: origin, version, update, run, nvd});
  return {choice, origin, request, ...planImage(request), store: new Store(cache.store)};
}

async function executeBuild(prepared: PreparedBuild, env: BuildEnvironment): Promise<BuildResult> {
  const {choice, request, plan, release, store} = prepared;
  const {workspace, run, report, signal} = env;
  if (request.buildroot !== undefined) {
    const {source} = request.buildroot;
    mustSuitBuildroot([workspace.cache.root, ...(source.kind === 'folder' ? [source.path] : [])]);
    await ensureTools(buildrootTools(), {run, say: (text) => report({type: 'note', text})});
  }
  const sources = debianSources(request.image.suite, workspace.checkout, env.environment);
  const doors = stepDoors({
    cache: workspace.cache,
    sources,
    epoch: plan.epoch,
    run,
    report,
    compilerCache: env.environment['LEANOS_CCACHE_REMOTE'],
  });
  const outcomes = await execute(plan, {
    store,
    checkout: prepared.origin.folder,
    report,
    doors,
    jobs: availableParallelism(),
    ...(signal === undefined ? {} : {signal}),
  });
  await mustBeRecorded(prepared, store.path(release));
  const directory = join(
    choice.out,
    choice.channel,
    request.version,
    `${request.image.name}-${request.arch.name}`,
  );
  await mkdir(directory, {recursive: true});
  const artifacts = await deliver(store.path(release), directory);
  return {prepared, directory, artifacts, outcomes};
}

/** Buildroot hands paths to make, to shells and to the sources' own builds without quotes. @throws LeanosError USAGE */
function mustSuitBuildroot(folders: readonly string[]): void {
  for (const folder of folders) {
    const [found] = /[^\w+./@,~-]/u.exec(folder) ?? [];
    if (found === undefined) continue;
    throw new LeanosError('USAGE', `${folder}: Buildroot cannot work in a folder whose name has "${found}"`, {
      hint: 'LEANOS_CACHE=/another/folder     puts what is built elsewhere',
    });
  }
}

/** A version names one set of bytes for ever. @throws LeanosError LOCKED when an artifact is not what the release recorded */
async function mustBeRecorded({origin, choice}: PreparedBuild, folder: string): Promise<void> {
  if (origin.digests === undefined) return;
  const artifacts = await readArtifacts(folder);
  const other = artifacts.filter(({kind, sha256}) => (origin.digests?.[kind] ?? sha256) !== sha256);
  if (other.length === 0) return;
  const kinds = other.map(({kind}) => kind).join(', ');
  throw new LeanosError(
    'LOCKED',
    `${origin.version} of channel ${choice.channel} comes out with another ${kinds} than its record says: this leanos builds other bytes than the one that released it`,
    {hint: `git checkout ${origin.commit ?? ''}     has the leanos that made it`},
  );
}

async function inputsFor(
  request: InputRequest,
  {
    image,
    origin,
    choice,
    env,
  }: {image: ImageDefinition; origin: Origin; choice: BuildChoice; env: BuildEnvironment},
): Promise<FoundInputs> {
  if (choice.locked || origin.digests !== undefined)
    return {inputs: await lockedInputs(request, relative(process.cwd(), origin.lock)), locked: true};
  return findInputs(request, {lock: origin.lock, ...resolving(image, env)});
}

/** A mirror forgets old packages. Unless the user insists on the lock, what it has now is taken, and said. */
async function withNewestInputs(
  prepared: PreparedBuild,
  error: unknown,
  env: BuildEnvironment,
): Promise<PreparedBuild> {
  const {choice, origin, request} = prepared;
  if (!(error instanceof LeanosError) || error.code !== 'DOWNLOAD_FAILED') throw error;
  if (choice.locked) {
    throw new LeanosError('LOCKED', `--locked, but the mirror has moved on: ${error.message}`, {
      hint: 'leanos lock     pins what the mirror has now',
      cause: error,
    });
  }
  const found = inputRequest(request.image, request.arch, hostArchitecture());
  const inputs = await newestInputs(found, {...resolving(request.image, env), anew: true});
  env.report({type: 'warning', text: `${error.message}\n  taking the newest packages of the mirror instead`});
  return plannedBuild(origin, choice, {image: request.image, arch: request.arch, inputs}, env);
}

/** How to ask the mirrors for an image's packages. */
export function resolving(
  image: ImageDefinition,
  {workspace, environment, run, report}: BuildEnvironment,
): Omit<FindInputsOptions, 'lock'> {
  return {
    resolved: workspace.cache.resolved,
    sources: debianSources(image.suite, workspace.checkout, environment),
    run,
    note: (text: string) => report({type: 'note', text}),
  };
}

/** The definition with what the command line says in its place. @throws LeanosError USAGE when it is not for the architecture */
export function withChoice(
  image: ImageDefinition,
  {base, buildroot, formats, arch}: BuildChoice,
): ImageDefinition {
  if (!image.arches.includes(arch)) {
    throw new LeanosError(
      'USAGE',
      `image ${image.name} is not for ${arch}; it is for ${image.arches.join(', ')}`,
    );
  }
  return {
    ...image,
    base: base === undefined ? image.base : {kernel: base, userland: base},
    formats: formats ?? image.formats,
    buildroot:
      buildroot === undefined
        ? image.buildroot
        : {...image.buildroot, source: {kind: 'folder', path: buildroot}},
  };
}
