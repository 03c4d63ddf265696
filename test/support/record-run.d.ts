import type { Run } from '../../src/system/run.ts';
/** A `run` that starts nothing and remembers what it was asked to start. */
export declare function recordRun(answer?: (argv: readonly string[]) => string): {
    run: Run;
    commands: (readonly string[])[];
};
