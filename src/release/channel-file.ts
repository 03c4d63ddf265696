import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {dump} from 'js-yaml';
import type {Channel} from '../config/channel.ts';
import {writeWhole} from '../system/whole-file.ts';

/** What the commands write is below this line; above it people write, and nothing is changed. */
const MARK = '# Below: written by `leanos release`, `promote` and `rollout`, for reviewers to read in git.';

/** What of a channel commands may change. */
export type ChannelState = Pick<Channel, 'rollout' | 'current' | 'history'>;

/** The text of a channel file with another state. What stands above the mark stays as it is. Pure. */
export function withState(text: string, {rollout, current, history}: ChannelState): string {
  const at = text.indexOf(MARK);
  const policy = (at === -1 ? text : text.slice(0, at)).trimEnd();
  const state = {
    rollout,
    ...(current === undefined ? {} : {current}),
    ...(history.length === 0 ? {} : {history}),
  };
  return `${policy}\n\n${MARK}\n${dump(state, {lineWidth: -1})}`;
}

/** The state after a channel was pointed to a version: all machines may have it, and the one before is history. Pure. */
export function pointedTo({current, history}: ChannelState, version: string, since: string): ChannelState {
  return {
    rollout: 100,
    current: {version, since},
    history: current === undefined ? history : [current, ...history],
  };
}

/** Writes another state into `channels/NAME.yaml`. */
export async function writeState(checkout: string, channel: string, state: ChannelState): Promise<void> {
  const path = join(checkout, 'channels', `${channel}.yaml`);
  await writeWhole(path, withState(await readFile(path, 'utf8'), state));
}
