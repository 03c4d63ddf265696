import type {Commands} from '../kinds.ts';

/** Configuration that packages keep up to date with ucf(1): at a first installation it is what the package brings. */
export const UCF_COMMANDS: Commands = {
  ucf: ({args, machine, shell, unknown}) => {
    const words = args.filter((word) => !word.startsWith('-'));
    if (args.some((word) => word === '--purge' || word === '-p')) return 0;
    const [from = '', to = ''] = words.slice(-2);
    const entry = machine.get(shell.path(from));
    if (entry?.type !== 'file') return unknown();
    if (machine.get(shell.path(to)) === undefined) machine.put(shell.path(to), {...entry, uid: 0, gid: 0});
    return 0;
  },
  ucfr: () => 0,
  ucfq: () => 0,
};
