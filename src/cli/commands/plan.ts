import {stepName} from '../../pipeline/plan.ts';
import {prepareBuild} from '../../build/prepare.ts';
import type {Context} from '../context.ts';
import {buildChoice, type ImageOptions} from '../image-options.ts';

/** `leanos plan` */
export async function planCommand(
  options: ImageOptions & {readonly json?: boolean},
  context: Context,
): Promise<void> {
  const {plan, store, request} = await prepareBuild(await buildChoice(options, context.workspace), context);
  context.quiet();
  const steps = await Promise.all(plan.steps.map(async (step) => ({step, cached: await store.has(step)})));
  if (options.json === true) {
    const stages = steps.map(({step: {stage, key}, cached}) => ({name: stage.name, key, cached}));
    context.print(JSON.stringify({version: request.version, epoch: plan.epoch, stages}, null, 1));
    return;
  }
  const width = Math.max(...steps.map(({step}) => stepName(step).length));
  for (const {step, cached} of steps) {
    context.print(`${cached ? 'in store' : 'to build'}  ${stepName(step).padEnd(width)}  ${step.key}`);
  }
}
