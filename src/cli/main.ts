import {CommanderError} from 'commander';
import {LeanosError, exitStatus} from '../core/error.ts';
import {annotationLine, errorAnnotations, isGithubJob} from '../console/github.ts';
import {processContext} from './context.ts';
import {leanosCommand} from './program.ts';
import {asUserError, errorJson, renderError} from '../console/render-error.ts';

const USAGE_STATUS = 2;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second time somebody means it.
    if (interrupted.signal.aborted) process.exit(1);
    interrupted.abort(new LeanosError('INTERRUPTED', 'interrupted; nothing half-done is left'));
  });
}
// A reader that has seen enough (`leanos plan | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const context = await processContext({signal: interrupted.signal});
try {
  await leanosCommand(context).parseAsync();
} catch (thrown) {
  context.quiet();
  process.exitCode = fail(thrown);
}
// What is done is done: nothing that a library left open may keep the command from ending. Pipes are written at once
// (Node's "A note on process I/O"), so nothing is cut off.
process.exit();

function fail(thrown: unknown): number {
  // commander has said what is wrong by now; its own status is 1 for every wrong usage, and 0 for --help.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : USAGE_STATUS;
  const error = asUserError(thrown);
  const text = renderError(error);
  context.say(text);
  if (isGithubJob(process.env))
    for (const found of errorAnnotations(text)) context.say(annotationLine(found));
  if (process.argv.includes('--json')) context.print(errorJson(error));
  return exitStatus(error);
}
