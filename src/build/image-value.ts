import {DISK_FORMATS, type DiskDriver} from '../stages/disk/disk-formats.ts';
import {baseName} from '../config/image.ts';
import {ARCHITECTURES, type ArchitectureName} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {kernelCommandLine} from '../recipes/command-line.ts';
import type {BootableImage} from '../vm/boot-image.ts';
import type {BuildResult} from './execute-build.ts';

/** A file of an image. */
export interface ImageArtifact {
  /** Such as `disk`, `kernel`, `initramfs`, `usr`, `rootfs`, `manifest`, `sbom`. */
  readonly kind: string;
  /** Such as `qcow2`, `raw`, `tar.gz`. */
  readonly format: string;
  readonly path: string;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** A step of a build, and what it took. */
export interface ImageStage {
  readonly name: string;
  /** The sha256 of all that decides it. */
  readonly key: string;
  readonly seconds: number;
  /** Whether the store had it already. */
  readonly cached: boolean;
}

/** What `leanos build --json` prints. */
export interface BuildReport {
  /** `DAYS.MINOR.PATCH`; with `-dev` for what is no release. */
  readonly version: string;
  /** `alpha`, `beta`, `stable`, or a channel of one's own. */
  readonly channel: string;
  /** The name of its definition. */
  readonly image: string;
  readonly arch: ArchitectureName;
  /** `debian`, `buildroot`, or both with what each is for. */
  readonly base: string;
  /** The folder with the artifacts. */
  readonly directory: string;
  readonly artifacts: readonly ImageArtifact[];
  readonly stages: readonly ImageStage[];
  readonly seconds: number;
}

/** A built image: plain values, which survive JSON. */
export interface Image extends BuildReport {
  /** Who may log in with a key. */
  readonly user: string;
  /** The kernel command line that boots it from RAM. */
  readonly commandLine: string;
}

/** What a build says of itself. */
export function buildReport(
  {prepared, directory, artifacts, outcomes}: BuildResult,
  seconds: number,
): BuildReport {
  const {choice, request} = prepared;
  return {
    version: request.version,
    channel: choice.channel,
    image: request.image.name,
    arch: request.arch.name,
    base: baseName(request.image.base),
    directory,
    artifacts,
    stages: outcomes.map(({step, cached, seconds: took}) => ({
      name: step.stage.name,
      key: step.key,
      seconds: rounded(took),
      cached,
    })),
    seconds: rounded(seconds),
  };
}

export function imageValue(result: BuildResult, seconds: number): Image {
  const {image, arch} = result.prepared.request;
  return {
    ...buildReport(result, seconds),
    user: image.login.user,
    commandLine: kernelCommandLine(image, arch, {}),
  };
}

/** The files that a machine boots from. @throws LeanosError USAGE where the image lacks one */
export function bootableImage({arch, artifacts, commandLine}: Image): BootableImage {
  const find = (kind: string): ImageArtifact => {
    const found = artifacts.find((artifact) => artifact.kind === kind);
    if (found === undefined) throw new LeanosError('USAGE', `the image has no ${kind}`);
    return found;
  };
  const disk = find('disk');
  return {
    arch: ARCHITECTURES[arch],
    disk: {path: disk.path, format: diskDriver(disk.format)},
    kernel: find('kernel').path,
    initramfs: find('initramfs').path,
    commandLine,
  };
}

function diskDriver(format: string): DiskDriver {
  const found = Object.entries(DISK_FORMATS).find(([name]) => name === format);
  if (found === undefined) throw new LeanosError('USAGE', `QEMU is not given disks in the format ${format}`);
  return found[1].driver;
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(3));
}
