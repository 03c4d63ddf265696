import type {ImageDefinition} from '../config/image.ts';
import type {Architecture} from '../core/architecture.ts';
import type {Plan, Step} from '../pipeline/plan.ts';
import {buildrootKernel} from '../stages/buildroot/buildroot-kernel.ts';
import {buildrootSource, type BuildrootSourceOptions} from '../stages/buildroot/buildroot-source.ts';
import {buildrootUserland} from '../stages/buildroot/buildroot-userland.ts';
import {toolchain} from '../stages/buildroot/toolchain.ts';
import {vulnerabilities, type VulnerabilitiesOptions} from '../stages/buildroot/vulnerabilities.ts';
import {sourceTree} from '../stages/source-tree.ts';
import {hostInputs, type ImageInputs} from './inputs.ts';
import {chosenFiles} from './packages.ts';

/** A folder of the checkout that goes into an image, and the digest of what it holds. */
export interface SourceFolder {
  readonly folder: string;
  readonly digest: string;
  /** A pattern of the paths that count; absent: all. */
  readonly only?: string;
  /** The files in it that may be run, where the checkout's own modes say nothing. */
  readonly executable?: readonly string[];
  /** Scripts lose their comments. */
  readonly bare?: true;
}

/** What the Buildroot base is built from. */
export interface BuildrootRequest {
  readonly source: BuildrootSourceOptions;
  /** The feeds that its packages are looked up in; absent: they are not. */
  readonly nvd?: VulnerabilitiesOptions;
  /** Rendered from stages/buildroot/defconfig.hbs. */
  readonly defconfig: {readonly kernel: string; readonly userland: string};
  /** The image's own changes; null: none. */
  readonly fragments: {readonly linux: string | null; readonly busybox: string | null};
  /** The parts of the external tree that each of the two builds sees. */
  readonly external: {readonly kernel: SourceFolder; readonly userland: SourceFolder};
  /** The project's own external tree, which the userland's build sees beside leanos'; absent: it has none. */
  readonly project?: SourceFolder | undefined;
}

/** The part of an image's request that the Buildroot base goes by. */
interface BuildrootFacts {
  readonly image: ImageDefinition;
  readonly arch: Architecture;
  readonly host: Architecture;
  readonly inputs: ImageInputs;
  readonly buildroot?: BuildrootRequest;
}

/** The steps of the Buildroot base; each is added to the plan when it is asked for. */
export interface BuildrootSteps {
  readonly kernel: () => Step;
  readonly userland: () => Step;
  /**
   * What is known against the packages that Buildroot makes; undefined where no feeds are given, or there are none.
   */
  readonly vulnerabilities: () => Step | undefined;
}

export function planBuildroot(
  plan: Plan,
  {image, arch, host, inputs, buildroot}: BuildrootFacts,
): BuildrootSteps {
  const compiler = (libc: ImageInputs['libc']): Step =>
    plan.add(
      toolchain,
      {
        host: hostInputs({host, inputs}).toolchain,
        sysroot: [...inputs.sysroot, ...libc],
        gnu: arch.gnu,
        triplet: arch.triplet,
        musl: arch.buildroot.musl,
        muslFlags: arch.buildroot.muslFlags,
        hostLibraries: host.triplet,
        hostLoader: host.loader,
      },
      {},
    );
  const parts = (external: SourceFolder, libc: ImageInputs['libc']) => ({
    source: plan.add(buildrootSource, buildrootOf(buildroot).source, {}),
    external: plan.add(sourceTree, {...external}, {}),
    toolchain: compiler(libc),
  });
  const common = {arch: arch.name, sources: image.buildroot.sources};
  const userland = (): Step => {
    const {defconfig, fragments, external, project} = buildrootOf(buildroot);
    return plan.add(
      buildrootUserland,
      {
        ...common,
        defconfig: defconfig.userland,
        fragment: fragments.busybox,
        only: chosenFiles(image.packages.buildroot),
      },
      {
        ...parts(external.userland, inputs.libc),
        ...(project === undefined ? {} : {project: plan.add(sourceTree, {...project}, {})}),
      },
    );
  };
  const kernel = (): Step => {
    const {defconfig, fragments, external} = buildrootOf(buildroot);
    const {kernelArch, kernelFile} = arch.buildroot;
    return plan.add(
      buildrootKernel,
      {
        ...common,
        defconfig: defconfig.kernel,
        fragment: fragments.linux,
        packages: inputs.kernel,
        kernelArch,
        kernelFile,
      },
      parts(external.kernel, []), // no kernel is built anew because its userland is linked otherwise
    );
  };
  return {
    userland,
    kernel,
    vulnerabilities: () => {
      const {base} = image;
      if (buildroot?.nvd === undefined || !Object.values(base).includes('buildroot')) return undefined;
      return plan.add(vulnerabilities, buildroot.nvd, {
        source: plan.add(buildrootSource, buildroot.source, {}),
        ...(base.userland === 'buildroot' ? {userland: userland()} : {}),
        ...(base.kernel === 'buildroot' ? {kernel: kernel()} : {}),
      });
    },
  };
}

/** Which Buildroot it was, for whoever wants to build it again. */
export function sourceName(source: BuildrootSourceOptions): string {
  if (source.kind === 'folder') return `a folder in the state ${source.digest}`;
  return source.kind === 'git' ? `${source.url}@${source.commit}` : `${source.url}#sha256=${source.sha256}`;
}

function buildrootOf(buildroot: BuildrootRequest | undefined): BuildrootRequest {
  if (buildroot === undefined) throw new Error('the image is for the Buildroot base, but the request is not');
  return buildroot;
}
