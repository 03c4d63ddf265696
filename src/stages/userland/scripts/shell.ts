import {parseShell} from '../../../formats/shell/parse.ts';
import {
  ShellSyntaxError,
  type Command,
  type Script,
  type SimpleCommand,
  type Word,
} from '../../../formats/shell/syntax.ts';
import {WORK_OF_COMMAND} from './effort.ts';
import {Ending, untilEnd} from './ending.ts';
import {expandFields, expandPattern, expandText} from './expand.ts';
import {findCommand} from './kinds.ts';
import type {Machine} from './machine.ts';
import {redirected} from './redirections.ts';
import {Scope} from './scope.ts';
import {Input, Written, type Streams} from './streams.ts';

/** A command as it is called. */
export interface Call extends Streams {
  readonly name: string;
  readonly args: readonly string[];
  readonly shell: Shell;
  readonly machine: Machine;
  /** Says that nobody knows what this does, and goes on as if it had been done. */
  readonly unknown: () => number;
}

/** More words than any command of a script has. */
const MOST_WORDS = 50_000;
const WORK_OF_WORD = 1000;

/**
 * Reads a maintainer script as dash would run it; the commands are those of kinds.ts, which do to a machine of values what the
 * real ones do to a real one.
 */
export class Shell extends Scope {
  /** The status of what a command's words have last run: that of an assignment. */
  #captured = 0;

  /** Runs a script; what it does not end well is told as a deed that nobody knows. */
  runScript(text: string, args: readonly string[]): void {
    this.positional = args;
    const streams = {input: new Input(), write: () => undefined, isTested: false};
    try {
      const status = untilEnd(() => this.list(this.parse(text), streams));
      if (status !== 0) this.unknown(`ends with status ${status}`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // of JavaScript's stack, or of a pattern
      this.unknown('is too large, or calls itself for ever');
    }
  }

  /** Runs a script of the machine in a shell of its own, with its variables; its status. */
  runProgram(text: string, {name, args, ...streams}: Streams & Pick<Call, 'name' | 'args'>): number {
    const inner = new Shell(this.machine, {...this.origin, script: name}, this);
    inner.positional = args;
    return untilEnd(() => inner.list(inner.parse(text), streams));
  }

  /** Runs a text as a part of this script. */
  source(text: string, streams: Streams): number {
    return this.below(() => this.list(this.parse(text), streams));
  }

  parse(text: string): Script {
    this.hold(text);
    try {
      return parseShell(text);
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      this.line = error.line;
      this.unknown(`cannot be read: ${error.message}`);
      return [];
    }
  }

  /** What a script prints, without its last ends of lines. */
  capture(script: Script): string {
    const written = new Written(this.effort);
    const streams = {input: new Input(), write: written.write, isTested: false};
    this.status = this.subshell(() => this.list(script, streams));
    this.#captured = this.status;
    const text = written.text();
    let end = text.length;
    while (text.charAt(end - 1) === '\n') end -= 1;
    return text.slice(0, end);
  }

  list(script: Script, streams: Streams): number {
    let status = 0;
    for (const command of script) status = this.run(command, streams);
    this.status = status;
    return status;
  }

  run(command: Command, streams: Streams): number {
    this.spend(WORK_OF_COMMAND);
    const status = this.#runs[command.kind](command as never, streams);
    this.status = status;
    if (status !== 0 && this.endsOnError && !streams.isTested && ENDING.has(command.kind))
      throw new Ending('exit', status);
    return status;
  }

  readonly #runs: {
    readonly [K in Command['kind']]: (command: Extract<Command, {kind: K}>, streams: Streams) => number;
  } = {
    simple: (command, streams) => this.#simple(command, streams),
    pipeline: (command, streams) => this.#pipeline(command, streams),
    'and-or': ({left, operator, right}, streams) => {
      const status = this.run(left, {...streams, isTested: true});
      return (status === 0) === (operator === '||') ? status : this.run(right, streams);
    },
    if: ({branches, otherwise}, streams) => {
      const taken = branches.find(({condition}) => this.list(condition, {...streams, isTested: true}) === 0);
      return this.list(taken?.body ?? otherwise, streams);
    },
    for: (command, streams) => this.#for(command, streams),
    loop: (command, streams) => this.#loop(command, streams),
    case: ({word, branches}, streams) => {
      const text = expandText(word, this);
      const taken = branches.find(({patterns}) =>
        patterns.some((pattern) => expandPattern(pattern, this).test(text)),
      );
      return this.list(taken?.body ?? [], streams);
    },
    group: ({body, isSubshell}, streams) =>
      isSubshell ? this.subshell(() => this.list(body, streams)) : this.list(body, streams),
    function: ({name, body}) => {
      this.functions.set(name, body);
      return 0;
    },
    redirected: ({command, redirections}, streams) =>
      redirected(this, redirections, streams, (inner) => this.run(command, inner)),
  };

