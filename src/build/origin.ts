import {loadChannel, type Channel} from '../config/channel.ts';
import type {ImageDefinition} from '../config/image.ts';
import {parseReference, plainName, type Places} from '../config/places.ts';
import {developmentVersion} from '../core/version.ts';
import type {SourceRoot} from '../pipeline/stage.ts';
import {ARCHITECTURES} from '../core/architecture.ts';
import {kernelPackage} from '../recipes/input-request.ts';
import {lockPath} from '../recipes/lock.ts';
import type {ReleaseRecord} from '../release/record.ts';
import {checkoutTime} from '../system/checkout.ts';
import type {BuildChoice} from './choice.ts';
import type {BuildEnvironment} from './environment.ts';
import {releaseSource} from './release-source.ts';
import type {Workspace} from './workspace.ts';

/** What an image is built from: a release, or the project as it is; and what leanos brings to it. */
export interface Origin {
  /** The folder of what leanos brings. */
  readonly home: SourceRoot;
  /** The folder of what the user writes; the same one for leanos' own checkout. */
  readonly project: SourceRoot;
  /** As it is now: what a guest is told of updates, whatever it is built from. */
  readonly channel: Channel;
  readonly version: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly commit: string | undefined;
  /** The file of the pins, where it is not the one that belongs to the image. */
  readonly lock?: string | undefined;
  /** Of a release: the digests that the artifacts must have, by kind, and the leanos that made them. */
  readonly digests?: Readonly<Record<string, string>> | undefined;
  readonly madeBy?: ReleaseRecord['leanos'];
  /** For people. */
  readonly note: string;
}

/** The release that the channel points to, or else the project as it is. */
export async function findOrigin(choice: BuildChoice, env: BuildEnvironment): Promise<Origin> {
  const {workspace} = env;
  const channel = await loadChannel(workspace.channels, choice.channel);
  const build = `${plainName(choice.image)}-${choice.arch}`;
  const found = noRelease(choice, workspace) ?? (await releaseSource(channel, build, env));
  if (typeof found === 'string') return projectOrigin(channel, env, found);
  const {record, folder, lock} = found;
  return {
    ...rootsOf(workspace, folder),
    channel,
    lock,
    version: record.version,
    epoch: record.epoch,
    commit: record.commit,
    digests: record.images[build]?.digests,
    madeBy: record.leanos,
    note: `the release that channel ${choice.channel} points to`,
  };
}

/** Why no release is looked for; `undefined` where one is. */
function noRelease({base, image, payload}: BuildChoice, workspace: Workspace): string | undefined {
  if (base !== undefined) return `--base ${base} was asked for, and releases are as their images say`;
  if (payload !== undefined) return 'a payload was asked for, and releases are as their images say';
  if (workspace.channels !== workspace.project) return 'the project has no channels/';
  if (isBrought(image, workspace)) return `${image} is of leanos, and releases are of a project`;
  return undefined;
}

/** The project as it is, and why it is taken. */
export async function projectOrigin(
  channel: Channel,
  {workspace, environment, run}: BuildEnvironment,
  why: string,
): Promise<Origin> {
  const {home, project} = workspace;
  const {epoch, commit, note} = await checkoutTime(project, {
    run,
    sourceDateEpoch: environment['SOURCE_DATE_EPOCH'],
    recorded: project === home.path ? home.commit : undefined,
  });
  return {
    ...rootsOf(workspace, project),
    channel,
    version: developmentVersion(epoch),
    epoch,
    commit,
    note: `a development build: ${note}; ${why}`,
  };
}

/** The two folders of a build from a folder of the project's files: leanos' own checkout is built with its own scripts. */
export function rootsOf({home, project}: Workspace, folder: string): Pick<Origin, 'home' | 'project'> {
  const own = folder === home.path ? home : {path: folder};
  return {home: project === home.path ? own : home, project: own};
}

/** Where the definitions of an origin are. */
export function placesOf({home, project}: Pick<Origin, 'home' | 'project'>): Places {
  return {home: home.path, project: project.path};
}

/** The lock of what is chosen of an image: where that takes other packages than its definition does, it has a lock of its own. */
export function lockOf(
  workspace: Workspace,
  {own, image}: {readonly own: ImageDefinition; readonly image: ImageDefinition},
  choice: BuildChoice,
): string {
  const root = isBrought(choice.image, workspace) ? workspace.home.path : workspace.project;
  const arch = ARCHITECTURES[choice.arch];
  const {base} = choice;
  const isOwnBase = base === undefined || (own.base.kernel === base && own.base.userland === base);
  const kernel = kernelPackage(image, arch);
  const isOwnKernel = !isOwnBase || kernel === kernelPackage(own, arch);
  if (image.hypervisor) return lockPath(root, own.name, arch.name, XEN);
  return lockPath(root, own.name, arch.name, isOwnBase ? (isOwnKernel ? undefined : kernel) : base);
}

/** What is in the name of a lock that has Xen too. */
const XEN = 'xen';

/** Whether an image is one that leanos brings to somebody else's project. */
export function isBrought(image: string, {home, project}: Workspace): boolean {
  return parseReference(image).isBrought && home.path !== project;
}
