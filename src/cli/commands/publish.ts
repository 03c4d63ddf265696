import {count} from '../../core/count.ts';
import {LeanosError} from '../../core/error.ts';
import {parseSecretKey} from '../../formats/signify.ts';
import {publish} from '../../release/publish.ts';
import {publishTarget} from '../../release/publish-target.ts';
import {releasedBuilds} from '../../build/released-builds.ts';
import type {Context} from '../context.ts';
import {publishTools} from '../../build/host-tools.ts';
import {readKeyFile} from '../../build/key-file.ts';
import {nowMs} from '../../build/now.ts';
import {ownChannel} from '../../build/own-project.ts';

export interface PublishCommandOptions {
  readonly channel: string;
  readonly key: readonly string[];
  readonly out?: string;
  readonly dryRun?: boolean;
}

/** `leanos publish DIR|URL`: the release that a channel points to, signed, where guests and mirrors find it. */
export async function publishCommand(
  place: string,
  options: PublishCommandOptions,
  context: Context,
): Promise<void> {
  const channel = await ownChannel(context.workspace, options.channel);
  const keys = await Promise.all(options.key.map((path) => readKeyFile(path, parseSecretKey)));
  if (keys.length === 0) {
    throw new LeanosError('USAGE', 'nothing is published without a signature; --key FILE.sec is needed', {
      hint: 'leanos keygen NAME     makes a key',
    });
  }
  const target = publishTarget(place, context.run);
  await context.needTools(publishTools(place));
  const files = await releasedBuilds(channel, options.out ?? context.workspace.out, context);
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
