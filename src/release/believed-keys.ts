import type {Channel} from '../config/channel.ts';
import {LeanosError} from '../core/error.ts';
import {parsePublicLine, publicHalf, publicLine, type SecretKey} from '../formats/signify.ts';
import type {FoundPointer} from './published-state.ts';

/**
 * A new key is believed only when an old one signed it, so the pointers that are there must be followed by one of the keys
 * that they name.
 * @throws LeanosError USAGE for what no guest would believe
 */
export function mustBeBelieved(
  pointers: readonly FoundPointer[],
  {channel, keys}: {channel: Pick<Channel, 'name' | 'keys'>; keys: readonly SecretKey[]},
): void {
  const lines = keys.map((key) => publicLine(publicHalf(key)));
  const unknown = keys.find((_, index) => !channel.keys.includes(lines[index] ?? ''));
  if (unknown !== undefined) {
    throw new LeanosError(
      'USAGE',
      `key ${unknown.id} is not among the keys of channels/${channel.name}.yaml, so no guest would believe it`,
      {
        hint: `keys: ["${publicLine(publicHalf(unknown))}"]     in it makes guests believe it, when a key that they know signs too`,
      },
    );
  }
  if (pointers.length === 0) return;
  const believed = [...new Set(pointers.flatMap(({pointer}) => pointer.keys))];
  if (lines.some((line) => believed.includes(line))) return;
  const ids = believed.map((line) => parsePublicLine(line).id);
  throw new LeanosError(
    'USAGE',
    `guests on ${channel.name} believe ${ids.join(', ')}, and none of the given keys is one of them`,
    {
      hint: 'sign with an old key and with the new one: --key OLD.sec --key NEW.sec',
    },
  );
}

/** The keys that guests believe, and that do not sign this time: whoever knows only them hears nothing new. */
export function silentKeys({keys: lines}: Pick<Channel, 'keys'>, keys: readonly SecretKey[]): string[] {
  const signing = keys.map(({id}) => id);
  return lines.map((line) => parsePublicLine(line).id).filter((id) => !signing.includes(id));
}
