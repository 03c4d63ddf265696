import {mkdir} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {availableParallelism} from 'node:os';
import type {ImageDefinition} from '../config/image.ts';
import {loadChannel} from '../config/channel.ts';
import {loadImage} from '../config/load-image.ts';
import {
  ARCHITECTURES,
  hostArchitecture,
  type Architecture,
  type ArchitectureName,
} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
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
import {mirrors} from '../system/apt.ts';
import {checkoutTime} from '../system/checkout.ts';
import type {Run} from '../system/run.ts';
import {deliver} from './deliver.ts';
import {stepDoors} from './doors.ts';
import {imageRequest} from './image-request.ts';
import {debianSources, type Workspace} from './workspace.ts';

/** What a user asks for on the command line of `build` and `plan`. */
export interface BuildChoice {
  readonly channel: string;
  readonly image: string;
  readonly arch: ArchitectureName;
  readonly base?: 'debian' | 'buildroot' | undefined;
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

/** A plan with all that decided it. */
export interface PreparedBuild {
  readonly choice: BuildChoice;
  readonly request: ImageRequest;
  readonly plan: Plan;
  readonly release: Step;
  readonly store: Store;
  /** Where the epoch comes from, for people. */
  readonly timeNote: string;
}

export interface BuildResult {
  readonly prepared: PreparedBuild;
  readonly directory: string;
  readonly artifacts: readonly ReleaseArtifact[];
  readonly outcomes: readonly StepOutcome[];
}

/** Reads and resolves everything that decides the image, and plans it. Builds nothing. */
export async function prepareBuild(choice: BuildChoice, env: BuildEnvironment): Promise<PreparedBuild> {
  const {checkout} = env.workspace;
  const arch = ARCHITECTURES[choice.arch];
  await loadChannel(checkout, choice.channel);
  const image = withChoice(await loadImage(checkout, choice.image), choice);
  const request = inputRequest(image, arch, hostArchitecture());
  const {inputs} = await inputsFor(request, {image, arch, choice, env});
  return plannedBuild(choice, {image, arch, inputs}, env);
}

/** Builds what the choice asks for and delivers it to `OUT/CHANNEL/VERSION/IMAGE-ARCH`. */
export async function buildImage(choice: BuildChoice, env: BuildEnvironment): Promise<BuildResult> {
  const prepared = await prepareBuild(choice, env);
  try {
    return await executeBuild(prepared, env);
  } catch (error) {
    const again = await withNewestInputs(prepared, error, env);
    return executeBuild(again, env);
  }
}

async function plannedBuild(
  choice: BuildChoice,
  parts: {image: ImageDefinition; arch: Architecture; inputs: FoundInputs['inputs']},
  {workspace: {checkout, cache}, environment, run}: BuildEnvironment,
): Promise<PreparedBuild> {
  const time = await checkoutTime(checkout, {run, sourceDateEpoch: environment['SOURCE_DATE_EPOCH']});
  const request = await imageRequest(checkout, {...parts, time});
  return {choice, request, ...planImage(request), store: new Store(cache.store), timeNote: time.note};
}

async function executeBuild(prepared: PreparedBuild, env: BuildEnvironment): Promise<BuildResult> {
  const {choice, request, plan, release, store} = prepared;
  const {workspace, run, report, signal} = env;
  const sources = debianSources(request.image.suite, workspace.checkout, env.environment);
  const doors = stepDoors({
    cache: workspace.cache,
    mirrors: mirrors(sources),
    epoch: plan.epoch,
    run,
    report,
  });
  const outcomes = await execute(plan, {
    store,
    checkout: workspace.checkout,
    report,
    doors,
    jobs: availableParallelism(),
    ...(signal === undefined ? {} : {signal}),
  });
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

async function inputsFor(
  request: InputRequest,
  {
    image,
    arch,
    choice,
    env,
  }: {image: ImageDefinition; arch: Architecture; choice: BuildChoice; env: BuildEnvironment},
): Promise<FoundInputs> {
  const lock = lockPath(env.workspace.checkout, image.name, arch.name);
  if (choice.locked)
    return {inputs: await lockedInputs(request, relative(process.cwd(), lock)), locked: true};
  return findInputs(request, {lock, ...resolving(image, env)});
}

/** A mirror forgets old packages. Unless the user insists on the lock, what it has now is taken, and said. */
async function withNewestInputs(
  prepared: PreparedBuild,
  error: unknown,
  env: BuildEnvironment,
): Promise<PreparedBuild> {
  const {choice, request} = prepared;
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
  return plannedBuild(choice, {image: request.image, arch: request.arch, inputs}, env);
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

function withChoice(image: ImageDefinition, {base, formats, arch}: BuildChoice): ImageDefinition {
  if (!image.arches.includes(arch)) {
    throw new LeanosError(
      'USAGE',
      `image ${image.name} is not for ${arch}; it is for ${image.arches.join(', ')}`,
    );
  }
  const chosen = {...image, base: base ?? image.base, formats: formats ?? image.formats};
  if (chosen.base === 'buildroot') {
    throw new LeanosError('USAGE', 'the buildroot base cannot be built yet', {hint: '--base debian     can'});
  }
  return chosen;
}
