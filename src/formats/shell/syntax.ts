/** A script of the POSIX shell, as "Shell Command Language" of POSIX.1-2017 has it, and what dash adds: `local`, `<<-`. */

/** A piece of a word. */
export type Part =
  | {readonly kind: 'text'; readonly text: string; readonly quoted: boolean}
  | ParameterPart
  | {readonly kind: 'command'; readonly script: Script; readonly quoted: boolean}
  | {readonly kind: 'arithmetic'; readonly expression: Word; readonly quoted: boolean};

/** `$NAME`, `${#NAME}`, `${NAME:-WORD}`. */
export interface ParameterPart {
  readonly kind: 'parameter';
  readonly name: string;
  readonly isLength: boolean;
  /** `:-`, `#`, `%%`, …; empty without one. */
  readonly operator: string;
  readonly word: Word;
  readonly quoted: boolean;
}

export type Word = readonly Part[];

export interface Assignment {
  readonly name: string;
  readonly value: Word;
}

/** `2>FILE`; of a here-document the word is its text. */
export interface Redirection {
  readonly descriptor: number;
  readonly operator: '<' | '>' | '>>' | '>|' | '<>' | '<&' | '>&' | '<<';
  readonly word: Word;
}

export interface SimpleCommand {
  readonly kind: 'simple';
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  readonly redirections: readonly Redirection[];
  /** Counted from 1. */
  readonly line: number;
}

export type Command =
  | SimpleCommand
  | {readonly kind: 'pipeline'; readonly commands: readonly Command[]; readonly isNegated: boolean}
  | {
      readonly kind: 'and-or';
      readonly left: Command;
      readonly operator: '&&' | '||';
      readonly right: Command;
    }
  | {
      readonly kind: 'if';
      readonly branches: readonly {readonly condition: Script; readonly body: Script}[];
      readonly otherwise: Script;
    }
  | {
      readonly kind: 'for';
      readonly name: string;
      /** Absent: the positional parameters. */
      readonly words?: readonly Word[];
      readonly body: Script;
    }
  | {readonly kind: 'loop'; readonly until: boolean; readonly condition: Script; readonly body: Script}
  | {
      readonly kind: 'case';
      readonly word: Word;
      readonly branches: readonly {readonly patterns: readonly Word[]; readonly body: Script}[];
    }
  | {readonly kind: 'group'; readonly body: Script; readonly isSubshell: boolean}
  | {readonly kind: 'function'; readonly name: string; readonly body: Command}
  | {readonly kind: 'redirected'; readonly command: Command; readonly redirections: readonly Redirection[]};

export type Script = readonly Command[];

/** What is no script of the POSIX shell. */
export class ShellSyntaxError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.name = 'ShellSyntaxError';
    this.line = line;
  }
}
