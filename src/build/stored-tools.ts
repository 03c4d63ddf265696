import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {hostArchitecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import type {Run} from '../system/run.ts';
import {findInTree, toolCommand, toolEnvironment} from '../system/tools-tree.ts';
import {installCommand, type HostTool} from './host-tools.ts';

/** What reads disks and is of no use to a build on the host, which has its own. */
const READERS: readonly HostTool[] = [
  {name: 'qemu-img', package: 'qemu-utils', why: 'reads disks'},
  {name: 'unsquashfs', package: 'squashfs-tools', why: 'reads the file system of /usr'},
];

/** A `run` that takes what reads disks, where the host lacks it, from what an earlier build has left in the store. */
export function runWithStoredTools(run: Run, store: string): Run {
  return async ([name, ...args], options = {}) => {
    const reader = READERS.find((tool) => tool.name === name);
    try {
      return await run([name, ...args], options);
    } catch (error) {
      if (reader === undefined || !(error instanceof LeanosError) || error.code !== 'TOOL_MISSING')
        throw error;
      const tree = await storedTree(store, name);
      if (tree === undefined) throw missing(reader);
      const host = hostArchitecture();
      const env = {...toolEnvironment(tree, host, 0), ...options.env};
      return run([...toolCommand(tree, host)(name), ...args], {...options, env});
    }
  };
}

/** The newest tools tree of the store that has a program for this host. */
async function storedTree(store: string, name: string): Promise<string | undefined> {
  const folders = (await readdir(store).catch(() => [])).map((key) => join(store, key));
  const trees = folders.filter((folder) => findInTree(folder, hostArchitecture(), name) !== undefined);
  const aged = await Promise.all(trees.map(async (tree) => ({tree, ageMs: (await stat(tree)).mtimeMs})));
  return aged.sort((one, other) => other.ageMs - one.ageMs)[0]?.tree;
}

function missing(reader: HostTool): LeanosError {
  return new LeanosError(
    'TOOL_MISSING',
    `this host has no ${reader.name}: \`leanos build\` brings one, or ${installCommand([reader])}`,
  );
}
