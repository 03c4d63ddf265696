import {DISK_FORMATS, type DiskDriver} from '../stages/disk/disk-formats.ts';
import {baseName} from '../config/image.ts';
import {ARCHITECTURES} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {kernelCommandLine} from '../recipes/command-line.ts';
import type {BootableImage} from '../vm/boot-image.ts';
import type {BuildResult} from './execute-build.ts';
import type {BuildReport, Image, ImageArtifact} from './image-report.ts';

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
