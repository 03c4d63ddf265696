import {makeRelease, planRelease, type PlannedRelease} from '../../build/make-release.ts';
import {LeanosError} from '../../core/error.ts';
import type {ReleaseKind} from '../../core/version.ts';
import type {Context} from '../context.ts';

export interface ReleaseOptions {
  readonly fix?: boolean;
  readonly feature?: boolean;
  readonly dryRun?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** `leanos release`: builds everything that alpha is for, records its digests, and points alpha to it. */
export async function releaseCommand(options: ReleaseOptions, context: Context): Promise<void> {
  const {dryRun = false} = options;
  const kind = kindOf(options);
  const plan = await planRelease(kind, context);
  context.say(describe(plan, kind));
  if (!dryRun) await makeRelease(plan, options.out ?? context.workspace.out, context);
  context.quiet();
  const {version, channel} = plan;
  if (options.json === true) context.print(JSON.stringify({version, dryRun, channel: channel.name}, null, 1));
  else if (dryRun) context.print('nothing is changed (--dry-run)');
  else
    context.print(
      `${version} is recorded, and ${channel.name} points to it; commit channels/ and releases/\nnext     leanos test --channel ${channel.name}, for each image and architecture, then leanos promote alpha beta`,
    );
}

function describe({version, commit, builds, channel}: PlannedRelease, kind: ReleaseKind): string {
  return [
    `release ${version} (${kind}) of commit ${commit.id.slice(0, 12)}`,
    ...builds.map((name) => `  build ${name}, record its digests and pins in releases/${version}/`),
    `  channels/${channel.name}.yaml: current ${channel.current?.version ?? 'none'} -> ${version}`,
  ].join('\n');
}

function kindOf({fix, feature}: ReleaseOptions): ReleaseKind {
  if (fix === true && feature === true)
    throw new LeanosError('USAGE', '--fix and --feature exclude each other');
  return fix === true ? 'fix' : feature === true ? 'feature' : 'major';
}
