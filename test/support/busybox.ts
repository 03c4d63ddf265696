import {existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {debianSources, workspace} from '../../src/build/workspace.ts';
import {hostArchitecture} from '../../src/core/architecture.ts';
import {LeanosError} from '../../src/core/error.ts';
import type {FileTree} from '../../src/formats/file-tree.ts';
import {decodeTar} from '../../src/formats/tar.ts';
import type {ImageInputs} from '../../src/recipes/inputs.ts';
import {readPackage} from '../../src/stages/userland/packages.ts';
import {mirrors} from '../../src/system/apt.ts';
import {fetchFiles} from '../../src/system/fetch.ts';
import {run} from '../../src/system/run.ts';
import {artifactFolder} from './built-image.ts';
import {runFolder, temporary} from './temporary.ts';

/** The very BusyBox of the image, as a program of this host. It is unpacked once in a run of tests. */
export async function imageBusybox(): Promise<string> {
  const path = join(runFolder(), 'busybox');
  if (existsSync(path)) return path;
  const tree = await pinnedPackage().catch((error: unknown) => {
    if (error instanceof LeanosError && error.code === 'DOWNLOAD_FAILED') return builtUserland();
    throw error;
  });
  const found = tree.get('usr/bin/busybox') ?? tree.get('bin/busybox');
  if (found?.type !== 'file') throw new Error('the userland has no BusyBox');
  // Whole at once: the tests of other files look for it meanwhile.
  const fresh = join(mkdtempSync(join(runFolder(), 'busybox-')), 'busybox');
  writeFileSync(fresh, found.data, {mode: 0o755});
  renameSync(fresh, path);
  return path;
}

/** The one package of the image's userland that has it, as the lock pins it: no image need be built for that. */
async function pinnedPackage(): Promise<FileTree> {
  const places = workspace(process.env);
  const {home, cache} = places;
  const lock = join(home.path, `locks/test-${hostArchitecture().name}.json`);
  const {userland} = JSON.parse(readFileSync(lock, 'utf8')) as Pick<ImageInputs, 'userland'>;
  const pins = userland.filter(({source}) => source === 'busybox');
  mkdirSync(cache.downloads, {recursive: true});
  const [archive = ''] = await fetchFiles(pins, {
    folder: cache.downloads,
    run,
    mirrors: mirrors(debianSources({suite: '', archives: []}, places, process.env)),
  });
  return readPackage(archive, {run, scratch: join(temporary(), 'package.tar')});
}

/** The mirror has forgotten the pinned package: an image is built with the newest one. */
function builtUserland(): Promise<FileTree> {
  return decodeTar(readFileSync(join(artifactFolder('debian-userland'), 'tree.tar')));
}
