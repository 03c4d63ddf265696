import {tmpdir} from 'node:os';
import {temporaryFolder} from '../system/temporary.ts';
import {inspectFile, type Inspected} from './inspect-file.ts';
import {payloadAt} from './payload-place.ts';

/**
 * Says what a file is; of a folder with a container image what the tar of it is that a build takes, by whose bytes size and sha256
 * are. @throws LeanosError USAGE for anything else
 */
export async function inspectPath(path: string): Promise<Inspected> {
  await using scratch = await temporaryFolder(tmpdir());
  const registry = (): Promise<never> => Promise.reject(new Error('a path is no address'));
  const {path: file} = await payloadAt(path, {downloads: scratch.path, registry});
  return {...(await inspectFile(file)), file: path};
}
