import type {Channel} from '../config/channel.ts';
import {LeanosError} from '../core/error.ts';
import {builds, splitBuild} from '../release/promotion.ts';
import type {PublishedBuild} from '../release/signed-release.ts';
import {buildImage} from './build-image.ts';
import type {BuildEnvironment} from './environment.ts';

/**
 * The files of what a channel points to, out of the store where it is there: only what a clean machine lacks is built.
 * @throws LeanosError USAGE where the channel points to nothing, or to what cannot be built again
 */
export async function releasedBuilds(
  channel: Channel,
  out: string,
  env: BuildEnvironment,
): Promise<PublishedBuild[]> {
  if (channel.current === undefined) {
    throw new LeanosError('USAGE', `${channel.name} points to no release`, {
      hint: 'leanos release, leanos promote     point a channel to one',
    });
  }
  const found: PublishedBuild[] = [];
  for (const name of builds(channel)) {
    const {image, arch} = splitBuild(name);
    const choice = {channel: channel.name, image, arch, out, locked: true};
    const {prepared, artifacts} = await buildImage(choice, env);
    if (prepared.origin.digests === undefined)
      throw new LeanosError('USAGE', `${name} cannot be published: ${prepared.origin.note}`);
    found.push({image, arch, version: prepared.request.version, artifacts});
  }
  return found;
}
