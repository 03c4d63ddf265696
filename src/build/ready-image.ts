import {mkdir} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {ARCHITECTURES, hostArchitecture, type ArchitectureName} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {kernelCommandLine} from '../recipes/command-line.ts';
import type {ImageRequest} from '../recipes/image-request.ts';
import type {Run} from '../system/run.ts';
import {sweepTemporary, temporaryFolder, type TemporaryFolder} from '../system/temporary.ts';
import {runWithTools, toolCommand, toolEnvironment} from '../system/tools-tree.ts';
import {findAccelerator, type AcceleratorOptions} from '../vm/accelerator.ts';
import {mustHaveFirmware, type BootableImage, type Firmware} from '../vm/boot-image.ts';
import type {Accelerator} from '../vm/machine-spec.ts';
import {buildImage} from './build-image.ts';
import {bareMachine, mustStart} from './bare-machine.ts';
import type {BuildChoice} from './choice.ts';
import type {BuildEnvironment} from './environment.ts';
import type {BuildResult} from './execute-build.ts';
import {machineTools} from './host-tools.ts';
import {bootDisk, mustHaveDisk} from './image-value.ts';
import type {PreparedBuild} from './prepare.ts';

const MACHINE_TOOLS = ['qemu-img', 'mkfs.vfat', 'mcopy', 'zstd', 'xz', 'lz4', 'gzip'];

/** An image that is built, and all that a machine needs to boot it. */
export interface ReadyImage extends AsyncDisposable {
  readonly built: BuildResult;
  readonly image: BootableImage;
  readonly accelerator: Accelerator;
  /** A folder for what machines write; it goes when the scope ends. */
  readonly folder: string;
  /** Knows the tools that make seeds and overlays. */
  readonly run: Run;
}

/** Builds the image where that is needed and readies the host: tools, accelerator, a folder for the machine. */
export async function readyImage(
  choice: BuildChoice,
  env: BuildEnvironment,
  {firmware}: {readonly firmware?: Firmware | undefined} = {},
): Promise<ReadyImage> {
  mustHaveFirmware(ARCHITECTURES[choice.arch], firmware);
  await env.needTools(machineTools(choice.arch, firmware));
  const built = await buildImage(choice, env, (request) => {
    mustHaveDisk(request);
    mustStart(request, firmware);
    if (firmware === 'microvm') mustHaveDrivers(request);
  });
  const {machines} = env.workspace.cache;
  await mkdir(machines, {recursive: true, mode: 0o700});
  await sweepTemporary(machines);
  const folder: TemporaryFolder = await temporaryFolder(machines);
  return {
    built,
    image: bareMachine(built) ?? bootable(built),
    accelerator: await findAccelerator(acceleratorOptions(choice.arch, env)),
    folder: folder.path,
    run: machineRun(built.prepared, env.run),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** How to find out what runs machines of an architecture here. */
export function acceleratorOptions(
  arch: ArchitectureName,
  {workspace, environment, run}: BuildEnvironment,
): AcceleratorOptions {
  return {
    arch,
    host: hostArchitecture().name,
    memory: join(workspace.cache.machines, `accelerator-${arch}`),
    wish: environment['LEANOS_ACCEL'],
    run,
  };
}

/** Where a machine's log stays when the machine is gone. */
export function keptLog({workspace}: BuildEnvironment, name: string): string {
  return join(dirname(workspace.cache.machines), 'logs', `console-${name}.log`);
}

function bootable({prepared: {request}, artifacts}: BuildResult): BootableImage {
  const find = (kind: string) => {
    const found = artifacts.find((artifact) => artifact.kind === kind);
    if (found === undefined) throw new LeanosError('BOOT_FAILED', `the image has no ${kind}`);
    return found;
  };
  return {
    arch: request.arch,
    disk: bootDisk(artifacts, request.arch.name),
    kernel: find('kernel').path,
    initramfs: find('initramfs').path,
    commandLine: kernelCommandLine(request.image, request.arch, {}),
    guestSshPort: request.image.login.port,
  };
}

function machineRun({plan, store}: PreparedBuild, run: Run): Run {
  const tools = plan.steps.find(({stage}) => stage.name === 'tools-tree');
  if (tools === undefined) throw new Error('the plan has no tools tree');
  const tree = store.path(tools);
  const command = toolCommand(tree, hostArchitecture());
  return runWithTools(run, {
    tools: MACHINE_TOOLS,
    command,
    env: toolEnvironment(tree, hostArchitecture(), plan.epoch),
  });
}

/** A microvm has nothing but virtio without PCI, whose drivers Debian's kernel has as modules that no initramfs here brings. */
function mustHaveDrivers({image, arch}: ImageRequest): void {
  if (image.base.kernel === 'buildroot' && arch.name === 'x86_64') return;
  throw new LeanosError(
    'USAGE',
    '--firmware microvm: it is for x86_64, and for kernels of the Buildroot base',
    {
      hint: `leanos run --firmware microvm minimal     boots one`,
    },
  );
}
