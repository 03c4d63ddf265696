import {parseShell} from '../../../formats/shell/parse.ts';
import {
  ShellSyntaxError,
  type Command,
  type Redirection,
  type Script,
  type SimpleCommand,
  type Word,
} from '../../../formats/shell/syntax.ts';
import {Effort, WORK_OF_COMMAND} from './effort.ts';
import {expandFields, expandPattern, expandText} from './expand.ts';
import {findCommand, isThere} from './kinds.ts';
import type {Machine, ScriptedPackage} from './machine.ts';
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

/** Where a script is from. */
export interface ScriptOrigin {
  readonly package: ScriptedPackage;
  readonly script: string;
}

/** More words than any command of a script has. */
const MOST_WORDS = 50_000;
const WORK_OF_WORD = 1000;
const MOST_DEPTH = 60;

/** How a part of a script ends before its last command. */
class Ending extends Error {
  readonly kind: 'exit' | 'return' | 'break' | 'continue';
  readonly status: number;
  readonly levels: number;

  constructor(kind: Ending['kind'], status: number, levels = 1) {
    super(kind);
    this.kind = kind;
    this.status = status;
    this.levels = levels;
  }
}

/**
 * Reads a maintainer script as dash would run it; the commands are those of kinds.ts, which do to a machine of values what the
 * real ones do to a real one.
 */
export class Shell {
  readonly machine: Machine;
  readonly origin: ScriptOrigin;
  variables = new Map<string, string>();
  positional: readonly string[] = [];
  functions = new Map<string, Command>();
  cwd = '/';
  status = 0;
  /** The line of the command that runs. */
  line = 1;
  #endsOnError = false;
  #effort = new Effort((message) => this.fail(message));
  /** The status of what a command's words have last run: that of an assignment. */
  #captured = 0;
  #depth = 0;
  /** How many loops of this function are at work: outside of any, break and continue do nothing. */
  #loops = 0;
  readonly #locals: Map<string, string | undefined>[] = [];

  constructor(machine: Machine, origin: ScriptOrigin) {
    this.machine = machine;
    this.origin = origin;
    const {name, version, architecture} = origin.package;
    for (const [key, value] of Object.entries({
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      DEBIAN_FRONTEND: 'noninteractive',
      DPKG_MAINTSCRIPT_PACKAGE: name,
      DPKG_MAINTSCRIPT_ARCH: architecture,
      DPKG_MAINTSCRIPT_NAME: origin.script,
      DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT: '1',
      DPKG_ROOT: '',
      DPKG_ADMINDIR: '/var/lib/dpkg',
      DPKG_RUNNING_VERSION: '1.22.0',
      LEANOS_VERSION: version,
    }))
      this.variables.set(key, value);
  }

