import {LeanosError} from '../core/error.ts';
import type {ImageRequest} from '../recipes/image-request.ts';
import type {BuildChoice} from './choice.ts';
import type {BuildEnvironment} from './environment.ts';
import {executeBuild, type BuildResult} from './execute-build.ts';
import {findOrigin, projectOrigin, type Origin} from './origin.ts';
import {preparedFrom, withNewestInputs} from './prepare.ts';

/** Looks at what is going to be built. @throws LeanosError where it is of no use to who asks for it */
export type Judge = (request: ImageRequest) => void;

/** Builds what the choice asks for and delivers it to `OUT/CHANNEL/VERSION/IMAGE-ARCH`. */
export async function buildImage(
  choice: BuildChoice,
  env: BuildEnvironment,
  judge?: Judge,
): Promise<BuildResult> {
  const origin = await findOrigin(choice, env);
  try {
    return await buildFrom(origin, choice, env, judge);
  } catch (error) {
    if (
      origin.digests === undefined ||
      choice.locked ||
      !(error instanceof LeanosError) ||
      !GONE.has(error.code)
    )
      throw error;
    const note = `${origin.version}, which channel ${choice.channel} points to, cannot be built again: ${error.message}`;
    env.report({type: 'warning', text: `${note}\n  building from the project as it is instead`});
    const instead = await projectOrigin(origin.channel, env, note.split('\n')[0] ?? '');
    return buildFrom(instead, choice, env, judge);
  }
}

/** What keeps a release from being built again: its packages are gone, or it comes out different. */
const GONE: ReadonlySet<LeanosError['code']> = new Set(['DOWNLOAD_FAILED', 'LOCKED']);

/** Builds from a given origin; where the mirror has forgotten a package of the project's lock, with what it has now. */
export async function buildFrom(
  origin: Origin,
  choice: BuildChoice,
  env: BuildEnvironment,
  judge: Judge = () => undefined,
): Promise<BuildResult> {
  const prepared = await preparedFrom(origin, choice, env);
  judge(prepared.request);
  try {
    return await executeBuild(prepared, env);
  } catch (error) {
    if (origin.digests !== undefined) throw error;
    return executeBuild(await withNewestInputs(prepared, error, env), env);
  }
}
