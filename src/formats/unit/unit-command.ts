import {quotedWord, quotedWords, splitWords} from '../../core/words.ts';

/** A command of a unit: systemd.service(5), Command lines. */
export interface UnitCommand {
  /** Its words as text for a shell, which puts variables of the environment into them. */
  readonly text: string;
  readonly hasVariables: boolean;
  /** Whether it may fail. */
  readonly mayFail: boolean;
  /** Whether it runs as root, whoever the unit's user is. */
  readonly asRoot: boolean;
}

/** Reads a command; `undefined` where it says something that nobody here can do. */
export function parseCommand(value: string): UnitCommand | undefined {
  const [, prefix = '', line = ''] = /^([-@:+!|]*)(.*)$/s.exec(value) ?? [];
  const words = splitWords(line);
  const [program = ''] = words ?? [];
  if (
    words === undefined ||
    /[@:|]/.test(prefix) ||
    words.includes(';') ||
    program === '' ||
    program.includes('$')
  )
    return undefined;
  const placed = [program.startsWith('/') ? program : `/usr/bin/${program}`, ...words.slice(1)];
  return {
    text: placed.map(expanding).join(' '),
    hasVariables: placed.some((word) => /\$/.test(word)),
    mayFail: prefix.includes('-'),
    asRoot: /[+!]/.test(prefix),
  };
}

/** A word that is nothing but a variable becomes as many words as that has; `$$` is a dollar. */
function expanding(word: string): string {
  if (/^\$[A-Za-z_]\w*$/.test(word)) return word;
  const parts = word.split(/(\$\$|\$\{[A-Za-z_]\w*\}|\$[A-Za-z_]\w*)/);
  const texts = parts.map((part, index) => {
    if (index % 2 === 0) return part === '' ? '' : quotedWord(part);
    if (part === '$$') return quotedWord('$');
    return `"${part}"`;
  });
  return texts.join('') || "''";
}

/** The words of a row for a main program, with what runs as the same user before it: a shell, where anything needs one. */
export function commandWords(before: readonly UnitCommand[], main: UnitCommand): string {
  if (before.length === 0 && !main.hasVariables) return main.text;
  return quotedWords(['/usr/bin/sh', '-fc', `${inOrder(before)}exec ${main.text}`]);
}

/**
 * The words of a row for commands beside the main program, in their order: texts for a shell, of which those that begin with `+` run
 * as root, and the others as the service does.
 */
export function stepWords(commands: readonly UnitCommand[]): string {
  const [first] = commands;
  if (first === undefined) return '';
  const next = commands.findIndex(({asRoot}) => asRoot !== first.asRoot);
  const same = next === -1 ? commands : commands.slice(0, next);
  const text = `${first.asRoot ? '+' : ''}${inOrder(same)}`;
  return [quotedWord(text), stepWords(commands.slice(same.length))].filter(Boolean).join(' ');
}

function inOrder(commands: readonly UnitCommand[]): string {
  return commands.map(({text, mayFail}) => `${text} || ${mayFail ? ':' : 'exit'}; `).join('');
}