  #simple(command: SimpleCommand, streams: Streams): number {
    this.line = command.line;
    this.#captured = 0;
    const [name, ...args] = this.#fields(command.words);
    const values = command.assignments.map(({name: variable, value}): [string, string] => [
      variable,
      expandText(value, this),
    ]);
    if (name === undefined) {
      for (const [variable, value] of values) this.variables.set(variable, value);
      return redirected(this, command.redirections, streams, () => this.#captured);
    }
    const before = values.map(([variable]): [string, string | undefined] => [
      variable,
      this.variables.get(variable),
    ]);
    for (const [variable, value] of values) this.variables.set(variable, value);
    const status = redirected(this, command.redirections, streams, (inner) => this.call(name, args, inner));
    for (const [variable, value] of before) this.restore(variable, value);
    return status;
  }

  /** Runs a command by its name: a function of the script, a kind of deed, or a script of the machine. */
  call(name: string, args: readonly string[], streams: Streams): number {
    const {line} = this;
    const body = this.functions.get(name);
    if (body !== undefined) return this.inFunction(args, () => this.run(body, streams));
    const unknown = (): number => {
      this.line = line;
      this.unknown([name, ...args].join(' ').replaceAll(/\s+/g, ' ').slice(0, 160));
      return 0;
    };
    const call = {name, args, shell: this, machine: this.machine, unknown, ...streams};
    const command = findCommand(name, args);
    if (command !== undefined) return command(call) ?? 0;
    const text = name.includes('/') ? this.machine.read(name) : undefined;
    const isScript = text !== undefined && /^#! ?\/bin\/(da)?sh\b/.test(text);
    return isScript ? this.runProgram(text, {...call, name}) : unknown();
  }

  #fields(words: readonly Word[]): string[] {
    const fields = words.flatMap((word) => expandFields(word, this));
    if (fields.length > MOST_WORDS) this.fail('has too many words');
    this.spend(fields.length * WORK_OF_WORD);
    return fields;
  }

  #pipeline({commands, isNegated}: Extract<Command, {kind: 'pipeline'}>, streams: Streams): number {
    let {input} = streams;
    let status = 0;
    for (const [index, command] of commands.entries()) {
      const isLast = index === commands.length - 1;
      const written = new Written(this.effort);
      const isTested = streams.isTested || isNegated || !isLast;
      const write = isLast ? streams.write : written.write;
      const run = (): number => this.run(command, {input, write, isTested});
      status = commands.length === 1 ? run() : this.subshell(run);
      input = new Input(written.text());
    }
    return isNegated ? Number(status === 0) : status;
  }

  #for({name, words, body}: Extract<Command, {kind: 'for'}>, streams: Streams): number {
    let status = 0;
    for (const value of words === undefined ? this.positional : this.#fields(words)) {
      this.variables.set(name, value);
      const turn = this.turn(() => this.list(body, streams));
      ({status} = turn);
      if (turn.isOver) break;
    }
    return status;
  }

  #loop({until, condition, body}: Extract<Command, {kind: 'loop'}>, streams: Streams): number {
    let status = 0;
    while ((this.list(condition, {...streams, isTested: true}) === 0) !== until) {
      const turn = this.turn(() => this.list(body, streams));
      ({status} = turn);
      if (turn.isOver) break;
    }
    return status;
  }
}

/** The commands at whose failure `set -e` ends a script; what is made of others has failed because of one of them. */
const ENDING: ReadonlySet<Command['kind']> = new Set(['simple', 'pipeline']);
