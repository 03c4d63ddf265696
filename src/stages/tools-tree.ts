import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../pipeline/stage.ts';
import {unpackPackages} from './unpack-packages.ts';
import type {PackageOptions} from './userland/packages.ts';

const NOT_NEEDED = ['usr/share', 'usr/lib/systemd', 'usr/lib/udev', 'var'];

/**
 * The programs that the other stages run, unpacked from Debian packages of one pinned release: see system/tools-tree.ts.
 */
export const toolsTree = defineStage<PackageOptions, never>({
  name: 'tools-tree',
  revision: 1,
  tools: [],
  inputs: [],
  timeless: true,
  async build({options, out, run, fetch}) {
    const archives = await fetch(options.packages);
    await unpackPackages(archives, out, run);
    await Promise.all(NOT_NEEDED.map((folder) => rm(join(out, folder), {recursive: true, force: true})));
  },
});
