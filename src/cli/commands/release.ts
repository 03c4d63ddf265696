import {loadChannel, type Channel} from '../../config/channel.ts';
import {LeanosError} from '../../core/error.ts';
import {compareVersions, nextVersion, versionDays, type ReleaseKind} from '../../core/version.ts';
import {pointedTo, writeState} from '../../release/channel-file.ts';
import {builds, splitBuild} from '../../release/promotion.ts';
import {
  isRecorded,
  loadRecord,
  releasedVersions,
  writeRecord,
  type ReleaseRecord,
} from '../../release/record.ts';
import {inputRequest} from '../../recipes/inputs.ts';
import {lockPath, writeLock} from '../../recipes/lock.ts';
import {checkoutTime} from '../../system/checkout.ts';
import {hostArchitecture, isArchitectureName} from '../../core/architecture.ts';
import {buildFrom, type BuildResult, type Origin} from '../build-image.ts';
import type {Context} from '../context.ts';
import {isoTime, nowMs} from '../now.ts';
import {commitFolder, releaseLock} from '../release-source.ts';

/** Every release starts here. */
const FIRST_CHANNEL = 'alpha';

export interface ReleaseOptions {
  readonly fix?: boolean;
  readonly feature?: boolean;
  readonly dryRun?: boolean;
  readonly out: string;
  readonly json?: boolean;
}

/** `leanos release`: builds everything that alpha is for, records its digests, and points alpha to it. */
export async function releaseCommand(options: ReleaseOptions, context: Context): Promise<void> {
  const {checkout} = context.workspace;
  const channel = await loadChannel(checkout, FIRST_CHANNEL);
  const kind = kindOf(options);
  const version = await versionOf(kind, channel, context);
  const commit = await cleanCommit(context);
  const names = builds(channel);
  if (names.length === 0) {
    throw new LeanosError('CONFIG_INVALID', `channels/${channel.name}.yaml is for no image`, {
      hint: 'images: {test: [x86_64]}     in it says what a release has',
    });
  }
  const plan = [
    `release ${version} (${kind}) of commit ${commit.id.slice(0, 12)}`,
    ...names.map((name) => `  build ${name}, record its digests and pins in releases/${version}/`),
    `  channels/${channel.name}.yaml: current ${channel.current?.version ?? 'none'} -> ${version}`,
  ];
  context.say(plan.join('\n'));
  if (options.dryRun === true) return showResult({version, dryRun: true}, options, context);
  const record = await buildAll({version, commit, names}, options, context);
  await writeRecord(checkout, record);
  await writeState(checkout, channel.name, pointedTo(channel, version, isoTime(nowMs(context.environment))));
  context.quiet();
  showResult({version, dryRun: false}, options, context);
}

function showResult(
  result: {version: string; dryRun: boolean},
  {json, dryRun}: ReleaseOptions,
  context: Context,
): void {
  if (json === true) context.print(JSON.stringify({...result, channel: FIRST_CHANNEL}, null, 1));
  else if (dryRun === true) context.print('nothing is changed (--dry-run)');
  else
    context.print(
      `${result.version} is recorded, and ${FIRST_CHANNEL} points to it; commit channels/ and releases/\nnext     leanos test --channel ${FIRST_CHANNEL}, for each image and architecture, then leanos promote alpha beta`,
    );
}

function kindOf({fix, feature}: ReleaseOptions): ReleaseKind {
  if (fix === true && feature === true)
    throw new LeanosError('USAGE', '--fix and --feature exclude each other');
  return fix === true ? 'fix' : feature === true ? 'feature' : 'major';
}

/** The version of the release. @throws LeanosError USAGE when it is taken, or there is nothing to fix */
async function versionOf(kind: ReleaseKind, {name, current}: Channel, context: Context): Promise<string> {
  if (kind !== 'major' && current === undefined) {
    throw new LeanosError('USAGE', `--${kind} changes a release, and ${name} points to none`, {
      hint: 'leanos release     makes the first one',
    });
  }
  const released = await releasedVersions(context.workspace.checkout);
  const newest =
    released.filter((version) => major(version) === major(current?.version ?? '')).at(-1) ?? current?.version;
  const version = nextVersion(kind, {today: versionDays(nowMs(context.environment) / 1000), newest});
  if ((await loadRecord(context.workspace.checkout, version)) !== undefined) {
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
async function cleanCommit({workspace: {checkout}, run}: Context): Promise<{id: string; epoch: number}> {
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
  {version, commit, names}: {version: string; commit: {id: string; epoch: number}; names: readonly string[]},
  {out}: ReleaseOptions,
  context: Context,
): Promise<ReleaseRecord> {
  const {checkout} = context.workspace;
  const images: ReleaseRecord['images'] = {};
  const folder = await commitFolder(commit.id, {
    checkout,
    sources: context.workspace.cache.sources,
    run: context.run,
  });
  if (folder === undefined)
    throw new LeanosError('FILE', `git does not give the files of commit ${commit.id}`);
  for (const name of names) {
    const {image, arch} = splitBuild(name);
    if (!isArchitectureName(arch)) throw new Error(`${name} has no architecture`);
    const origin: Origin = {
      folder,
      version,
      epoch: commit.epoch,
      commit: commit.id,
      lock: lockPath(checkout, image, arch),
      note: 'a new release',
    };
    const built = await buildFrom(origin, {channel: FIRST_CHANNEL, image, arch, out, locked: false}, context);
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
