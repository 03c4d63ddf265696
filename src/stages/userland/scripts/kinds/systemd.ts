import type {Commands} from '../kinds.ts';
import {applyTmpfiles} from './tmpfiles.ts';

/** What scripts have systemd do at once; a package's accounts are made before its scripts run. */
export const SYSTEMD_COMMANDS: Commands = {
  'systemd-sysusers': () => 0,
  'systemd-tmpfiles': ({args, machine}) => {
    for (const name of args.filter((word) => !word.startsWith('-')))
      for (const from of machine.packages.values()) applyTmpfiles(from, machine, name.replace(/^.*\//, ''));
    return 0;
  },
};
