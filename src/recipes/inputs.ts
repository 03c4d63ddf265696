import {basename, dirname, join} from 'node:path';
import type {ImageDefinition} from '../config/image.ts';
import type {BaseName} from '../core/base-name.ts';
import {ARCHIVE_NAMES, type ArchiveName} from '../core/archives.ts';
import type {Architecture} from '../core/architecture.ts';
import {canonicalJson, sha256} from '../core/canonical.ts';
import {Apt, type AptSources, type PackagePin} from '../system/apt.ts';
import {PlainNames} from '../system/plain-names.ts';
import type {Run} from '../system/run.ts';
import {temporaryFolder} from '../system/temporary.ts';
import {debianKernelPackage} from './hardware.ts';

/** What an image takes from outside, by name. */
export interface InputRequest {
  readonly suite: string;
  /** Which of Debian's archives are asked. */
  readonly archives: readonly ArchiveName[];
  /** Debian's names of the image's and of the host's architecture. */
  readonly architecture: string;
  readonly host: string;
  readonly userland: readonly string[];
  /** Packages that userland's would bring along, but that a guest does not need. */
  readonly without: readonly string[];
  /** The BusyBox of the initramfs, which has no libraries. */
  readonly initramfs: readonly string[];
  readonly kernel: string;
  readonly boot: readonly string[];
  readonly tools: readonly string[];
  /** Programs for discs, which only few builds need. */
  readonly discTools: readonly string[];
  /** What starts a kernel that is in one EFI file with it. */
  readonly efiStub: readonly string[];
  /** For the Buildroot base: programs of the build host, and what is compiled against. */
  readonly toolchain: readonly string[];
  readonly sysroot: readonly string[];
}

/** What an image takes from outside, by bytes. */
export interface ImageInputs {
  readonly userland: readonly PackagePin[];
  readonly initramfs: readonly PackagePin[];
  readonly kernel: readonly PackagePin[];
  readonly boot: readonly PackagePin[];
  readonly tools: readonly PackagePin[];
  readonly discTools: readonly PackagePin[];
  readonly efiStub: readonly PackagePin[];
  readonly toolchain: readonly PackagePin[];
  readonly sysroot: readonly PackagePin[];
}

/** Debian's static BusyBox prefers its applets to programs in PATH; the shared one does not, and needs libraries. */
const BUSYBOX = {static: 'busybox-static', shared: 'busybox'} as const;
const USERLAND = ['dropbear-bin', 'signify-openbsd'];
const SUDO = ['opendoas', 'libpam-modules'];
/** What Debian's packages ask for to be configured by dpkg, which a leanos guest never is. */
const NOT_TAKEN = [
  'adduser',
  'debconf',
  'perl-base',
  'dpkg',
  'libpam-modules-bin',
  'logsave',
  'gcc-14-base',
  'libaudit-common',
  'libsemanage-common',
  'passwd',
  'pci.ids',
  'sysvinit-utils',
];
/** Host programs of the Buildroot base beside the compiler: see stages/buildroot/toolchain.ts. */
const BUILDROOT_HOST = [
  'ccache',
  'kmod',
  'libc6-dev',
  'meson',
  'ninja-build',
  'patchelf',
  'pkgconf-bin',
  'tar',
  'zstd',
];
const BUILDROOT_SYSROOT = ['linux-libc-dev', 'musl-dev'];
/** Debian's kernel source, which has Debian's security support. */
const KERNEL_SOURCE = 'linux-source';
/** The packages of the programs that stages run: see system/tools-tree.ts. */
const TOOLS = [
  'cryptsetup-bin',
  'dosfstools',
  'e2fsprogs',
  'erofs-utils',
  'fdisk',
  'grub-common',
  'gzip',
  'lz4',
  'mtools',
  'qemu-utils',
  'squashfs-tools',
  'xz-utils',
  'zstd',
];

/** The packages of the same names have them: a tools tree of their own, so that a further one makes nothing anew. */
export const DISC_TOOLS = ['xorriso'];

/** What a definition needs on an architecture, when it is built on a host. Pure. */
export function inputRequest(image: ImageDefinition, arch: Architecture, host: Architecture): InputRequest {
  return {
    suite: image.suite,
    archives: image.archives,
    architecture: arch.debian,
    host: host.debian,
    ...USERLANDS[image.base.userland](image, {arch, host}),
    without: NOT_TAKEN,
    kernel: kernelPackage(image, arch),
    boot: arch.grub.packages,
    discTools: DISC_TOOLS,
    efiStub: arch.efiStub?.packages ?? [],
    tools: [...TOOLS, ...COMPILERS[compilerOn(image, arch, host) ?? 'none'].packages],
    ...(needsBuildroot(image)
      ? {toolchain: [...compilerPackages(arch), ...BUILDROOT_HOST], sysroot: BUILDROOT_SYSROOT}
      : {toolchain: [], sysroot: []}),
  };
}

