import {ACCOUNT_COMMANDS} from './kinds/accounts.ts';
import {ALTERNATIVE_COMMANDS} from './kinds/alternatives.ts';
import {BUILTINS} from './kinds/builtins.ts';
import {CERTIFICATE_COMMANDS} from './kinds/certificates.ts';
import {DEBCONF_COMMANDS} from './kinds/debconf.ts';
import {DPKG_COMMANDS} from './kinds/dpkg.ts';
import {FILE_COMMANDS} from './kinds/files.ts';
import {isNeedless} from './kinds/needless.ts';
import {PROBES} from './kinds/probes.ts';
import {SEARCH_COMMANDS} from './kinds/search.ts';
import {SHELL_COMMANDS} from './kinds/shells.ts';
import {SYSTEMD_COMMANDS} from './kinds/systemd.ts';
import {TEXT_COMMANDS} from './kinds/text.ts';
import {UCF_COMMANDS} from './kinds/ucf.ts';
import type {Call} from './shell.ts';

/** Does what a command does, and gives its status; 0 where it gives none. */
export type DeedCommand = (call: Call) => number | undefined;
export type Commands = Readonly<Record<string, DeedCommand>>;

/** The commands that scripts of packages call, by kind. A kind is a file; what none knows is told before anything is built. */
const KINDS: readonly Commands[] = [
  BUILTINS,
  TEXT_COMMANDS,
  FILE_COMMANDS,
  ACCOUNT_COMMANDS,
  ALTERNATIVE_COMMANDS,
  CERTIFICATE_COMMANDS,
  DEBCONF_COMMANDS,
  DPKG_COMMANDS,
  SYSTEMD_COMMANDS,
  SEARCH_COMMANDS,
  SHELL_COMMANDS,
  PROBES,
  UCF_COMMANDS,
];
const COMMANDS = new Map(KINDS.flatMap((kind) => Object.entries(kind)));
/** Where Debian has the programs that scripts call by their paths. */
const STANDARD = /^(?:\/usr)?\/s?bin\/|^\/usr\/(?:lib|share)\/debconf\//;

/** The command of a name or a path, with its words; undefined where no kind has it. */
export function findCommand(name: string, args: readonly string[]): DeedCommand | undefined {
  return COMMANDS.get(name.replace(STANDARD, '')) ?? (isNeedless(name, args) ? () => 0 : undefined);
}

/** Whether a program is there for a script that asks, though no package may have brought it. */
export function isThere(name: string): boolean {
  return COMMANDS.has(name.replace(STANDARD, ''));
}
