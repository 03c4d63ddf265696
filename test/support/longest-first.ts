import {BaseSequencer, type TestSpecification} from 'vitest/node';

/** What takes minutes, the longest first: begun last it would run on beside processors that have nothing left to do. */
const MINUTES = [
  'boot/architectures',
  'boot/bad-release',
  'boot/update',
  'boot/howto',
  'boot/services',
  'boot/datasources',
  'boot/clouds',
  'boot/hardware',
  'boot/packages',
  'boot/formats',
  'tools/build',
  'boot/power',
  'tools/sandbox',
  'boot/image',
  'tools/builder',
  'boot/contract',
  'boot/state-power',
  'boot/copied-disk',
  'tools/release',
];

/** Starts the files that take long before the others, which vitest knows only when it has run them before. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    return [...others].sort((a, b) => rank(a) - rank(b));
  }
}

function rank({moduleId}: TestSpecification): number {
  const found = MINUTES.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return found === -1 ? MINUTES.length : found;
}
