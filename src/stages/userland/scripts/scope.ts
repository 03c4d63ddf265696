import type {Command} from '../../../formats/shell/syntax.ts';
import {Effort} from './effort.ts';
import {Ending, untilEnd} from './ending.ts';
import {isThere} from './kinds.ts';
import type {Machine, ScriptedPackage} from './machine.ts';

/** Where a script is from. */
export interface ScriptOrigin {
  readonly package: ScriptedPackage;
  readonly script: string;
}

const MOST_DEPTH = 60;

/** What a shell knows while it runs a script: variables, functions, its folder, how deep it is in what, and how much it has done. */
export class Scope {
  readonly machine: Machine;
  readonly origin: ScriptOrigin;
  /** Counted together with that of the scripts that it runs. */
  readonly effort: Effort;
  variables = new Map<string, string>();
  positional: readonly string[] = [];
  functions = new Map<string, Command>();
  cwd = '/';
  status = 0;
  /** The line of the command that runs. */
  line = 1;
  endsOnError = false;
  #depth = 0;
  /** How many loops of this function are at work: outside of any, break and continue do nothing. */
  #loops = 0;
  readonly #locals: Map<string, string | undefined>[] = [];

  /** With `outer` it is that of a script that another one runs. */
  constructor(machine: Machine, origin: ScriptOrigin, outer?: Scope) {
    this.machine = machine;
    this.origin = origin;
    this.effort = outer?.effort ?? new Effort((message) => this.fail(message));
    if (outer !== undefined) {
      this.variables = new Map(outer.variables);
      this.#depth = outer.#deeper();
      return;
    }
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

  unknown(deed: string): void {
    const {package: from, script} = this.origin;
    const {line} = this;
    this.machine.unknown.push({package: from.name, script, line, deed});
  }

  /** Counts the work of a deed, and ends the script where that is too much. */
  readonly spend = (work: number): void => this.effort.spend(work);

  /** Counts a text that the script holds, and ends the script where it is too much. */
  hold(text: string): string {
    this.effort.hold(text.length);
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
      '-': this.endsOnError ? 'e' : '',
    };
    return special[name] ?? this.variables.get(name);
  }

  restore(name: string, value: string | undefined): void {
    if (value === undefined) this.variables.delete(name);
    else this.variables.set(name, value);
  }

  /** Runs a part of the script one level deeper. */
  below(run: () => number): number {
    this.#depth = this.#deeper();
    try {
      return run();
    } finally {
      this.#depth -= 1;
    }
  }

  /** Runs a function with its own words and locals. */
  inFunction(args: readonly string[], run: () => number): number {
    const [positional, loops] = [this.positional, this.#loops];
    this.positional = args;
    this.#loops = 0;
    this.#locals.push(new Map());
    try {
      return this.below(run);
    } catch (error) {
      if (error instanceof Ending && error.kind === 'return') return error.status;
      throw error;
    } finally {
      this.#loops = loops;
      this.positional = positional;
      for (const [name, value] of this.#locals.pop() ?? []) this.restore(name, value);
    }
  }

  /** Runs one turn of a loop. */
  turn(run: () => number): {readonly status: number; readonly isOver: boolean} {
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
  subshell(run: () => number): number {
    const {variables, positional, functions, cwd} = this;
    this.variables = new Map(variables);
    this.functions = new Map(functions);
    try {
      return untilEnd(run);
    } finally {
      this.variables = variables;
      this.positional = positional;
      this.functions = functions;
      this.cwd = cwd;
    }
  }

  /** Whether a program is there for a script that asks, though no package may have brought it. */
  isThere(name: string): boolean {
    return isThere(name);
  }

  /** A path as this shell sees it, from the root. */
  path(text: string): string {
    return text.startsWith('/') ? text : `${this.cwd}/${text}`;
  }

  #deeper(): number {
    if (this.#depth >= MOST_DEPTH) this.fail('calls itself for ever');
    return this.#depth + 1;
  }
}
