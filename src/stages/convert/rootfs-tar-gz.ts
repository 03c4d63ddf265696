import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';
import {rootFolders} from '../root-skeleton.ts';
import {rootAround} from '../rootfs/merged-usr.ts';

export type RootfsTarGzOptions = {
  /** The name of the login user, who has a home. */
  readonly user: string;
};

/** The whole root filesystem as `rootfs.tar.gz`, for containers and for whoever wants to look. */
export const rootfsTarGz = defineStage<RootfsTarGzOptions, 'rootfs'>({
  name: 'rootfs-tar-gz',
  revision: 5,
  tools: ['gzip'],
  inputs: ['rootfs'],
  async build({options, inputs, out, run, epoch}) {
    const usr = await readTree(inputs.rootfs, 'usr.tar');
    const tar = join(out, '.rootfs.tar');
    await writeFile(tar, await encodeTar(rootAround(usr, rootFolders(options.user)), epoch));
    await run(['gzip', '-1', '--no-name', '--stdout'], {
      inputFile: tar,
      outputFile: join(out, 'rootfs.tar.gz'),
      low: true,
    });
    await rm(tar);
  },
});
