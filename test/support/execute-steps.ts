import type {BuildEnvironment} from '../../src/build/environment.ts';
import type {PreparedBuild} from '../../src/build/prepare.ts';
import {stepDoors} from '../../src/build/step-doors.ts';
import {debianSources} from '../../src/build/workspace.ts';
import {execute} from '../../src/pipeline/execute.ts';
import {Plan, type Step} from '../../src/pipeline/plan.ts';
import {suiteOf} from '../../src/recipes/input-request.ts';

/** Makes some of the steps of a build, those that need none but their tools, in the store of everybody; gives their folders. */
export async function executeSteps(
  steps: readonly Step[],
  {plan, store, request, origin}: PreparedBuild,
  env: BuildEnvironment,
): Promise<string[]> {
  const alone = new Plan(plan.epoch);
  const tools = steps.flatMap((step) => step.tools ?? []);
  alone.steps.push(...new Set([...tools, ...steps]));
  const {run, report, signal, environment} = env;
  const {image, arch} = request;
  const doors = stepDoors({
    cache: env.workspace.cache,
    sources: debianSources(
      {suite: suiteOf(image, arch), archives: image.archives},
      env.workspace,
      environment,
    ),
    epoch: plan.epoch,
    run,
    report,
    compilerCache: undefined,
    userFiles: new Map(),
  });
  const roots = [origin.project, origin.home];
  await execute(alone, {store, roots, report, doors, jobs: 1, signal});
  return steps.map((step) => store.path(step));
}
