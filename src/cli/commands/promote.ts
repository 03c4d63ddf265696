import {applyPromotion, judgedPromotion} from '../../build/promote-channel.ts';
import type {Context} from '../context.ts';

/** `leanos promote FROM TO`: points a channel to what the one before it points to. */
export async function promoteCommand(
  names: readonly [string, string],
  {dryRun = false, json}: {readonly dryRun?: boolean; readonly json?: boolean},
  context: Context,
): Promise<void> {
  const promotion = await judgedPromotion(names, context);
  const {from, to, version} = promotion;
  context.say(
    [
      `promote ${version} from ${from.name} to ${to.name}`,
      `  channels/${to.name}.yaml: current ${to.current?.version ?? 'none'} -> ${version}`,
      '  nothing is built or copied: the digests are those of its record',
    ].join('\n'),
  );
  if (!dryRun) await applyPromotion(promotion, context);
  if (json === true) context.print(JSON.stringify({from: from.name, to: to.name, version, dryRun}, null, 1));
  else if (dryRun) context.print('nothing is changed (--dry-run)');
  else context.print(`${to.name} points to ${version}; commit channels/`);
}
