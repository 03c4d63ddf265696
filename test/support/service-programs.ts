import {cpSync, existsSync} from 'node:fs';
import {join} from 'node:path';
import {hostArchitecture} from '../../src/core/architecture.ts';
import {compile, COMPILERS} from '../../src/stages/boot/programs.ts';
import {cachePaths} from '../../src/system/cache.ts';
import {run} from '../../src/system/run.ts';
import {runWithTools, toolCommand, toolEnvironment} from '../../src/system/tools-tree.ts';
import {builtImage, CHECKOUT} from './built-image.ts';
import {temporary} from './temporary.ts';

/** One of the guest's programs, by the folder that it is in, as a program of this host: made as images have it made. */
export async function serviceProgram(
  name: string,
  folder: 'services' | 'containers' = 'services',
): Promise<string> {
  const host = hostArchitecture();
  const trees = builtImage()
    .stages.filter((stage) => stage.name === 'tools-tree')
    .map(({key}) => join(cachePaths(process.env).store, key));
  const tree = trees.find((path) => existsSync(join(path, `usr/bin/${host.gnu}-cc1`)));
  if (tree === undefined) throw new Error('no tools tree of the image has a compiler');
  const sources = join(temporary(), 'native');
  cpSync(join(CHECKOUT, 'init-scripts/native'), sources, {recursive: true});
  const command = toolCommand(tree, host);
  const tools = runWithTools(run, {tools: COMPILERS, command, env: toolEnvironment(tree, host, 0)});
  return compile(join(sources, folder, name), {target: host.gnu, processors: host.processors}, tools);
}
