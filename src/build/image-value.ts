import {diskDriver, formatsFor} from '../stages/format/image-formats.ts';
import {baseName} from '../config/image.ts';
import {ARCHITECTURES, type ArchitectureName} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {kernelCommandLine} from '../recipes/command-line.ts';
import type {ImageRequest} from '../recipes/image-request.ts';
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
    sshPort: image.login.port ?? 22,
    commandLine: kernelCommandLine(image, arch, {}),
  };
}

/** The files that a machine boots from. @throws LeanosError USAGE where the image lacks one */
export function bootableImage({arch, artifacts, commandLine, sshPort}: Image): BootableImage {
  const find = (kind: string): ImageArtifact => {
    const found = artifacts.find((artifact) => artifact.kind === kind);
    if (found === undefined) throw new LeanosError('USAGE', `the image has no ${kind}`);
    return found;
  };
  return {
    arch: ARCHITECTURES[arch],
    disk: bootDisk(artifacts, arch),
    kernel: find('kernel').path,
    initramfs: find('initramfs').path,
    commandLine,
    guestSshPort: sshPort,
  };
}

/** The first of an image's files that QEMU boots from. @throws LeanosError USAGE where it has none */
export function bootDisk(
  artifacts: readonly {readonly format: string; readonly path: string}[],
  arch: ArchitectureName,
): BootableImage['disk'] {
  for (const {format, path} of artifacts) {
    const driver = diskDriver(format);
    if (driver !== undefined) return {path, format: driver};
  }
  throw noDisk(arch);
}

/** @throws LeanosError USAGE where none of an image's formats boots in QEMU */
export function mustHaveDisk({image, arch}: ImageRequest): void {
  if (image.formats.every((name) => diskDriver(name) === undefined)) throw noDisk(arch.name);
}

function noDisk(arch: ArchitectureName): LeanosError {
  const bootable = formatsFor(arch).filter((name) => diskDriver(name) !== undefined);
  return new LeanosError('USAGE', 'none of the formats of the image is a disk that QEMU boots', {
    hint: `--format, or formats: in its definition, with one of ${bootable.join(', ')}`,
  });
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(3));
}
