import {symlink} from '../../../../formats/file-tree.ts';
import type {Commands} from '../kinds.ts';
import type {Call} from '../shell.ts';

/**
 * Names that several packages have a program for (update-alternatives(1)): the one of the highest priority gets it. The link
 * leads straight to the program.
 */
export const ALTERNATIVE_COMMANDS: Commands = {
  'update-alternatives': (call) => {
    const rest = call.args.filter(
      (word) => !['--quiet', '--force', '--skip-auto', '--verbose'].includes(word),
    );
    const at = rest.indexOf('--install');
    if (at === -1) return IDLE.has(rest[0] ?? '') ? statusOfIdle(rest[0] ?? '') : call.unknown();
    const [link = '', , path = '', priority = ''] = rest.slice(at + 1);
    install(call, link, path, Number(priority));
    for (let more = rest.indexOf('--slave'); more !== -1; more = rest.indexOf('--slave', more + 1)) {
      const [slave = '', , target = ''] = rest.slice(more + 1);
      install(call, slave, target, Number(priority));
    }
    return 0;
  },
};

/** What asks, or takes away what is not there yet. */
const IDLE: ReadonlySet<string> = new Set([
  '--remove',
  '--remove-all',
  '--auto',
  '--list',
  '--query',
  '--display',
]);

function statusOfIdle(word: string): number {
  return ['--list', '--query', '--display'].includes(word) ? 2 : 0;
}

function install({machine}: Call, link: string, target: string, priority: number): void {
  const before = machine.alternatives.get(link);
  if (before !== undefined && before.priority >= priority) return;
  if (machine.get(target) === undefined) return; // a manual page that the package has left out
  machine.alternatives.set(link, {target, priority});
  machine.put(link, symlink(target));
}
