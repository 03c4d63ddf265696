import {LeanosError} from '../core/error.ts';

/** `LEANOS_TIMEOUT_SCALE`: what all deadlines of machines are multiplied with, for hosts that are slow. */
export function timeScale(environment: NodeJS.ProcessEnv): number {
  const text = environment['LEANOS_TIMEOUT_SCALE'] ?? '1';
  const scale = Number(text);
  if (scale > 0 && scale <= 1000) return scale;
  throw new LeanosError('USAGE', `LEANOS_TIMEOUT_SCALE is "${text}"; a number from 0 to 1000 is needed`);
}
