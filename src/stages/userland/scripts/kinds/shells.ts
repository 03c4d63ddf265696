import type {Commands} from '../kinds.ts';
import {linesOf} from './text.ts';

const SHELLS = '/etc/shells';
const FOLDER = '/usr/share/debianutils/shells.d';

/** The login shells of packages (shells(5)). */
export const SHELL_COMMANDS: Commands = {
  'add-shell': ({args, machine}) => {
    const known = linesOf(machine.read(SHELLS) ?? '');
    for (const path of args) if (!known.includes(path)) machine.write(SHELLS, `${path}\n`, {append: true});
    return 0;
  },
  'remove-shell': () => 0,
  'update-shells': (call) => {
    const {machine, shell} = call;
    const listed = machine.names(FOLDER).flatMap((name) => linesOf(machine.read(`${FOLDER}/${name}`) ?? ''));
    return shell.call(
      'add-shell',
      listed.filter((line) => line.startsWith('/')),
      call,
    );
  },
};
