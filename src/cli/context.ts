import type {LiveConsole} from '../console/live.ts';
import {plainConsole} from '../console/plain.ts';
import type {Report} from '../pipeline/events.ts';
import {run as runCommand, type Run} from '../system/run.ts';
import {workspace, type Workspace} from './workspace.ts';

/** What every command is handed: where things are, its doors, and how it speaks. */
export interface Context {
  readonly workspace: Workspace;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends with the user's patience. */
  readonly signal: AbortSignal;
  readonly run: Run;
  /** The result, for standard output. */
  print(text: string): void;
  /** Everything else, for standard error. */
  say(text: string): void;
  readonly report: Report;
  /** Ends the live view, so that what follows stays. */
  quiet(): void;
}

/** The context of this process. `json` keeps standard output for one value. */
export async function processContext({signal}: {signal: AbortSignal}): Promise<Context> {
  const view = isTerminal() ? await import('../console/live.ts') : undefined;
  let live: LiveConsole | undefined;
  const plain = plainConsole((text) => void process.stderr.write(text));
  const quiet = (): void => {
    live?.[Symbol.dispose]();
    live = undefined;
  };
  return {
    workspace: workspace(process.env),
    environment: process.env,
    signal,
    run: (argv, options = {}) => runCommand(argv, {signal, ...options}),
    print: (text) => void process.stdout.write(`${text}\n`),
    say: (text) => void process.stderr.write(`${text}\n`),
    report: (event) => {
      if (view === undefined) {
        plain(event);
        return;
      }
      live ??= new view.LiveConsole(process.stderr);
      live.report(event);
    },
    quiet,
  };
}

function isTerminal(): boolean {
  // A terminal that does not say how high it is cannot be drawn on.
  return (
    process.stderr.isTTY &&
    process.stderr.rows > 0 &&
    process.env['CI'] === undefined &&
    process.env['TERM'] !== 'dumb'
  );
}
