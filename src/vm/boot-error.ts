import {LeanosError} from '../core/error.ts';
import {deadEndAt, describeReached, type BootPhase} from './boot-phases.ts';

const TAIL_LINES = 40;
/** The most lines, where the last 40 do not hold the reason: a panic's registers and stack come after it. */
const MOST_LINES = 120;

/** What is known of a machine that failed. */
export interface BootState {
  readonly reached: BootPhase | undefined;
  /** All that its console said, and QEMU itself after that. */
  readonly said: string;
  /** A line for a shell that starts the same again. */
  readonly command: string;
  readonly log: string;
}

/** A machine that did not come up, or went no further: how far it came, and what it said. The code is BOOT_FAILED. */
export class BootError extends LeanosError {
  /** The phase that was seen last; `undefined` where QEMU itself did not start. */
  readonly reached: BootPhase | undefined;
  /** The last 40 lines of the console; up to 120, so that the one that says what ended the boot is there. */
  readonly console: readonly string[];
  /** The command that repeats it, with the console in the terminal. */
  readonly command: string;
  /** The file with all that the console said. */
  readonly log: string;

  constructor(message: string, {reached, said, command, log}: BootState, cause?: unknown) {
    const console = lastWords(said);
    const [first = '', ...rest] = message.split('\n');
    const text = [
      first,
      ...rest,
      `  ${describeReached(reached)}`,
      ...(console.length === 0 ? ['  the console said nothing'] : console.map((line) => `  | ${line}`)),
    ].join('\n');
    super('BOOT_FAILED', text, {
      hint: `${command}     repeats it\n${log}     has all of the console`,
      cause,
    });
    this.name = 'BootError';
    this.reached = reached;
    this.console = console;
    this.command = command;
    this.log = log;
  }
}

function lastWords(said: string): string[] {
  const tail = linesOf(said).slice(-MOST_LINES);
  const end = deadEndAt(said);
  const sinceEnd = end === undefined ? 0 : linesOf(said.slice(end)).length;
  return tail.slice(-Math.max(TAIL_LINES, sinceEnd));
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
