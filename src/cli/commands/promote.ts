import {loadChannel} from '../../config/channel.ts';
import {LeanosError} from '../../core/error.ts';
import {pointedTo, writeState} from '../../release/channel-file.ts';
import {judgePromotion} from '../../release/promotion.ts';
import {loadRecord} from '../../release/record.ts';
import type {Context} from '../context.ts';
import {isoTime, nowMs} from '../now.ts';

/** `leanos promote FROM TO`: points a channel to what the one before it points to. Moves digests, builds nothing. */
export async function promoteCommand(
  [fromName, toName]: readonly [string, string],
  {dryRun, json}: {readonly dryRun?: boolean; readonly json?: boolean},
  context: Context,
): Promise<void> {
  const {checkout} = context.workspace;
  const [from, to] = [await loadChannel(checkout, fromName), await loadChannel(checkout, toName)];
  const version = from.current?.version;
  const record = version === undefined ? undefined : await loadRecord(checkout, version);
  const now = nowMs(context.environment);
  const refusals = judgePromotion({from, to, record, nowMs: now});
  if (refusals.length > 0 || version === undefined) {
    throw new LeanosError('USAGE', ['refused:', ...refusals.map(({reason}) => `  ${reason}`)].join('\n'), {
      hint: refusals.map(({help}) => help).join('\n  '),
    });
  }
  context.say(
    [
      `promote ${version} from ${from.name} to ${to.name}`,
      `  channels/${to.name}.yaml: current ${to.current?.version ?? 'none'} -> ${version}`,
      '  nothing is built or copied: the digests are those of its record',
    ].join('\n'),
  );
  if (dryRun !== true) await writeState(checkout, to.name, pointedTo(to, version, isoTime(now)));
  if (json === true)
    context.print(JSON.stringify({from: from.name, to: to.name, version, dryRun: dryRun === true}, null, 1));
  else
    context.print(
      dryRun === true
        ? 'nothing is changed (--dry-run)'
        : `${to.name} points to ${version}; commit channels/`,
    );
}
