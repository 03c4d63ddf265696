import type {ImageDefinition} from '../config/image.ts';
import {loadImage} from '../config/load-image.ts';
import {ARCHITECTURES, hostArchitecture, type Architecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import type {Plan, Step} from '../pipeline/plan.ts';
import {Store} from '../pipeline/store.ts';
import {
  findInputs,
  lockedInputs,
  newestInputs,
  type FindInputsOptions,
  type FoundInputs,
} from '../recipes/find-inputs.ts';
import {planImage} from '../recipes/image.ts';
import type {ImageRequest} from '../recipes/image-request.ts';
import {withItsHardware} from '../recipes/hardware.ts';
import {inputRequest} from '../recipes/input-request.ts';
import {shownPath} from '../system/shown-path.ts';
import {withChoice, type BuildChoice} from './choice.ts';
import type {BuildEnvironment} from './environment.ts';
import {imageRequest} from './image-request.ts';
import {findOrigin, lockOf, placesOf, type Origin} from './origin.ts';
import {findPayload, type FoundPayload} from './payload.ts';
import {payloadDoors} from './payload-place.ts';
import {withPackageSources} from './package-sources.ts';
import {debianSources} from './workspace.ts';

/** A plan with all that decided it. */
export interface PreparedBuild {
  readonly choice: BuildChoice;
  readonly origin: Origin;
  readonly request: ImageRequest;
  readonly plan: Plan;
  readonly release: Step;
  readonly store: Store;
  /** Where the files are that the user named, by sha256. */
  readonly userFiles: ReadonlyMap<string, string>;
}

/** Reads and resolves everything that decides the image, and plans it. Builds nothing. */
export async function prepareBuild(choice: BuildChoice, env: BuildEnvironment): Promise<PreparedBuild> {
  return preparedFrom(await findOrigin(choice, env), choice, env);
}

/** Reads and resolves what decides an image of a given origin. */
export async function preparedFrom(
  origin: Origin,
  choice: BuildChoice,
  env: BuildEnvironment,
): Promise<PreparedBuild> {
  const arch = ARCHITECTURES[choice.arch];
  const own = await loadImage(placesOf(origin), choice.image);
  const chosen = withChoice(origin.digests === undefined ? own : withItsHardware(own), choice);
  const payload = await findPayload(chosen, choice.payload, {
    places: placesOf(origin),
    arch,
    run: env.run,
    allFormats: choice.formats === 'all',
    doors: payloadDoors(env),
  });
  const image = await withPackageSources(payload?.image ?? chosen, {
    places: placesOf(origin),
    arch,
    run: env.run,
  });
  const request = inputRequest(image, arch);
  const lock = origin.lock ?? lockOf(env.workspace, {own, image}, choice);
  const mustBeLocked = choice.locked || origin.digests !== undefined;
  const options = {lock: shownPath(lock), ...resolving(image, env)};
  const inputs = mustBeLocked
    ? await lockedInputs(request, options)
    : (await findInputs(request, options)).inputs;
  return plannedBuild(origin, choice, {image, arch, inputs, payload}, env);
}

async function plannedBuild(
  origin: Origin,
  choice: BuildChoice,
  parts: {
    image: ImageDefinition;
    arch: Architecture;
    inputs: FoundInputs['inputs'];
    payload: Pick<FoundPayload, 'request' | 'userFiles'> | undefined;
  },
  {workspace: {cache}, run}: BuildEnvironment,
): Promise<PreparedBuild> {
  const {version, channel} = origin;
  const update = {channel: channel.name, url: channel.url ?? null, keys: channel.keys};
  const {nvd} = choice;
  const payload = parts.payload?.request;
  const request = await imageRequest(origin, {...parts, payload, time: origin, version, update, run, nvd});
  const userFiles = parts.payload?.userFiles ?? new Map<string, string>();
  return {choice, origin, request, ...planImage(request), store: new Store(cache.store), userFiles};
}

/** A mirror forgets old packages. Unless the user insists on the lock, what it has now is taken, and said. */
export async function withNewestInputs(
  prepared: PreparedBuild,
  error: unknown,
  env: BuildEnvironment,
): Promise<PreparedBuild> {
  const {choice, origin, request, userFiles} = prepared;
  if (!(error instanceof LeanosError) || error.code !== 'DOWNLOAD_FAILED') throw error;
  if (choice.locked) {
    throw new LeanosError('LOCKED', `--locked, but the mirror has moved on: ${error.message}`, {
      hint: 'leanos lock     pins what the mirror has now',
      cause: error,
    });
  }
  const found = inputRequest(request.image, request.arch);
  env.report({type: 'warning', text: `${error.message}\n  taking the newest packages of the mirror instead`});
  const inputs = await newestInputs(found, {...resolving(request.image, env), anew: true});
  const payload = request.payload === undefined ? undefined : {request: request.payload, userFiles};
  return plannedBuild(origin, choice, {image: request.image, arch: request.arch, inputs, payload}, env);
}

/** How to ask the mirrors for an image's packages. */
export function resolving(
  image: ImageDefinition,
  {workspace, environment, run, report}: BuildEnvironment,
): Omit<FindInputsOptions, 'lock'> {
  return {
    resolved: workspace.cache.resolved,
    sources: (suite, architecture) =>
      debianSources({suite, architecture, archives: image.archives}, workspace, environment),
    more: image.more,
    host: hostArchitecture().debian,
    run,
    note: (text: string) => report({type: 'note', text}),
  };
}
