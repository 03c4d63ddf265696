import type { Reporter, TestModule } from 'vitest/node';
/**
 * Closes a run with the line `N passed, N failed` (and `, N skipped`), alone on it. A file that does not load counts as
 * failed.
 */
export default class TallyReporter implements Reporter {
    onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void;
}
