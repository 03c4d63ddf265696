import {existsSync} from 'node:fs';
import {IMAGE_REFERENCE} from '../core/names.ts';
import {LeanosError} from '../core/error.ts';
import {findBuildFolders, readBuildFolder, type BuildFolder} from '../release/build-folder.ts';
import {buildImage} from './build-image.ts';
import type {BuildChoice} from './choice.ts';
import type {BuildEnvironment} from './environment.ts';

/** At least one. */
export type BuildFolders = readonly [BuildFolder, ...BuildFolder[]];

/**
 * The builds that a word means: a folder of one, a folder of such folders, or the name of an image, which is built once
 * `beforeBuild` has nothing against it.
 * @throws LeanosError USAGE, FILE
 */
export async function buildFolders(
  word: string,
  choice: BuildChoice,
  {beforeBuild, ...env}: BuildEnvironment & {readonly beforeBuild: () => Promise<unknown>},
): Promise<BuildFolders> {
  const folders = await findBuildFolders(word);
  if (folders.length === 0 && !IMAGE_REFERENCE.test(word))
    throw new LeanosError(
      'USAGE',
      `${word}: ${existsSync(word) ? 'has no SHA256SUMS, nor has a folder in it' : 'is no image and no folder'}`,
      {hint: 'leanos push test oci://…     or a folder that `build` or `publish` has made'},
    );
  const build = async (): Promise<string> => {
    await beforeBuild();
    return (await buildImage(choice, env)).directory;
  };
  const paths = folders.length > 0 ? folders : [await build()];
  const [first, ...more] = await Promise.all(paths.map(readBuildFolder));
  if (first === undefined) throw new Error('there is no build');
  const builds: BuildFolders = [first, ...more];
  mustBelongTogether(builds);
  return builds;
}

/** One tag is of one image and version, once for each architecture. */
function mustBelongTogether(builds: BuildFolders): void {
  const names = new Set(builds.map(({identity: {image, version}}) => `${image} ${version}`));
  const arches = new Set(builds.map(({identity: {arch}}) => arch));
  if (names.size === 1 && arches.size === builds.length) return;
  const all = builds.map(({folder}) => folder).join(', ');
  throw new LeanosError(
    'USAGE',
    `one address is for one version of one image, once for each architecture; these are not: ${all}`,
  );
}
