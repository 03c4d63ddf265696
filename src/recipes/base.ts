import type {BaseName} from '../core/base-name.ts';
import type {Plan, Step} from '../pipeline/plan.ts';
import {debianKernel} from '../stages/kernel/debian-kernel.ts';
import {debianUserland, type UserlandOptions} from '../stages/userland/debian-userland.ts';
import {repositoryAddresses} from '../system/more-sources.ts';
import {planBuildroot} from './buildroot.ts';
import {kernelModules} from './hardware.ts';
import type {ImageRequest} from './image-request.ts';
import {hasPackages, takenParts} from './packages.ts';

/** Where kernel and userland can come from: each step is added to the plan when it is asked for. */
export interface Base {
  kernel(): Step;
  /** What /usr is made of. */
  userland(): Step;
  /** What has the BusyBox of the initramfs. */
  busybox(): Step;
  /** What is known against its packages; undefined where nobody looks. */
  vulnerabilities(): Step | undefined;
  /** Whether BusyBox has to be called by its applets' names, because it does not find them itself. */
  readonly appletLinks: boolean;
}

const BASES: Readonly<Record<BaseName, (plan: Plan, request: ImageRequest) => Base>> = {
  debian: debianBase,
  buildroot: buildrootBase,
};

/** The two bases of an image, of which each may be the other's as well. */
export function planBases(
  plan: Plan,
  request: ImageRequest,
): {readonly kernel: Base; readonly userland: Base} {
  const {kernel, userland} = request.image.base;
  return {kernel: BASES[kernel](plan, request), userland: BASES[userland](plan, request)};
}

function debianBase(plan: Plan, request: ImageRequest): Base {
  const {image, arch, inputs} = request;
  const modules = kernelModules(image, arch);
  return {
    kernel: () =>
      plan.add(
        debianKernel,
        {
          packages: inputs.kernel,
          bootModules: [...modules.boot, image.usr.format, 'dm_verity'],
          usrModules: modules.usr,
        },
        {},
      ),
    userland: () =>
      plan.add(
        debianUserland,
        {
          packages: inputs.userland,
          only: takenParts(image, arch),
          ...(image.more.repositories.length === 0
            ? {}
            : {repositories: repositoryAddresses(image.more.repositories)}),
          ...(hasPackages(image) ? scripts(request) : {}),
        },
        {},
      ),
    busybox: () => plan.add(debianUserland, {packages: inputs.initramfs, only: {}}, {}),
    vulnerabilities: () => undefined,
    appletLinks: false,
  };
}

/** How the scripts of packages are followed. What is empty is not said: it decides nothing. */
function scripts({
  image: {base, unscripted, sandboxed},
  arch,
  inputs,
}: ImageRequest): Pick<
  UserlandOptions,
  'unscripted' | 'sandboxed' | 'sandbox' | 'emulation' | 'withoutCapabilities'
> {
  const {sandbox} = inputs;
  const emulators = Object.entries(inputs.hosts).map(([name, {emulator}]) => [name, emulator] as const);
  return {
    unscripted,
    ...(sandboxed.length === 0 ? {} : {sandboxed}),
    // The same on every host, whether it needs an emulator or not.
    ...(sandbox.length === 0
      ? {}
      : {sandbox, emulation: {architecture: arch.name, emulators: Object.fromEntries(emulators)}}),
    // The kernel from source reads squashfs without extended attributes.
    ...(base.kernel === 'buildroot' ? {withoutCapabilities: true} : {}),
  };
}

function buildrootBase(plan: Plan, request: ImageRequest): Base {
  const steps = planBuildroot(plan, request);
  return {...steps, busybox: steps.userland, appletLinks: true};
}
