import {execa} from 'execa';
import {LeanosError} from '../core/error.ts';

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
  const keep = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-KEPT_CHARACTERS);
  };
  child.stderr.on('data', keep);
  child.stdout?.on('data', (chunk: Buffer) => onOutput?.(chunk.toString('latin1')));
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
