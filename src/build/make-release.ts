import {loadChannel, type Channel} from '../config/channel.ts';
import {hostArchitecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {compareVersions, nextVersion, versionDays, type ReleaseKind} from '../core/version.ts';
import {inputRequest} from '../recipes/inputs.ts';
import {lockPath, writeLock} from '../recipes/lock.ts';
import {pointedTo, writeState} from '../release/channel-file.ts';
import {builds, splitBuild} from '../release/promotion.ts';
import {
  isRecorded,
  loadRecord,
  releasedVersions,
  writeRecord,
  type ReleaseRecord,
} from '../release/record.ts';
import {checkoutTime} from '../system/checkout.ts';
import {buildFrom} from './build-image.ts';
import type {BuildEnvironment} from './environment.ts';
import type {BuildResult} from './execute-build.ts';
import {isoTime, nowMs} from './now.ts';
import type {Origin} from './origin.ts';
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
  const channel = await loadChannel(env.workspace.checkout, FIRST_CHANNEL);
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
  const {checkout} = env.workspace;
  await writeRecord(checkout, await buildAll(plan, out, env));
  const since = isoTime(nowMs(env.environment));
  await writeState(checkout, plan.channel.name, pointedTo(plan.channel, plan.version, since));
}

/** The version of the release. @throws LeanosError USAGE when it is taken, or there is nothing to fix */
async function versionOf(
  kind: ReleaseKind,
  {name, current}: Channel,
  {workspace: {checkout}, environment}: BuildEnvironment,
): Promise<string> {
  if (kind !== 'major' && current === undefined) {
    throw new LeanosError('USAGE', `--${kind} changes a release, and ${name} points to none`, {
      hint: 'leanos release     makes the first one',
    });
  }
  const released = await releasedVersions(checkout);
  const newest =
    released.filter((version) => major(version) === major(current?.version ?? '')).at(-1) ?? current?.version;
  const version = nextVersion(kind, {today: versionDays(nowMs(environment) / 1000), newest});
  if ((await loadRecord(checkout, version)) !== undefined) {
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

/** The commit that is released: all of the checkout's files are in it. @throws LeanosError USAGE */
async function cleanCommit({
  workspace: {checkout},
  run,
}: BuildEnvironment): Promise<{id: string; epoch: number}> {
  const {commit, epoch} = await checkoutTime(checkout, {run, sourceDateEpoch: undefined});
  if (commit === undefined) {
    throw new LeanosError('USAGE', 'a release is made from a commit, and this is no git checkout', {
      hint: 'git clone     makes one',
    });
  }
  const words = ['git', '-c', `safe.directory=${checkout}`, '-C', checkout, 'status', '--porcelain'] as const;
  // What releases and promotions write is for the next commit.
  const changed = (await run([...words]))
    .split('\n')
    .filter((line) => line !== '' && !/^.. "?(channels|releases)\//.test(line));
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
  {version, commit, builds: names}: PlannedRelease,
  out: string,
  env: BuildEnvironment,
): Promise<ReleaseRecord> {
  const {checkout, cache} = env.workspace;
  const images: ReleaseRecord['images'] = {};
  const folder = await commitFolder(commit.id, {
    checkout,
    sources: cache.sources,
    run: env.run,
  });
  if (folder === undefined)
    throw new LeanosError('FILE', `git does not give the files of commit ${commit.id}`);
  for (const name of names) {
    const {image, arch} = splitBuild(name);
    const origin: Origin = {
      folder,
      version,
      epoch: commit.epoch,
      commit: commit.id,
      lock: lockPath(checkout, image, arch),
      note: 'a new release',
    };
    const built = await buildFrom(origin, {channel: FIRST_CHANNEL, image, arch, out, locked: false}, env);
    images[name] = {digests: recordedDigests(built)};
    await keepLock(checkout, name, built);
  }
  return {version, commit: commit.id, epoch: commit.epoch, images};
}

function recordedDigests({artifacts}: BuildResult): Record<string, string> {
  return Object.fromEntries(
    artifacts.filter(({kind}) => isRecorded(kind)).map(({kind, sha256}) => [kind, sha256]),
  );
}

/** The pins of the build, for whoever builds it again. */
async function keepLock(checkout: string, name: string, {prepared: {request}}: BuildResult): Promise<void> {
  await writeLock(
    releaseLock(checkout, request.version, name),
    inputRequest(request.image, request.arch, hostArchitecture()),
    request.inputs,
  );
}