  /** Runs a script; what it does not end well is told as a deed that nobody knows. */
  runScript(text: string, args: readonly string[]): void {
    this.positional = args;
    const streams = {input: new Input(), write: () => undefined, isTested: false};
    try {
      const status = this.#untilEnd(() => this.list(this.parse(text), streams));
      if (status !== 0) this.unknown(`ends with status ${status}`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // of JavaScript's stack, or of a pattern
      this.unknown('is too large, or calls itself for ever');
    }
  }

  /** Runs a script of the machine in a shell of its own, with its variables; its status. */
  runProgram(text: string, {name, args, ...streams}: Streams & Pick<Call, 'name' | 'args'>): number {
    const inner = new Shell(this.machine, {...this.origin, script: name});
    inner.variables = new Map(this.variables);
    inner.positional = args;
    inner.#effort = this.#effort;
    inner.#depth = this.#deeper();
    return inner.#untilEnd(() => inner.list(inner.parse(text), streams));
  }

  /** Runs a text as a part of this script. */
  source(text: string, streams: Streams): number {
    this.#depth = this.#deeper();
    try {
      return this.list(this.parse(text), streams);
    } finally {
      this.#depth -= 1;
    }
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

  unknown(deed: string): void {
    const {package: from, script} = this.origin;
    const {line} = this;
    this.machine.unknown.push({package: from.name, script, line, deed});
  }

  /** Counts the work of a deed, and ends the script where that is too much. */
  readonly spend = (work: number): void => this.#effort.spend(work);

  /** Counts a text that the script holds, and ends the script where it is too much. */
  hold(text: string): string {
    this.#effort.hold(text.length);
    return text;
  }

  fail(message: string): never {
    this.unknown(message);
    throw new Ending('exit', 0);
  }

  end(kind: 'exit' | 'return', status: number): never {
    throw new Ending(kind, status);
  }

  /** break and continue. */
  endTurn(kind: 'break' | 'continue', levels: number): number {
    if (this.#loops > 0) throw new Ending(kind, 0, Math.min(levels, this.#loops));
    return 0;
  }

  setEndsOnError(value: boolean): void {
    this.#endsOnError = value;
  }

  /** Keeps the value of a variable until the function ends. */
  keepLocal(name: string): void {
    const locals = this.#locals.at(-1);
    if (locals !== undefined && !locals.has(name)) locals.set(name, this.variables.get(name));
  }

  parameter(name: string): string | undefined {
    if (/^\d+$/.test(name)) return name === '0' ? this.origin.script : this.positional[Number(name) - 1];
    const special: Readonly<Record<string, string>> = {
      '#': String(this.positional.length),
      '?': String(this.status),
      '*': this.positional.join(' '),
      '@': this.positional.join(' '),
      $: '1000',
      '!': '1001',
      '-': this.#endsOnError ? 'e' : '',
    };
    return special[name] ?? this.variables.get(name);
  }

  /** What a script prints, without its last ends of lines. */
  capture(script: Script): string {
    const written = new Written(this.#effort);
    const streams = {input: new Input(), write: written.write, isTested: false};
    this.status = this.#subshell(() => this.list(script, streams));
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
    if (status !== 0 && this.#endsOnError && !streams.isTested && ENDING.has(command.kind))
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
      isSubshell ? this.#subshell(() => this.list(body, streams)) : this.list(body, streams),
    function: ({name, body}) => {
      this.functions.set(name, body);
      return 0;
    },
    redirected: ({command, redirections}, streams) =>
      this.#redirected(redirections, streams, (inner) => this.run(command, inner)),
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
      return this.#redirected(command.redirections, streams, () => this.#captured);
    }
    const before = values.map(([variable]): [string, string | undefined] => [
      variable,
      this.variables.get(variable),
    ]);
    for (const [variable, value] of values) this.variables.set(variable, value);
    const status = this.#redirected(command.redirections, streams, (inner) => this.call(name, args, inner));
    for (const [variable, value] of before) this.#restore(variable, value);
    return status;
  }

  /** Runs a command by its name: a function of the script, a kind of deed, or a script of the machine. */
  call(name: string, args: readonly string[], streams: Streams): number {
    const {line} = this;
    const body = this.functions.get(name);
    if (body !== undefined) return this.#function(body, args, streams);
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

  #function(body: Command, args: readonly string[], streams: Streams): number {
    const [positional, loops] = [this.positional, this.#loops];
    this.positional = args;
    this.#loops = 0;
    this.#locals.push(new Map());
    this.#depth = this.#deeper();
    try {
      return this.run(body, streams);
    } catch (error) {
      if (error instanceof Ending && error.kind === 'return') return error.status;
      throw error;
    } finally {
      this.#depth -= 1;
      this.#loops = loops;
      this.positional = positional;
      for (const [name, value] of this.#locals.pop() ?? []) this.#restore(name, value);
    }
  }

  #fields(words: readonly Word[]): string[] {
    const fields = words.flatMap((word) => expandFields(word, this));
    if (fields.length > MOST_WORDS) this.fail('has too many words');
    this.spend(fields.length * WORK_OF_WORD);
    return fields;
  }

  #restore(name: string, value: string | undefined): void {
    if (value === undefined) this.variables.delete(name);
    else this.variables.set(name, value);
  }

  #deeper(): number {
    if (this.#depth >= MOST_DEPTH) this.fail('calls itself for ever');
    return this.#depth + 1;
  }

  #pipeline({commands, isNegated}: Extract<Command, {kind: 'pipeline'}>, streams: Streams): number {
    let {input} = streams;
    let status = 0;
    for (const [index, command] of commands.entries()) {
      const isLast = index === commands.length - 1;
      const written = new Written(this.#effort);
      const isTested = streams.isTested || isNegated || !isLast;
      const write = isLast ? streams.write : written.write;
      const run = (): number => this.run(command, {input, write, isTested});
      status = commands.length === 1 ? run() : this.#subshell(run);
      input = new Input(written.text());
    }
    return isNegated ? Number(status === 0) : status;
  }

  #for({name, words, body}: Extract<Command, {kind: 'for'}>, streams: Streams): number {
    let status = 0;
    for (const value of words === undefined ? this.positional : this.#fields(words)) {
      this.variables.set(name, value);
      const turn = this.#turn(() => this.list(body, streams));
      ({status} = turn);
      if (turn.isOver) break;
    }
    return status;
  }

  #loop({until, condition, body}: Extract<Command, {kind: 'loop'}>, streams: Streams): number {
    let status = 0;
    while ((this.list(condition, {...streams, isTested: true}) === 0) !== until) {
      const turn = this.#turn(() => this.list(body, streams));
      ({status} = turn);
      if (turn.isOver) break;
    }
    return status;
  }

  #turn(run: () => number): {readonly status: number; readonly isOver: boolean} {
    this.#loops += 1;
    try {
      return {status: run(), isOver: false};
    } catch (error) {
      if (!(error instanceof Ending) || (error.kind !== 'break' && error.kind !== 'continue')) throw error;
      if (error.levels > 1) throw new Ending(error.kind, error.status, error.levels - 1);
      return {status: 0, isOver: error.kind === 'break'};
    } finally {
      this.#loops -= 1;
    }
  }

  /** Runs in a shell whose variables and folder are gone afterwards. */
  #subshell(run: () => number): number {
    const {variables, positional, functions, cwd} = this;
    this.variables = new Map(variables);
    this.functions = new Map(functions);
    try {
      return this.#untilEnd(run);
    } finally {
      this.variables = variables;
      this.positional = positional;
      this.functions = functions;
      this.cwd = cwd;
    }
  }

