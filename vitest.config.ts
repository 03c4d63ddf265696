import {defineConfig} from 'vitest/config';
import {LongestFirst} from './test/support/longest-first.ts';

/**
 * unit:  no tools but Node; seconds.
 * guest: the guest's scripts under the BusyBox of the image.
 * tools: real tools, real stages, the command line; no machine is booted.
 * boot:  real images in QEMU.
 */
const project = (name: string, include: string[], more = {}) => ({test: {name, include, ...more}});

export default defineConfig({
  test: {
    reporters: ['default', './test/support/tally-reporter.ts'],
    passWithNoTests: false,
    globalSetup: './test/support/global-setup.ts',
    // As many files at once as there are processors. A machine without KVM takes one of them.
    maxWorkers: '100%',
    sequence: {sequencer: LongestFirst},
    projects: [
      project('unit', ['test/**/*.test.ts'], {
        exclude: ['test/{guest,tools,boot,buildroot}/**'],
        testTimeout: 60_000,
      }),
      project('guest', ['test/guest/**/*.test.ts'], {
        testTimeout: 120_000,
        hookTimeout: 120_000,
      }),
      project('tools', ['test/tools/**/*.test.ts'], {
        testTimeout: 600_000,
        hookTimeout: 600_000,
      }),
      project('boot', ['test/boot/**/*.test.ts'], {
        testTimeout: 600_000,
        hookTimeout: 600_000,
      }),
    ],
  },
});
