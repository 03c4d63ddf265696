import {loadChannel, type Channel} from '../../config/channel.ts';
import {isArchitectureName} from '../../core/architecture.ts';
import {count} from '../../core/count.ts';
import {LeanosError} from '../../core/error.ts';
import {parseSecretKey} from '../../formats/signify.ts';
import {builds, splitBuild} from '../../release/promotion.ts';
import {publish} from '../../release/publish.ts';
import type {PublishedBuild} from '../../release/signed-release.ts';
import {publishTarget} from '../../release/publish-target.ts';
import {buildImage} from '../build-image.ts';
import type {Context} from '../context.ts';
import {readKeyFile} from '../key-file.ts';
import {nowMs} from '../now.ts';

export interface PublishCommandOptions {
  readonly channel: string;
  readonly key: readonly string[];
  readonly out: string;
  readonly dryRun?: boolean;
}

/** `leanos publish DIR|URL`: the release that a channel points to, signed, where guests and mirrors find it. */
export async function publishCommand(
  place: string,
  options: PublishCommandOptions,
  context: Context,
): Promise<void> {
  const channel = await loadChannel(context.workspace.checkout, options.channel);
  const keys = await Promise.all(options.key.map((path) => readKeyFile(path, parseSecretKey)));
  if (keys.length === 0) {
    throw new LeanosError('USAGE', 'nothing is published without a signature; --key FILE.sec is needed', {
      hint: 'leanos keygen NAME     makes a key',
    });
  }
  const target = publishTarget(place, context.run);
  const files = await buildAll(channel, options, context);
  context.quiet();
  context.say(
    `publish ${channel.current?.version ?? ''} of ${channel.name} to ${place}: ${files.map(({image, arch}) => `${image}-${arch}`).join(', ')}; ${channel.rollout} % of machines`,
  );
  if (options.dryRun === true) return context.print('nothing is changed (--dry-run)');
  const {checked, brought} = await publish(target, {
    channel,
    builds: files,
    keys,
    nowMs: nowMs(context.environment),
    onFile: (path) => context.say(`  ${path}`),
    onNote: (text) => context.say(`warning: ${text}`),
  });
  context.print(
    `${channel.name} at ${place} gives ${channel.current?.version ?? ''}, believable for ${channel.expiryDays} days; ${count(checked, 'file')} read back with the digests that they must have, ${brought} of them new`,
  );
}

/** Out of the store where it is there: publishing builds only what a clean machine lacks. */
async function buildAll(
  channel: Channel,
  {out}: PublishCommandOptions,
  context: Context,
): Promise<PublishedBuild[]> {
  if (channel.current === undefined) {
    throw new LeanosError('USAGE', `${channel.name} points to no release`, {
      hint: 'leanos release, leanos promote     point a channel to one',
    });
  }
  const found: PublishedBuild[] = [];
  for (const name of builds(channel)) {
    const {image, arch} = splitBuild(name);
    if (!isArchitectureName(arch)) throw new Error(`${name} has no architecture`);
    const choice = {channel: channel.name, image, arch, out, locked: true};
    const {prepared, artifacts} = await buildImage(choice, context);
    if (prepared.origin.digests === undefined)
      throw new LeanosError('USAGE', `${name} cannot be published: ${prepared.origin.note}`);
    found.push({image, arch, version: prepared.request.version, artifacts});
  }
  return found;
}
