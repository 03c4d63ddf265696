import {loadChannel} from '../config/channel.ts';
import {loadImage} from '../config/load-image.ts';
import {developmentVersion} from '../core/version.ts';
import {lockPath} from '../recipes/lock.ts';
import {checkoutTime} from '../system/checkout.ts';
import type {BuildChoice} from './choice.ts';
import type {BuildEnvironment} from './environment.ts';
import {releaseSource} from './release-source.ts';

/** What an image is built from: a release, or the checkout as it is. */
export interface Origin {
  /** The folder with images/ and init-scripts/. */
  readonly folder: string;
  readonly version: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly commit: string | undefined;
  /** The pins: those of a release must be kept. */
  readonly lock: string;
  /** Of a release: the digests that the artifacts must have, by kind. */
  readonly digests?: Readonly<Record<string, string>> | undefined;
  /** For people. */
  readonly note: string;
}

/** The release that the channel points to, or else the checkout. */
export async function findOrigin(choice: BuildChoice, env: BuildEnvironment): Promise<Origin> {
  const {workspace, run} = env;
  const channel = await loadChannel(workspace.checkout, choice.channel);
  const build = `${choice.image}-${choice.arch}`;
  const where = {checkout: workspace.checkout, sources: workspace.cache.sources, run};
  const found =
    choice.base === undefined
      ? await releaseSource(channel, build, where)
      : `--base ${choice.base} was asked for, and releases are as their images say`;
  if (typeof found === 'string') return checkoutOrigin(choice, env, found);
  const {record, folder, lock} = found;
  return {
    folder,
    lock,
    version: record.version,
    epoch: record.epoch,
    commit: record.commit,
    digests: record.images[build]?.digests,
    note: `the release that channel ${choice.channel} points to`,
  };
}

/** The checkout as it is, and why it is taken. */
export async function checkoutOrigin(
  choice: BuildChoice,
  env: BuildEnvironment,
  why: string,
): Promise<Origin> {
  const {checkout} = env.workspace;
  const sourceDateEpoch = env.environment['SOURCE_DATE_EPOCH'];
  const lock = await lockOf(checkout, choice);
  const {epoch, commit, note} = await checkoutTime(checkout, {run: env.run, sourceDateEpoch});
  return {
    folder: checkout,
    version: developmentVersion(epoch),
    epoch,
    commit,
    lock,
    note: `a development build: ${note}; ${why}`,
  };
}

/** The lock of the image that the choice asks for. */
export async function lockOf(checkout: string, {image, arch, base}: BuildChoice): Promise<string> {
  if (base === undefined) return lockPath(checkout, image, arch);
  const own = (await loadImage(checkout, image)).base;
  const isOwn = own.kernel === base && own.userland === base;
  return lockPath(checkout, image, arch, isOwn ? undefined : base);
}
