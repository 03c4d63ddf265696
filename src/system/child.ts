import {execa} from 'execa';
import {LeanosError} from '../core/error.ts';
import {onText} from './on-text.ts';

/** A command that runs beside leanos. */
export interface Child {
  readonly pid: number;
  /** Resolves when it has ended, with its exit status or the signal that ended it; never rejects. */
  readonly ended: Promise<{readonly how: string; readonly ok: boolean}>;
  /** What it has written to standard error, or both streams where they are piped. */
  said(): string;
  kill(): void;
}

export interface ChildOptions {
  /** `attached`: the terminal is the command's own. `piped`: its output is handed to `onOutput`. */
  readonly terminal: 'attached' | 'piped';
  readonly onOutput?: (chunk: string) => void;
}

const KEPT_CHARACTERS = 16_384;

/**
 * Starts a command that cannot outlive leanos: setpriv(1) has the kernel kill it when its parent is gone, however that
 * ended.
 */
export function startChild(argv: readonly [string, ...string[]], {terminal, onOutput}: ChildOptions): Child {
  const stdio = terminal === 'attached' ? 'inherit' : 'pipe';
  const child = execa('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
    stdin: terminal === 'attached' ? 'inherit' : 'ignore',
    stdout: stdio,
    stderr: 'pipe',
    buffer: false,
    reject: false,
    cleanup: false, // setpriv sees to it, also when leanos is killed
  });
  let said = '';
  onText(child.stderr, (text) => {
    said = (said + text).slice(-KEPT_CHARACTERS);
  });
  if (child.stdout !== null) onText(child.stdout, (text) => onOutput?.(text));
  if (child.pid === undefined)
    throw new LeanosError('TOOL_MISSING', `cannot start setpriv (package util-linux)`);
  return {
    pid: child.pid,
    ended: child.then((result) => ({
      how: result.signal ?? `exit status ${String(result.exitCode)}`,
      ok: result.exitCode === 0,
    })),
    said: () => said,
    kill: () => void child.kill('SIGKILL'),
  };
}

/** A command that does its work for as long as its input is open. */
export interface Helper {
  /** Whether it has said something: false where it ended with status 75, or was ended, before. */
  spoke(): Promise<boolean>;
  /** Closes its input, and waits until it has ended. */
  close(): Promise<void>;
  end(): void;
}

/** sysexits.h's EX_TEMPFAIL: what it is for cannot be had now. */
const NOT_NOW = 75;

/** Starts a command that ends with its input, and so with leanos. */
export function startHelper([file, ...args]: readonly [string, ...string[]]): Helper {
  // In a group of its own: ctrl-C is for leanos, which ends it when it has cleaned up.
  const child = execa(file, args, {stdin: 'pipe', reject: false, cleanup: false, detached: true});
  const ended = child.then((result) => result);
  return {
    spoke: () =>
      Promise.race([
        new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(true))),
        ended.then((result) => {
          if (result.exitCode === NOT_NOW || result.isTerminated) return false;
          if (result.code === 'ENOENT') throw new LeanosError('TOOL_MISSING', `'${file}' not found`);
          throw new LeanosError('FILE', result.stderr === '' ? (result.message ?? file) : result.stderr);
        }),
      ]),
    close: async () => {
      child.stdin.end();
      await ended;
    },
    end: () => void child.kill('SIGTERM'),
  };
}
