import type {Plan, Step} from '../../pipeline/plan.ts';
import type {ImageRequest} from '../image-request.ts';
import {MODE_RECIPES} from './modes.ts';

/** The image of a payload in its mode; `undefined` where there is no payload. */
export function planPayload(plan: Plan, {payload, ...request}: ImageRequest): Step | undefined {
  if (payload === undefined) return undefined;
  const recipe = MODE_RECIPES[payload.mode];
  if (typeof recipe === 'string') throw new Error(`mode ${payload.mode}: ${recipe}`);
  return recipe.plan(plan, {...request, payload});
}