/** The packages of /usr and of the initramfs, by base: Buildroot makes both itself. */
const USERLANDS: Readonly<
  Record<
    BaseName,
    (
      image: ImageDefinition,
      machines: {readonly arch: Architecture; readonly host: Architecture},
    ) => Pick<InputRequest, 'userland' | 'initramfs'>
  >
> = {
  debian: (image, {arch, host}) => ({
    userland: [
      BUSYBOX[image.busybox.linking],
      ...USERLAND,
      ...(image.login.sudo ? SUDO : []),
      ...image.packages.debian.map(({name}) => name),
      // leanos-grow takes its place.
      ...(compilerOn(image, arch, host) === undefined ? ['e2fsprogs'] : []),
    ],
    initramfs: [BUSYBOX.static],
  }),
  buildroot: () => ({userland: [], initramfs: []}),
};

/** The package of the kernel or of its source, by base. */
const KERNELS: Readonly<Record<BaseName, (image: ImageDefinition, arch: Architecture) => string>> = {
  debian: debianKernelPackage,
  buildroot: () => KERNEL_SOURCE,
};

/** The package that has an image's kernel, or its source. */
export function kernelPackage(image: ImageDefinition, arch: Architecture): string {
  return KERNELS[image.base.kernel](image, arch);
}

/** Whether kernel or userland come from Buildroot. */
export function needsBuildroot({base}: Pick<ImageDefinition, 'base'>): boolean {
  return Object.values(base).includes('buildroot');
}

/** Debian's compiler for an architecture, as native and cross compilers are called alike. */
function compilerPackages({gnu}: Architecture): string[] {
  return [`gcc-14-${gnu.replaceAll('_', '-')}`, `binutils-${gnu.replaceAll('_', '-')}`];
}

/** The compiler that a host has for an architecture; without one the image has no programs of its own, and no verity. */
export function compilerOn(
  image: Pick<ImageDefinition, 'base'>,
  arch: Architecture,
  host: Architecture,
): Compiler | undefined {
  if (needsBuildroot(image)) return arch.buildroot.nativePrograms ? 'gcc' : undefined;
  return arch.compiler?.hosts.includes(host.node) === true ? arch.compiler.program : undefined;
}

/** What makes the guest's own programs: Debian's tcc, or GCC of the Buildroot base's toolchain. */
export type Compiler = NonNullable<Architecture['compiler']>['program'] | 'gcc';

/** The packages of the tools tree that bring a compiler; GCC comes with the toolchain. */
const COMPILERS: Readonly<Record<Compiler | 'none', {readonly packages: readonly string[]}>> = {
  tcc: {packages: ['tcc']},
  'i386-tcc': {packages: ['tcc']},
  gcc: {packages: []},
  none: {packages: []},
};

/** The digest of a request: a lock that was made for another request is stale. The first locks say nothing of archives. */
export function requestDigest({archives, ...request}: InputRequest): string {
  const all = ARCHIVE_NAMES.every((name) => archives.includes(name));
  return sha256(canonicalJson(all ? request : {...request, archives}));
}

/** Asks apt for the newest packages that fulfil a request. `scratch` is a folder for apt's state. */
export async function resolveInputs(
  request: InputRequest,
  {sources, run, scratch}: {sources: AptSources; run: Run; scratch: string},
): Promise<ImageInputs> {
  using names = new PlainNames();
  const keyring = join(names.of(dirname(sources.keyring)), basename(sources.keyring));
  const open = async (architecture: string): Promise<{apt: Apt; folder: AsyncDisposable}> => {
    const folder = await temporaryFolder(scratch);
    const own = {sources: {...sources, keyring}, run, architecture};
    return {apt: await Apt.open(names.of(folder.path), own), folder};
  };
  const target = await open(request.architecture);
  await using _target = target.folder;
  const host = request.host === request.architecture ? target : await open(request.host);
  await using _host = host.folder;
  const kernel = await target.apt.dependency(request.kernel, /^linux-(image|source)-\d/);
  const ask = (apt: Apt, packages: readonly string[], depth: 'closure' | 'alone') =>
    packages.length === 0 ? [] : apt.resolve({packages, depth});
  const closure = await ask(target.apt, request.userland, 'closure');
  return {
    userland: closure.filter(({name}) => !request.without.includes(name)),
    initramfs: await ask(target.apt, request.initramfs, 'alone'),
    kernel: await ask(target.apt, [kernel], 'alone'),
    boot: await ask(target.apt, request.boot, 'alone'),
    tools: await ask(host.apt, request.tools, 'closure'),
    discTools: await ask(host.apt, request.discTools, 'closure'),
    efiStub: await ask(target.apt, request.efiStub, 'alone'),
    toolchain: await ask(host.apt, request.toolchain, 'closure'),
    sysroot: await ask(target.apt, request.sysroot, 'alone'),
  };
}
