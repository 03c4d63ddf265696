import {Plan, type Step} from '../pipeline/plan.ts';
import {COMPILERS} from '../stages/boot/programs.ts';
import {toolsTree} from '../stages/tools-tree.ts';
import type {PackagePin} from '../system/apt.ts';
import type {ImageRequest} from './image-request.ts';
import {DISC_TOOLS} from './input-request.ts';
import {hostInputs, PYTHON_TOOLS} from './inputs.ts';
import {planLinux} from './linux.ts';
import {planPayload} from './payload/plan-payload.ts';

/**
 * The way from inputs to an image, as a plan. Pure: nothing is built, and equal requests give equal keys.
 * `release` is the step whose artifact is the folder of files that the user gets.
 */
export function planImage(request: ImageRequest): {plan: Plan; release: Step} {
  const plan = new Plan(request.epoch);
  const {tools, discTools, compiler, python} = hostInputs(request);
  plan.useTools(plan.add(toolsTree, {packages: tools}, {}));
  plan.useToolsFor(DISC_TOOLS, () => plan.add(toolsTree, {packages: union(tools, discTools)}, {}));
  plan.useToolsFor(PYTHON_TOOLS, () => plan.add(toolsTree, {packages: python}, {}));
  plan.useToolsFor(COMPILERS, () => plan.add(toolsTree, {packages: compiler}, {}));
  return {plan, release: planPayload(plan, request) ?? planLinux(plan, request)};
}

/** Packages of which some may be in both lists. */
function union(...lists: readonly (readonly PackagePin[])[]): PackagePin[] {
  return [...new Map(lists.flat().map((pin) => [pin.sha256, pin])).values()];
}