  #untilEnd(run: () => number): number {
    try {
      return run();
    } catch (error) {
      if (error instanceof Ending) return error.status;
      throw error;
    }
  }

  #redirected(
    redirections: readonly Redirection[],
    streams: Streams,
    run: (streams: Streams) => number,
  ): number {
    let inner = streams;
    for (const {descriptor, operator, word} of redirections) {
      const target = expandText(word, this);
      if (operator === '<<') inner = {...inner, input: new Input(target)};
      else if (operator === '<') {
        const text = this.machine.read(this.path(target));
        if (text === undefined && target !== '/dev/null') return 1;
        inner = {...inner, input: new Input(text)};
      } else if (descriptor === 1) inner = {...inner, write: this.#writer(operator, target, streams)};
    }
    return run(inner);
  }

  #writer(operator: Redirection['operator'], target: string, streams: Streams): Streams['write'] {
    if (operator === '>&') return target === '1' ? streams.write : () => undefined;
    const path = this.path(target);
    if (operator !== '>>') this.machine.write(path, '');
    return (text) => {
      const before = this.machine.get(path);
      const size = text.length + (before?.type === 'file' ? before.data.length : 0);
      this.#effort.hold(size, text.length + size / 100); // to copy bytes is cheap
      this.machine.write(path, text, {append: true});
    };
  }

  /** Whether a program is there for a script that asks, though no package may have brought it. */
  isThere(name: string): boolean {
    return isThere(name);
  }

  /** A path as this shell sees it, from the root. */
  path(text: string): string {
    return text.startsWith('/') ? text : `${this.cwd}/${text}`;
  }
}

/** The commands at whose failure `set -e` ends a script; what is made of others has failed because of one of them. */
const ENDING: ReadonlySet<Command['kind']> = new Set(['simple', 'pipeline']);
