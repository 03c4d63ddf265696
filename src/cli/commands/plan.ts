import {prepareBuild} from '../build-image.ts';
import type {Context} from '../context.ts';
import {buildChoice, type ImageOptions} from '../image-options.ts';

/** `leanos plan` */
export async function planCommand(
  options: ImageOptions & {readonly json?: boolean},
  context: Context,
): Promise<void> {
  const {plan, store, request} = await prepareBuild(buildChoice(options), context);
  context.quiet();
  const stages = await Promise.all(
    plan.steps.map(async (step) => ({name: step.stage.name, key: step.key, cached: await store.has(step)})),
  );
  if (options.json === true) {
    context.print(JSON.stringify({version: request.version, epoch: plan.epoch, stages}, null, 1));
    return;
  }
  const width = Math.max(...stages.map(({name}) => name.length));
  for (const {name, key, cached} of stages) {
    context.print(`${cached ? 'in store' : 'to build'}  ${name.padEnd(width)}  ${key}`);
  }
}
