import {defineConfig} from 'vitest/config';

/** The real Buildroot: minutes to hours. `npm run test:buildroot` runs it; the default tests do not. */
export default defineConfig({
  test: {
    include: ['test/buildroot/**/*.test.ts'],
    reporters: ['default', './test/support/tally-reporter.ts'],
    passWithNoTests: false,
    globalSetup: './test/support/global-setup.ts',
    testTimeout: 5_400_000,
    hookTimeout: 5_400_000,
    teardownTimeout: 120_000, // what was built are many files
    fileParallelism: false,
  },
});
