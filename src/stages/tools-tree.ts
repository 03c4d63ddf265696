import {readdir, rm, symlink} from 'node:fs/promises';
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
  revision: 2,
  tools: [],
  inputs: [],
  timeless: true,
  async build({options, out, run, fetch}) {
    const archives = await fetch(options.packages);
    await unpackPackages(archives, out, run);
    await nameCompilers(out);
    await Promise.all(NOT_NEEDED.map((folder) => rm(join(out, folder), {recursive: true, force: true})));
  },
});

/** The compiler itself is no program of a PATH. It gets a name as those of binutils have: TARGET-cc1. */
async function nameCompilers(tree: string): Promise<void> {
  for (const folder of ['gcc', 'gcc-cross'])
    for (const target of await namesIn(join(tree, 'usr/libexec', folder)))
      for (const version of await namesIn(join(tree, 'usr/libexec', folder, target)))
        await symlink(
          `../libexec/${folder}/${target}/${version}/cc1`,
          join(tree, 'usr/bin', `${target}-cc1`),
        );
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
