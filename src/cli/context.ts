import type {LiveConsole} from '../console/live.ts';
import {plainConsole} from '../console/plain.ts';
import {processEnvironment, type BuildEnvironment} from '../build/environment.ts';
import {installTools} from '../build/install-tools.ts';
import type {Report} from '../pipeline/events.ts';

/** What every command is handed: where things are, its doors, and how it speaks. */
export interface Context extends BuildEnvironment {
  /** The result, for standard output. */
  print(text: string): void;
  /** Everything else, for standard error. */
  say(text: string): void;
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
  const report: Report = (event) => {
    if (view === undefined) {
      plain(event);
      return;
    }
    live ??= new view.LiveConsole(process.stderr);
    live.report(event);
  };
  const env = processEnvironment({signal, report});
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  return {
    ...env,
    needTools: (tools) => installTools(tools, {run: env.run, say, signal}),
    print: (text) => void process.stdout.write(`${text}\n`),
    say,
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
