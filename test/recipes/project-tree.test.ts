import {join} from 'node:path';
import {expect, test} from 'vitest';
import {buildrootRequest} from '../../src/build/buildroot-request.ts';
import {loadImage} from '../../src/config/load-image.ts';
import {bothIn} from '../../src/config/places.ts';
import {ARCHITECTURES} from '../../src/core/architecture.ts';
import {Plan} from '../../src/pipeline/plan.ts';
import {planBuildroot, type SourceFolder} from '../../src/recipes/buildroot.ts';
import {toolsTree} from '../../src/stages/tools-tree.ts';
import {NO_INPUTS} from '../support/no-inputs.ts';
import {recordRun} from '../support/record-run.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const {x86_64} = ARCHITECTURES;

test('the bytes of a project’s own tree are in the key of the userland, and not in that of the kernel', async () => {
  const image = await loadImage(bothIn(CHECKOUT), 'minimal');
  const source = (folder: string, only: string) => Promise.resolve({folder, only, digest: 'd'});
  const doors = {image, arch: x86_64, run: recordRun().run, source, ofProject: source};
  const request = await buildrootRequest(bothIn(CHECKOUT), doors);
  const keys = (digest?: string) => {
    const project: SourceFolder | undefined = digest === undefined ? digest : {folder: 'tree', digest};
    const facts = {image, arch: x86_64, host: x86_64, inputs: NO_INPUTS, buildroot: {...request, project}};
    const plan = new Plan(0);
    plan.useTools(plan.add(toolsTree, {packages: []}, {}));
    const {kernel, userland} = planBuildroot(plan, facts);
    return {kernel: kernel().key, userland: userland().key};
  };
  const [none, one, other] = [keys(), keys('a'), keys('b')];
  expect(new Set([none.userland, one.userland, other.userland]).size).toBe(3);
  expect([one.kernel, other.kernel]).toEqual([none.kernel, none.kernel]);
});
