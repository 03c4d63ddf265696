/** leanos in tests of vitest: an image that is built once, and a machine that boots it. */
import {test as base, type TestAPI} from 'vitest';
import {boot, build, type BootOptions, type BuildOptions, type Image, type Machine} from './index.ts';

/** What a test is handed that asks for it by name. */
export interface LeanosFixtures {
  /** Built when a test of the file first asks for it. */
  readonly image: Image;
  /** Booted when a test first asks for it; it ends with the file, or with the test where it is a fresh one. */
  readonly machine: Machine;
}

/** Which image the tests of a file have, and how it boots. */
export interface LeanosTestOptions {
  /** The image's name; without it the only one of the project, or `test`. */
  readonly image?: string;
  readonly build?: BuildOptions;
  readonly boot?: BootOptions;
  /** Whether each test has a machine of its own. Without it all of a file have one. */
  readonly fresh?: boolean;
}

/** vitest's `test` with the fixtures `image` and `machine`. Booting takes a while: give tests and hooks the time. */
export function leanosTest(options: LeanosTestOptions = {}): TestAPI<LeanosFixtures> {
  return base.extend<LeanosFixtures>({
    image: [
      async ({}, use) => {
        await use(await build(options.image, options.build));
      },
      {scope: 'file'},
    ],
    machine: [
      async ({image}: {image: Image}, use: (machine: Machine) => Promise<void>) => {
        await using machine = await boot(image, options.boot);
        await use(machine);
      },
      {scope: options.fresh === true ? 'test' : 'file'},
    ],
  });
}

/** `test` with the image of the project, and one machine for all tests of a file. */
export const test: TestAPI<LeanosFixtures> = leanosTest();
