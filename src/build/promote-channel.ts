import type {Channel} from '../config/channel.ts';
import {LeanosError} from '../core/error.ts';
import {pointedTo, writeState} from '../release/channel-file.ts';
import {judgePromotion} from '../release/promotion.ts';
import {loadRecord} from '../release/record.ts';
import type {BuildEnvironment} from './environment.ts';
import {isoTime, nowMs} from './now.ts';
import {ownChannel} from './own-project.ts';

/** A promotion that nothing speaks against. */
export interface Promotion {
  readonly from: Channel;
  readonly to: Channel;
  readonly version: string;
}

/** Judges a promotion and changes nothing. @throws LeanosError USAGE with every reason against it, and what would help */
export async function judgedPromotion(
  [fromName, toName]: readonly [string, string],
  {workspace, environment}: BuildEnvironment,
): Promise<Promotion> {
  const [from, to] = [await ownChannel(workspace, fromName), await ownChannel(workspace, toName)];
  const version = from.current?.version;
  const record = version === undefined ? undefined : await loadRecord(workspace.project, version);
  const refusals = judgePromotion({from, to, record, nowMs: nowMs(environment)});
  if (refusals.length === 0 && version !== undefined) return {from, to, version};
  throw new LeanosError('USAGE', ['refused:', ...refusals.map(({reason}) => `  ${reason}`)].join('\n'), {
    hint: refusals.map(({help}) => help).join('\n  '),
  });
}

/** Points the channel to the version. Moves digests, builds nothing. */
export async function applyPromotion({to, version}: Promotion, env: BuildEnvironment): Promise<void> {
  const since = isoTime(nowMs(env.environment));
  await writeState(env.workspace.project, to.name, pointedTo(to, version, since));
}
