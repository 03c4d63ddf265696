import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {directory, type Entry} from '../../formats/file-tree.ts';
import {encodeTar} from '../../formats/tar.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {readTree} from '../read-tree.ts';
import {rootAround} from '../rootfs/merged-usr.ts';

/** Folders of / that a fresh system has, with the modes that differ from 0755. */
const STATE_FOLDERS: Readonly<Record<string, number>> = {
  dev: 0o755,
  home: 0o755,
  mnt: 0o755,
  proc: 0o755,
  root: 0o700,
  run: 0o755,
  sys: 0o755,
  tmp: 0o1777,
  var: 0o755,
  'var/lib': 0o755,
  'var/log': 0o755,
  'var/tmp': 0o1777,
};

/** The whole root filesystem as `rootfs.tar.gz`, for containers and for whoever wants to look. */
export const rootfsTarGz = defineStage<Record<string, never>, 'rootfs'>({
  name: 'rootfs-tar-gz',
  revision: 4,
  tools: ['gzip'],
  inputs: ['rootfs'],
  async build({inputs, out, run, epoch}) {
    const usr = await readTree(inputs.rootfs, 'usr.tar');
    const state = new Map(
      Object.entries(STATE_FOLDERS).map(([path, mode]): [string, Entry] => [path, directory(mode)]),
    );
    const tar = join(out, '.rootfs.tar');
    await writeFile(tar, await encodeTar(rootAround(usr, state), epoch));
    await run(['gzip', '-1', '--no-name', '--stdout'], {
      inputFile: tar,
      outputFile: join(out, 'rootfs.tar.gz'),
      low: true,
    });
    await rm(tar);
  },
});
