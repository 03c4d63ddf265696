import {LeanosError} from '../../../core/error.ts';
import type {UnknownDeed} from './machine.ts';

/**
 * @throws LeanosError CONFIG_INVALID where scripts of packages do what nobody does for them, with each deed, its file and line
 */
export function mustBeKnown(unknown: readonly UnknownDeed[]): void {
  if (unknown.length === 0) return;
  const lines = [
    ...new Set(unknown.map(({package: name, script, line, deed}) => `${name}: ${script}:${line}: ${deed}`)),
  ];
  const names = [...new Set(unknown.map((each) => each.package))];
  const answer = names.map((name) => `${name}: ignore`).join(', ');
  throw new LeanosError(
    'CONFIG_INVALID',
    `${names.join(', ')} would not be set up as on Debian: the scripts do what leanos does not know\n  ${lines.join('\n  ')}`,
    {
      hint: `scripts: {${answer}}     in the definition builds without what these scripts do; an overlay or a service may do it`,
    },
  );
}
