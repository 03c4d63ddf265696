/**
 * leanos as a library: builds images, boots machines, says what files are. It prints nothing, installs nothing and sets no exit
 * status: what goes wrong is thrown, as {@link LeanosError} where somebody can do something about it.
 */
import {resolve} from 'node:path';
import {bootMachine} from './build/boot-machine.ts';
import type {BootOptions} from './build/boot-options.ts';
import type {BuildOptions} from './build/build-options.ts';
import {checkBootOptions, checkBuildOptions} from './build/check-options.ts';
import type {Machine} from './build/booted-machine.ts';
import {buildImage} from './build/build-image.ts';
import {processEnvironment} from './build/environment.ts';
import type {Image} from './build/image-report.ts';
import {imageValue} from './build/image-value.ts';
import type {Inspected} from './build/inspect-file.ts';
import {inspectPath} from './build/inspect-path.ts';
import {plainEvents} from './build/library-events.ts';
import {defaultImage} from './build/own-project.ts';
import {hostArchitecture} from './core/architecture.ts';

export type {BootOptions, MachineSeed} from './build/boot-options.ts';
export type {BuildOptions} from './build/build-options.ts';
export type {ExecOptions, Machine, MachineConsole} from './build/booted-machine.ts';
export type {BuildReport, Image, ImageArtifact, ImageStage} from './build/image-report.ts';
export type {Inspected} from './build/inspect-file.ts';
export type {LibraryEvent, StepName} from './build/library-events.ts';
export type {PayloadChoice} from './build/payload-choice.ts';
export type {ArchitectureName} from './core/architecture.ts';
export {LeanosError, type ErrorCode} from './core/error.ts';
export {BootError} from './vm/boot-error.ts';
export type {BootPhase} from './vm/boot-phases.ts';
export type {CommandResult} from './vm/ssh.ts';

/**
 * Builds an image by its name, without it the only one of the project or `test`; what the store has is not built again.
 * @throws LeanosError
 */
export async function build(name?: string, options: BuildOptions = {}): Promise<Image> {
  checkBuildOptions(options);
  const {arch, base, channel = 'alpha', formats, payload, locked = false, onEvent, signal} = options;
  const startedMs = performance.now();
  const env = processEnvironment({
    ...(onEvent === undefined ? {} : {report: plainEvents(onEvent)}),
    ...(signal === undefined ? {} : {signal}),
  });
  const choice = {
    channel,
    image: name ?? (await defaultImage(env.workspace)),
    arch: arch ?? hostArchitecture().name,
    base,
    formats,
    payload,
    out: resolve(options.out ?? env.workspace.out),
    locked,
  };
  const result = await buildImage(choice, env);
  return imageValue(result, (performance.now() - startedMs) / 1000);
}

/**
 * Boots an image that {@link build} gave, or any disk by its path, and logs in over ssh. The image is not written to. Instance
 * data is applied by then where leanos built the image.
 * @throws BootError where the machine does not come up: it says how far it came
 * @throws LeanosError USAGE, TOOL_MISSING
 */
export async function boot(image: Image | string, options: BootOptions = {}): Promise<Machine> {
  checkBootOptions(options);
  const {signal} = options;
  return bootMachine(image, options, processEnvironment(signal === undefined ? {} : {signal}));
}

/** Says what a file is, from its bytes, and what is in it: a disk, a usr image, a kernel, an initramfs, an archive. @throws LeanosError USAGE */
export async function inspect(file: string): Promise<Inspected> {
  return inspectPath(file, processEnvironment());
}
