import type {Argument, Command, Option} from 'commander';

/** The shells whose completion leanos can be told. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** An option as completions and the manual page know it. */
export interface OptionRow {
  /** As `--help` has it: `--out <folder>`. */
  readonly flags: string;
  readonly long: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** All that its value can be; empty where that is open. */
  readonly choices: readonly string[];
  /** Whether several of the choices can be its value, with commas. */
  readonly isList: boolean;
  /** The folder of the project whose definitions are its values. */
  readonly definitions: string | undefined;
  readonly fallback: string | undefined;
}

/** A command, from commander's own object. */
export interface CommandRow {
  readonly name: string;
  readonly description: string;
  /** As `--help` has them: `<from> <to>`, `[image]`. */
  readonly arguments: string;
  /** All that its first argument can be. */
  readonly choices: readonly string[];
  readonly options: readonly OptionRow[];
}

/** The options whose values are names of definitions, and where these are. */
const DEFINITIONS: Readonly<Record<string, string>> = {'--image': 'images', '--channel': 'channels'};

/** The options whose values are lists. */
const LISTS: readonly string[] = ['--format'];

/** The one command table: what completions and the manual page are made from. */
export function commandTable(program: Command): CommandRow[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    arguments: command.registeredArguments.map(argumentText).join(' '),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    options: command.options.map(optionRow),
  }));
}

function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionRow(option: Option): OptionRow {
  const long = option.long ?? option.flags;
  return {
    flags: option.flags,
    long,
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
    isList: LISTS.includes(long),
    definitions: DEFINITIONS[long],
    fallback: fallbackText(option),
  };
}

function fallbackText({defaultValue, defaultValueDescription}: Option): string | undefined {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  return typeof defaultValue === 'string' || typeof defaultValue === 'number'
    ? String(defaultValue)
    : undefined;
}
