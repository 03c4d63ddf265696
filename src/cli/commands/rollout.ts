import {ownChannel} from '../../build/own-project.ts';
import {LeanosError} from '../../core/error.ts';
import {writeState} from '../../release/channel-file.ts';
import type {Context} from '../context.ts';

/** `leanos rollout CHANNEL PERCENT`: the share of machines that may have what the channel points to. */
export async function rolloutCommand(
  [name, text]: readonly [string, string],
  {dryRun}: {readonly dryRun?: boolean},
  context: Context,
): Promise<void> {
  const channel = await ownChannel(context.workspace, name);
  const percent = /^\d{1,3}(\.\d{1,2})?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (!(percent <= 100))
    throw new LeanosError(
      'USAGE',
      `"${text}" is no share; a percentage from 0 to 100 with at most two decimals is needed, such as 10`,
    );
  const {current} = channel;
  if (current === undefined)
    throw new LeanosError('USAGE', `${name} points to no release, so there is nothing to roll out`, {
      hint: 'leanos release, leanos promote     point a channel to one',
    });
  context.say(`channels/${name}.yaml: rollout of ${current.version} ${channel.rollout} % -> ${percent} %`);
  if (percent < channel.rollout)
    context.say('warning: machines that have it already keep it; others will not get it any more');
  if (dryRun !== true) await writeState(context.workspace.project, name, {...channel, rollout: percent});
  context.print(
    dryRun === true
      ? 'nothing is changed (--dry-run)'
      : `${percent} % of the machines on ${name} may have ${current.version}; commit channels/, then leanos publish`,
  );
}
