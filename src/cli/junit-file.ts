import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {BuildChoice} from '../build/choice.ts';
import {isoTime} from '../build/now.ts';
import {junitReport} from '../console/junit.ts';
import {asUserError, renderError} from '../console/render-error.ts';
import {writeWhole} from '../system/whole-file.ts';
import type {TrialResult} from '../vm/trial.ts';
import type {Context} from './context.ts';

/** Does the work of a test, and writes what `results` has by its end to the file of `--junit`, however the work ends. */
export async function withJunit<T>(
  junit: string | undefined,
  {image, arch, channel}: BuildChoice,
  results: readonly TrialResult[],
  {workspace}: Context,
  work: () => Promise<T>,
): Promise<T> {
  if (junit === undefined) return work();
  const timestamp = isoTime(Date.now()).replace('Z', '');
  let error: string | undefined;
  try {
    return await work();
  } catch (thrown) {
    error = renderError(asUserError(thrown));
    throw thrown;
  } finally {
    const report = {name: `${image}-${arch}`, timestamp, properties: {image, arch, channel}, results, error};
    await mkdir(dirname(junit), {recursive: true});
    await writeWhole(junit, await junitReport(workspace.home.path, report));
  }
}
