import {stepName} from '../../pipeline/plan.ts';
import {explainPackage} from '../../build/explain-package.ts';
import {prepareBuild, type PreparedBuild} from '../../build/prepare.ts';
import type {Context} from '../context.ts';
import {buildChoice, type ImageOptions} from '../image-options.ts';
import {whyLines} from '../why-package.ts';

export interface PlanOptions extends ImageOptions {
  readonly json?: boolean;
  /** The name of a package. */
  readonly why?: string;
}

/** `leanos plan` */
export async function planCommand(options: PlanOptions, context: Context): Promise<void> {
  const prepared = await prepareBuild(await buildChoice(options, context.workspace), context);
  if (options.why !== undefined) return explain(options.why, prepared, options, context);
  const {plan, store, request} = prepared;
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

/** `leanos plan --why` */
async function explain(
  name: string,
  prepared: PreparedBuild,
  {json}: PlanOptions,
  context: Context,
): Promise<void> {
  const answer = await explainPackage(name, prepared, context);
  context.quiet();
  if (json === true) context.print(JSON.stringify(answer, null, 1));
  else for (const line of whyLines(answer)) context.print(line);
}
