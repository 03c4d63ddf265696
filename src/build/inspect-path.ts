import {tmpdir} from 'node:os';
import {temporaryFolder} from '../system/temporary.ts';
import type {BuildEnvironment} from './environment.ts';
import {inspectFile, type Inspected} from './inspect-file.ts';
import {payloadAt} from './payload-place.ts';
import {runWithStoredTools} from './stored-tools.ts';

/**
 * Says what a file is; of a folder with a container image what the tar of it is that a build takes, by whose bytes size and sha256
 * are. @throws LeanosError USAGE for anything else
 */
export async function inspectPath(
  path: string,
  {run, workspace}: Pick<BuildEnvironment, 'run' | 'workspace'>,
): Promise<Inspected> {
  await using scratch = await temporaryFolder(tmpdir());
  const registry = (): Promise<never> => Promise.reject(new Error('a path is no address'));
  const {path: file} = await payloadAt(path, {downloads: scratch.path, registry});
  return {...(await inspectFile(file, runWithStoredTools(run, workspace.cache.store))), file: path};
}
