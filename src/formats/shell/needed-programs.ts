import {parseShell} from './parse.ts';
import {ShellSyntaxError, type Command, type Script, type SimpleCommand, type Word} from './syntax.ts';

/** A program as a shell's text names it, with the words after it up to the first that only a run decides. */
export interface NeededProgram {
  readonly name: string;
  readonly words: readonly string[];
}

/** What a shell does by itself: BusyBox's ash, whose applets are programs of the image. */
const BUILTINS: ReadonlySet<string> = new Set([
  '.', ':', '[', '[[', 'alias', 'bg', 'break', 'cd', 'chdir', 'command', 'continue', 'echo', 'eval', 'exec', 'exit', 'export', 'false',
  'fg', 'getopts', 'hash', 'help', 'history', 'jobs', 'kill', 'let', 'local', 'printf', 'pwd', 'read', 'readonly', 'return', 'set',
  'shift', 'source', 'test', 'times', 'trap', 'true', 'type', 'ulimit', 'umask', 'unalias', 'unset', 'wait',
]); // prettier-ignore

/** Commands that ask whether a program is there: where they name one, its absence is expected. */
const QUESTIONS: ReadonlySet<string> = new Set(['command', 'type', 'which', 'hash', 'test', '[', '[[']);
/** What may follow `||` where the command before it is to succeed. */
const GIVING_UP: ReadonlySet<string> = new Set(['exit', 'false', 'return']);

/**
 * The programs that a text for a shell runs whenever all goes well: what stands in a branch, before another way out (`a || b`), or is
 * asked for first (`command -v a`, `[ -x /usr/bin/a ]`) is left out. A text that is none of the POSIX shell has none.
 */
export function neededPrograms(text: string): NeededProgram[] {
  const script = parsed(text);
  const asked = new Set(script.flatMap(everyCommand).flatMap(askedFor));
  const functions = new Set(script.flatMap((command) => (command.kind === 'function' ? [command.name] : [])));
  return script
    .flatMap(certain)
    .flatMap(programOf)
    .filter(({name}) => !BUILTINS.has(name) && !functions.has(name) && !asked.has(baseName(name)));
}

function parsed(text: string): Script {
  try {
    return parseShell(text);
  } catch (error) {
    if (error instanceof ShellSyntaxError) return [];
    throw error;
  }
}

/** The simple commands that are run whenever all before them goes well. */
function certain(command: Command): readonly SimpleCommand[] {
  switch (command.kind) {
    case 'simple':
      return [command];
    case 'pipeline':
      return command.commands.flatMap(certain);
    case 'and-or':
      if (command.operator === '&&') return [...certain(command.left), ...certain(command.right)];
      return givesUp(command.right) ? certain(command.left) : [];
    case 'if':
      return command.branches.slice(0, 1).flatMap(({condition}) => condition.flatMap(certain));
    case 'loop':
      return [...command.condition, ...(isEndless(command) ? command.body : [])].flatMap(certain);
    case 'group':
      return command.body.flatMap(certain);
    case 'redirected':
      return certain(command.command);
    default:
      return [];
  }
}

/** `while :`, whose body is run. */
function isEndless({until, condition}: Extract<Command, {readonly kind: 'loop'}>): boolean {
  const [only, more] = condition.flatMap(certain).flatMap(programOf);
  return !until && more === undefined && [':', 'true'].includes(only?.name ?? '');
}

function givesUp(command: Command): boolean {
  if (command.kind === 'group') return command.body.some(givesUp);
  return command.kind === 'simple' && GIVING_UP.has(programOf(command)[0]?.name ?? '');
}

/** All simple commands, in branches too. */
function everyCommand(command: Command): readonly SimpleCommand[] {
  const inAll = (...scripts: readonly Script[]) => scripts.flat().flatMap(everyCommand);
  switch (command.kind) {
    case 'simple':
      return [command];
    case 'pipeline':
      return inAll(command.commands);
    case 'and-or':
      return inAll([command.left, command.right]);
    case 'if':
      return inAll(...command.branches.flatMap(({condition, body}) => [condition, body]), command.otherwise);
    case 'for':
    case 'group':
      return inAll(command.body);
    case 'loop':
      return inAll(command.condition, command.body);
    case 'case':
      return inAll(...command.branches.map(({body}) => body));
    case 'function':
      return everyCommand(command.body);
    case 'redirected':
      return everyCommand(command.command);
  }
}

function askedFor(command: SimpleCommand): string[] {
  const [program] = programOf(command);
  return program !== undefined && QUESTIONS.has(program.name) ? program.words.map(baseName) : [];
}

/** `exec NAME` is the program NAME. */
function programOf({words}: SimpleCommand): NeededProgram[] {
  const [name, ...rest] = plainWords(words);
  if (name === undefined) return [];
  return name === 'exec' && rest[0] !== undefined
    ? [{name: rest[0], words: rest.slice(1)}]
    : [{name, words: rest}];
}

/** The words up to the first that has more than text. */
function plainWords(words: readonly Word[]): string[] {
  const end = words.findIndex((word) => word.some(({kind}) => kind !== 'text'));
  return (end === -1 ? words : words.slice(0, end)).map((word) =>
    word.map((part) => (part.kind === 'text' ? part.text : '')).join(''),
  );
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
