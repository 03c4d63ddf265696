import {mkdir} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {diskFirmwares} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {execute, type StepOutcome} from '../pipeline/execute.ts';
import {inputOf} from '../pipeline/plan.ts';
import {suiteOf} from '../recipes/input-request.ts';
import {isRecorded} from '../release/record.ts';
import type {ReleaseArtifact} from '../stages/release/release-files.ts';
import {atWork, boundStore, storeSize} from './bound-store.ts';
import {deliver, readArtifacts} from './deliver.ts';
import type {BuildEnvironment} from './environment.ts';
import {buildrootTools} from './host-tools.ts';
import {leanosIdentity} from './leanos-identity.ts';
import {locatedFaults} from './located-faults.ts';
import {placesOf, type Origin} from './origin.ts';
import {packageAddresses} from './package-sources.ts';
import type {PreparedBuild} from './prepare.ts';
import {stepDoors} from './step-doors.ts';
import {debianSources, type Workspace} from './workspace.ts';

export interface BuildResult {
  readonly prepared: PreparedBuild;
  readonly directory: string;
  readonly artifacts: readonly ReleaseArtifact[];
  readonly outcomes: readonly StepOutcome[];
}

/** Builds the steps that the store does not have, and delivers the release's files to `OUT/CHANNEL/VERSION/IMAGE-ARCH`. */
export async function executeBuild(prepared: PreparedBuild, env: BuildEnvironment): Promise<BuildResult> {
  const {choice, request, plan, release, store, userFiles} = prepared;
  const {workspace, run, report, signal} = env;
  const keepBytes = storeSize(env.environment);
  if (request.buildroot !== undefined) {
    const {source} = request.buildroot;
    mustSuitBuildroot([workspace.cache.root, ...(source.kind === 'folder' ? [source.path] : [])]);
    await env.needTools(buildrootTools());
  }
  const {noDiskBoot} = request.arch;
  if (diskFirmwares(request.arch).length === 0)
    report({
      type: 'warning',
      text: `no firmware starts this disk: ${noDiskBoot ?? 'there is no bootloader for it'}; kernel and initramfs boot by themselves`,
    });
  const {image, arch} = request;
  const suite = suiteOf(image, arch);
  const sources = debianSources({suite, archives: image.archives}, workspace, env.environment);
  const doors = stepDoors({
    cache: workspace.cache,
    sources,
    addresses: packageAddresses(image, placesOf(prepared.origin)),
    epoch: plan.epoch,
    run,
    report,
    compilerCache: env.environment['LEANOS_CCACHE_REMOTE'],
    userFiles,
  });
  await using _atWork = await atWork(store.root);
  const outcomes = await execute(plan, {
    store,
    roots: [prepared.origin.project, prepared.origin.home],
    report,
    doors,
    jobs: availableParallelism(),
    signal,
  }).catch(async (error: unknown) => {
    throw await locatedFaults(error, prepared, env);
  });
  await mustBeRecorded(prepared, store.path(release), env);
  const directory = join(
    choice.out,
    choice.channel,
    request.version,
    `${request.image.name}-${request.arch.name}`,
  );
  await mkdir(directory, {recursive: true});
  const ofInput = (input: string): string => store.path(inputOf(release, input));
  const artifacts = await deliver({release: store.path(release), ofInput}, directory);
  const bounded = await boundStore(store.root, keepBytes);
  if (bounded !== undefined) report({type: 'note', text: bounded});
  return {prepared, directory, artifacts, outcomes};
}

/** Buildroot hands paths to make, to shells and to the sources' own builds without quotes. @throws LeanosError USAGE */
export function mustSuitBuildroot(folders: readonly string[]): void {
  for (const folder of folders) {
    const [found] = /[^\w+./@,~-]/u.exec(folder) ?? [];
    if (found === undefined) continue;
    throw new LeanosError('USAGE', `${folder}: Buildroot cannot work in a folder whose name has "${found}"`, {
      hint: 'LEANOS_CACHE=/another/folder     puts what is built elsewhere',
    });
  }
}

/** A version names one set of bytes for ever. @throws LeanosError LOCKED when an artifact is not what the release recorded */
async function mustBeRecorded(
  {origin, choice}: PreparedBuild,
  folder: string,
  {workspace}: BuildEnvironment,
): Promise<void> {
  if (origin.digests === undefined) return;
  const artifacts = await readArtifacts(folder);
  const other = artifacts.filter(
    ({kind, sha256}) => isRecorded(kind) && (origin.digests?.[kind] ?? sha256) !== sha256,
  );
  if (other.length === 0) return;
  const kinds = other.map(({kind}) => kind).join(', ');
  throw new LeanosError(
    'LOCKED',
    `${origin.version} of channel ${choice.channel} comes out with another ${kinds} than its record says: ${await whyOther(origin, workspace)}`,
    {
      hint:
        origin.madeBy === undefined
          ? `git checkout ${origin.commit ?? ''}     has the leanos that made it`
          : `npm install leanos@${origin.madeBy.version}     brings the leanos that made it`,
    },
  );
}

/** What may have made other bytes of the same sources and pins. */
async function whyOther({madeBy}: Origin, workspace: Workspace): Promise<string> {
  const here = await leanosIdentity(workspace);
  if (madeBy === undefined) return 'this leanos builds other bytes than the one that released it';
  const [made, now] = [madeBy, here].map(({version, digest}) => `leanos ${version} (${digest.slice(0, 12)})`);
  return made === now
    ? `${now ?? ''} made it, which this is too`
    : `${made ?? ''} made it, and this is ${now ?? ''}`;
}
