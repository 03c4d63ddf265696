import {LeanosError} from '../../../core/error.ts';
import type {UnknownDeed} from './machine.ts';

/** What scripts of packages do that leanos does not know: each deed, its file and line. */
export function unknownDeeds(unknown: readonly UnknownDeed[]): LeanosError {
  const lines = [
    ...new Set(unknown.map(({package: name, script, line, deed}) => `${name}: ${script}:${line}: ${deed}`)),
  ];
  const names = [...new Set(unknown.map((each) => each.package))];
  const answer = names.map((name) => `${name}: ignore`).join(', ');
  return new LeanosError(
    'CONFIG_INVALID',
    `${names.join(', ')} would not be set up as on Debian: the scripts do what leanos does not know\n  ${lines.join('\n  ')}`,
    {
      hint: `scripts: {${answer}}     in the definition builds without what these scripts do; an overlay or a service may do it`,
    },
  );
}
