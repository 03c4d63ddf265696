import type {Reporter, TestModule} from 'vitest/node';

/**
 * Closes a run with the line `N passed, N failed` (and `, N skipped`), alone on it. A file that does not load counts as
 * failed.
 */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    const skipped = count('skipped');
    const line = `${count('passed')} passed, ${count('failed') + broken} failed`;
    process.stdout.write(`\n${line}${skipped === 0 ? '' : `, ${skipped} skipped`}\n`);
  }
}
