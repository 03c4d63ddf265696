import type {Channel} from '../config/channel.ts';
import {LeanosError} from '../core/error.ts';
import {compareVersions, nextVersion, versionDays, type ReleaseKind} from '../core/version.ts';
import {inputRequest} from '../recipes/input-request.ts';
import {writeLock} from '../recipes/lock.ts';
import {pointedTo, writeState} from '../release/channel-file.ts';
import {builds, splitBuild} from '../release/promotion.ts';
import {
  isRecorded,
  loadRecord,
  releasedVersions,
  writeRecord,
  type ReleaseRecord,
} from '../release/record.ts';
import {checkoutTime, gitIn, placeInRepository} from '../system/checkout.ts';
import {shownPath} from '../system/shown-path.ts';
import {buildFrom} from './build-image.ts';
import type {BuildEnvironment} from './environment.ts';
import type {BuildResult} from './execute-build.ts';
import {isoTime, nowMs} from './now.ts';
import {leanosIdentity} from './leanos-identity.ts';
import {rootsOf, type Origin} from './origin.ts';
import {ownChannel} from './own-project.ts';
import {commitFolder, releaseLock} from './release-source.ts';

/** Every release starts here. */
const FIRST_CHANNEL = 'alpha';

/** A release as it will be. */
export interface PlannedRelease {
  readonly channel: Channel;
  readonly version: string;
  /** The commit that it is made from; its time in seconds since 1970. */
  readonly commit: {readonly id: string; readonly epoch: number};
  /** What is built: IMAGE-ARCH. */
  readonly builds: readonly string[];
}

/** Says what a release would be, and changes nothing. @throws LeanosError where there can be none */
export async function planRelease(kind: ReleaseKind, env: BuildEnvironment): Promise<PlannedRelease> {
  const channel = await ownChannel(env.workspace, FIRST_CHANNEL);
  const version = await versionOf(kind, channel, env);
  const commit = await cleanCommit(env);
  const names = builds(channel);
  if (names.length === 0) {
    throw new LeanosError('CONFIG_INVALID', `channels/${channel.name}.yaml is for no image`, {
      hint: 'images: {test: [x86_64]}     in it says what a release has',
    });
  }
  return {channel, version, commit, builds: names};
}

/** Builds everything that the release has, records its digests and pins, and points the channel to it. */
export async function makeRelease(plan: PlannedRelease, out: string, env: BuildEnvironment): Promise<void> {
  const {project} = env.workspace;
  await writeRecord(project, await buildAll(plan, out, env));
  const since = isoTime(nowMs(env.environment));
  await writeState(project, plan.channel.name, pointedTo(plan.channel, plan.version, since));
}

/** The version of the release. @throws LeanosError USAGE when it is taken, or there is nothing to fix */
async function versionOf(
  kind: ReleaseKind,
  {name, current}: Channel,
  {workspace: {project}, environment}: BuildEnvironment,
): Promise<string> {
  if (kind !== 'major' && current === undefined) {
    throw new LeanosError('USAGE', `--${kind} changes a release, and ${name} points to none`, {
      hint: 'leanos release     makes the first one',
    });
  }
  const released = await releasedVersions(project);
  const newest =
    released.filter((version) => major(version) === major(current?.version ?? '')).at(-1) ?? current?.version;
  const version = nextVersion(kind, {today: versionDays(nowMs(environment) / 1000), newest});
  if ((await loadRecord(project, version)) !== undefined) {
    throw new LeanosError('USAGE', `${version} is released, and a version names one set of bytes for ever`, {
      hint: 'leanos release --fix, or --feature     changes it; tomorrow has another number',
    });
  }
  if (current !== undefined && compareVersions(version, current.version) <= 0)
    throw new LeanosError(
      'USAGE',
      `${version} is older than ${current.version}, which ${name} points to: a channel never goes back`,
    );
  return version;
}

function major(version: string): string {
  return version.split('.')[0] ?? '';
}

/** The commit that is released: all of the project's files are in it. @throws LeanosError USAGE */
async function cleanCommit({
  workspace: {project},
  run,
}: BuildEnvironment): Promise<{id: string; epoch: number}> {
  const {commit, epoch} = await checkoutTime(project, {run, sourceDateEpoch: undefined});
  if (commit === undefined) {
    throw new LeanosError('USAGE', `a release is made from a commit, and ${shownPath(project)} is in none`, {
      hint: 'git init && git add --all && git commit     makes one',
    });
  }
  const git = gitIn(project, run);
  // git names files from the top of the repository; what releases and promotions write is for the next commit.
  const place = await placeInRepository(git);
  const written = [`${place}channels/`, `${place}releases/`];
  const changed = (await git(['status', '--porcelain', '.']))
    .split('\n')
    .filter(
      (line) => line !== '' && !written.some((folder) => line.slice(3).replace('"', '').startsWith(folder)),
    );
  if (changed.length > 0) {
    throw new LeanosError(
      'USAGE',
      `a release is made from a commit, and these are not in it:\n${changed.slice(0, 10).join('\n')}`,
      {
        hint: 'git commit     or git stash',
      },
    );
  }
  return {id: commit, epoch};
}

async function buildAll(
  {channel, version, commit, builds: names}: PlannedRelease,
  out: string,
  env: BuildEnvironment,
): Promise<ReleaseRecord> {
  const {project, cache} = env.workspace;
  const images: ReleaseRecord['images'] = {};
  const folder = await commitFolder(commit.id, {
    checkout: project,
    sources: cache.sources,
    run: env.run,
  });
  if (folder === undefined)
    throw new LeanosError('FILE', `git does not give the files of commit ${commit.id}`);
  for (const name of names) {
    const {image, arch} = splitBuild(name);
    const origin: Origin = {
      ...rootsOf(env.workspace, folder),
      channel,
      version,
      epoch: commit.epoch,
      commit: commit.id,
      note: 'a new release',
    };
    const built = await buildFrom(origin, {channel: FIRST_CHANNEL, image, arch, out, locked: false}, env);
    images[name] = {digests: recordedDigests(built)};
    await keepLock(project, name, built);
  }
  // leanos' own checkout has what made it in the commit.
  const isOwn = project === env.workspace.home.path;
  const leanos = isOwn ? undefined : await leanosIdentity(env.workspace);
  return {version, commit: commit.id, epoch: commit.epoch, ...(leanos && {leanos}), images};
}

function recordedDigests({artifacts}: BuildResult): Record<string, string> {
  return Object.fromEntries(
    artifacts.filter(({kind}) => isRecorded(kind)).map(({kind, sha256}) => [kind, sha256]),
  );
}

/** The pins of the build, for whoever builds it again. */
async function keepLock(project: string, name: string, {prepared: {request}}: BuildResult): Promise<void> {
  await writeLock(
    releaseLock(project, request.version, name),
    inputRequest(request.image, request.arch),
    request.inputs,
  );
}
