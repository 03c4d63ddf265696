import type {Run} from '../../src/system/run.ts';

/** A `run` that starts nothing and remembers what it was asked to start. */
export function recordRun(answer: (argv: readonly string[]) => string = () => ''): {
  run: Run;
  commands: (readonly string[])[];
} {
  const commands: (readonly string[])[] = [];
  const run: Run = (argv) => {
    commands.push(argv);
    return Promise.resolve(answer(argv));
  };
  return {run, commands};
}
