import type {ImageDefinition} from '../config/image.ts';
import type {BaseName} from '../core/base-name.ts';
import {ARCHIVE_NAMES, type ArchiveName} from '../core/archives.ts';
import type {Architecture} from '../core/architecture.ts';
import {canonicalJson, sha256} from '../core/canonical.ts';
import type {RepositoryPlace} from '../core/repository.ts';
import type {Apt, PackagePin} from '../system/apt.ts';
import type {AptPool} from '../system/apt-pool.ts';
import type {MoreSources} from '../system/more-sources.ts';
import {debianKernelPackage} from './hardware.ts';
import {LINKINGS} from './linking.ts';
import {SANDBOX_PACKAGES} from '../stages/userland/sandbox/base-tree.ts';
import {reachable} from './needed-packages.ts';
import {hasPackages} from './packages.ts';

/** What an image takes from outside, by name. */
export type InputRequest = {
  readonly suite: string;
  /** Which of Debian's archives are asked. */
  readonly archives: readonly ArchiveName[];
  /** Debian's name of the image's architecture. */
  readonly architecture: string;
  readonly userland: readonly string[];
  /** Packages that userland's would bring along, but that a guest does not need. */
  readonly without: readonly string[];
  /** More packages that make a whole Debian, for scripts that are run in a sandbox; absent: no script is followed. */
  readonly sandbox?: readonly string[];
  /** The BusyBox of the initramfs, which has no libraries. */
  readonly initramfs: readonly string[];
  readonly kernel: string;
  readonly boot: readonly string[];
  /** What starts a kernel that is in one EFI file with it. */
  readonly efiStub: readonly string[];
  /** For the Buildroot base: what is compiled against. */
  readonly sysroot: readonly string[];
  /** The C library that the programs of a userland by Buildroot share; absent: each has its own. */
  readonly libc?: readonly string[];
  /** The package that depends on Xen and on the tools of its dom0, of the version that the release has; absent: there is none. */
  readonly hypervisor?: string;
  /** Packages that are files of the project; absent: none. */
  readonly debs?: readonly {readonly url: string; readonly sha256: string}[];
  /** Repositories beside Debian's archives; absent: none. */
  readonly repositories?: readonly RepositoryRequest[];
  /** What runs on the host, whatever that is. */
  readonly host: HostRequest;
};

/** A repository by all that decides which packages come from it. */
export type RepositoryRequest = Pick<RepositoryPlace, 'name' | 'url' | 'suite' | 'components'> & {
  /** The sha256 of its keyring. */
  readonly keyring: string;
  readonly priority: number | null;
  readonly packages: readonly string[] | null;
};

/** The packages of the build host, by name. */
export type HostRequest = {
  readonly suite: string;
  readonly tools: readonly string[];
  /** Programs for discs, which only few builds need. */
  readonly discTools: readonly string[];
  /** What makes the guest's own programs. */
  readonly compiler: readonly string[];
  /** For the Buildroot base: compiler and programs. */
  readonly toolchain: readonly string[];
};

/** What an image takes from outside, by bytes. */
export interface ImageInputs {
  readonly userland: readonly PackagePin[];
  /** What a sandbox has beside them. */
  readonly sandbox: readonly PackagePin[];
  readonly initramfs: readonly PackagePin[];
  readonly kernel: readonly PackagePin[];
  readonly boot: readonly PackagePin[];
  readonly efiStub: readonly PackagePin[];
  readonly sysroot: readonly PackagePin[];
  /** The C library that the programs of a userland by Buildroot share. */
  readonly libc: readonly PackagePin[];
  /** Xen and the tools of its dom0, where it starts the image. */
  readonly hypervisor: readonly PackagePin[];
  /** By Debian's name of the host's architecture. */
  readonly hosts: Readonly<Record<string, HostInputs>>;
}

/** What runs on hosts of one architecture, by bytes. */
export interface HostInputs {
  readonly tools: readonly PackagePin[];
  readonly discTools: readonly PackagePin[];
  readonly compiler: readonly PackagePin[];
  readonly toolchain: readonly PackagePin[];
  /** The Python of the image's release, where the image has it: it compiles the modules. */
  readonly python: readonly PackagePin[];
  /** What runs programs of other architectures, where an image may need a sandbox. */
  readonly emulator: readonly PackagePin[];
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
/** More that packages depend on for their scripts alone: stages/userland/scripts does what these programs would. */
const FOR_SCRIPTS = [
  'init-system-helpers',
  'ucf',
  'sensible-utils',
  'login.defs',
  'ssl-cert',
  'readline-common',
];
/** Of what a guest takes for its scripts alone, what other packages depend on to run. */
const PROGRAMS: ReadonlySet<string> = new Set(['perl-base', 'pci.ids']);
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
/** What a lean dom0 needs of the packages that Xen's tools depend on: see stages/payload/hypervisor.ts. */
const HYPERVISOR_PARTS =
  /^(libxen.*|xen-hypervisor-.*|xen-utils-\d.*|xenstore-utils|lib(c6|gcc-s1|lzma5|uuid1|yajl2|zstd1)|zlib1g)$/;
/** Debian's kernel source, which has Debian's security support. */
const KERNEL_SOURCE = 'linux-source';
/** Tools are of one release of Debian, whichever an image is of. */
const TOOLS_SUITE = 'trixie';
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

/** The package that has the interpreter: modules that are compiled are for one release of Python alone. */
const PYTHON = /^python3\.\d+-minimal$/;
/** What the interpreter is called where it runs on the host. */
export const PYTHON_TOOLS = ['python3'];
/** The package of QEMU's user emulators, which are static. */
const EMULATOR = ['qemu-user'];

/** The packages of the same names have them: a tools tree of their own, so that a further one makes nothing anew. */
export const DISC_TOOLS = ['xorriso'];

/** The pins of the tools that run on the host of a build. */
export function hostInputs({
  host,
  inputs,
}: {
  readonly host: Architecture;
  readonly inputs: Pick<ImageInputs, 'hosts'>;
}): HostInputs {
  const found = inputs.hosts[host.debian];
  if (found === undefined) throw new Error(`no tools are pinned for a host of ${host.debian}`);
  return found;
}

/** What a definition needs on an architecture, whatever it is built on. Pure. */
export function inputRequest(image: ImageDefinition, arch: Architecture): InputRequest {
  const isCompiled = needsBuildroot(image);
  return {
    suite: suiteOf(image, arch),
    archives: image.archives,
    architecture: arch.debian,
    userland: userlandRoots(image).map(({name}) => name),
    initramfs: INITRAMFS[image.base.userland],
    without: NOT_TAKEN,
    ...(hasPackages(image) ? {sandbox: SANDBOX_PACKAGES} : {}),
    kernel: kernelPackage(image, arch),
    boot: arch.grub.packages,
    efiStub: arch.efiStub?.packages ?? [],
    sysroot: isCompiled ? BUILDROOT_SYSROOT : [],
    ...sharedLibc(image),
    ...(image.hypervisor && arch.hypervisorPackage !== undefined ? {hypervisor: arch.hypervisorPackage} : {}),
    ...moreRequest(image.more),
    host: {
      suite: TOOLS_SUITE,
      tools: TOOLS,
      discTools: DISC_TOOLS,
      compiler: [debianName('cpp-14', arch), debianName('binutils', arch)],
      toolchain: isCompiled
        ? [debianName('gcc-14', arch), debianName('binutils', arch), ...BUILDROOT_HOST]
        : [],
    },
  };
}

/** Where nothing is shared nothing is said, so that locks from before it could be fit. */
function sharedLibc({base, buildroot}: ImageDefinition): Pick<InputRequest, 'libc'> {
  const {libc} = LINKINGS[buildroot.linking];
  return base.userland === 'buildroot' && libc.length > 0 ? {libc} : {};
}

/** Where nothing is beside Debian's archives nothing is said, so that locks from before it could be fit. */
function moreRequest({debs, repositories}: MoreSources): Pick<InputRequest, 'debs' | 'repositories'> {
  return {
    ...(debs.length === 0 ? {} : {debs: debs.map(({url, sha256: digest}) => ({url, sha256: digest}))}),
    ...(repositories.length === 0
      ? {}
      : {
          repositories: repositories.map(
            ({name, url, suite, components, keyring, priority = null, packages = null}) => {
              return {name, url, suite, components, keyring: keyring.sha256, priority, packages};
            },
          ),
        }),
  };
}

/** The release of Debian that an image is of: with a kernel from source it need not be one that has a kernel for the architecture. */
export function suiteOf({suite, base}: Pick<ImageDefinition, 'suite' | 'base'>, arch: Architecture): string {
  return suite ?? (base.kernel === 'debian' ? arch.suite : TOOLS_SUITE);
}

/** A package that is in /usr because something asks for it by its name. */
export interface PackageRoot {
  readonly name: string;
  /** Who asks: a key of the definition, or every image. */
  readonly askedBy: string;
}

/** The packages that /usr is made of, with what they depend on. */
export function userlandRoots(image: ImageDefinition): PackageRoot[] {
  return USERLANDS[image.base.userland](image);
}

/** The packages of /usr, by base: Buildroot makes them itself. */
const USERLANDS: Readonly<Record<BaseName, (image: ImageDefinition) => PackageRoot[]>> = {
  debian: (image) => [
    ...askedBy('every image', [BUSYBOX[image.busybox.linking], ...USERLAND]),
    ...askedBy('login.sudo', image.login.sudo ? SUDO : []),
    ...askedBy(
      'packages',
      image.packages.debian.map(({name}) => name),
    ),
  ],
  buildroot: () => [],
};

function askedBy(who: string, names: readonly string[]): PackageRoot[] {
  return names.map((name) => ({name, askedBy: who}));
}

/** The packages of the initramfs, by base. */
const INITRAMFS: Readonly<Record<BaseName, readonly string[]>> = {debian: [BUSYBOX.static], buildroot: []};

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

/** The name of a package that Debian has for each target; native and cross compilers are called alike. */
function debianName(name: string, {gnu}: Architecture): string {
  return `${name}-${gnu.replaceAll('_', '-')}`;
}

/**
 * The digest of a request: a lock that was made for another request is stale. The first locks say nothing of archives, and most
 * images need no sandbox.
 */
export function requestDigest(request: InputRequest): string {
  const all = ARCHIVE_NAMES.every((name) => request.archives.includes(name));
  const left = new Set(['sandbox', ...(all ? ['archives'] : [])]);
  const told = Object.entries(request).filter(([name]) => !left.has(name));
  return sha256(canonicalJson(Object.fromEntries(told)));
}

/** Asks apt for the newest packages that fulfil a request, for hosts of these architectures (Debian's names). */
export async function resolveInputs(
  request: InputRequest,
  hosts: readonly string[],
  {apts, more}: {readonly apts: AptPool; readonly more?: MoreSources | undefined},
): Promise<ImageInputs> {
  const apt = await apts.of(request.suite, request.architecture, more);
  const kernel = await apt.dependency(request.kernel, /^linux-(image|source)-\d/);
  const closure = await resolved(apt, request.userland, 'closure');
  const userland = await neededPackages(apt, closure, request);
  return {
    userland,
    sandbox: await sandboxPackages(apt, request, userland),
    initramfs: await resolved(apt, request.initramfs, 'alone'),
    kernel: await resolved(apt, [kernel], 'alone'),
    boot: await resolved(apt, request.boot, 'alone'),
    efiStub: await resolved(apt, request.efiStub, 'alone'),
    sysroot: await resolved(apt, request.sysroot, 'alone'),
    libc: await resolved(apt, request.libc ?? [], 'alone'),
    hypervisor: request.hypervisor === undefined ? [] : await resolveHypervisor(apt, request.hypervisor),
    hosts: await resolveHosts(request, hosts, {apts, python: hasPython(userland)}),
  };
}

/**
 * The packages of a closure that a guest needs. What packages depend on for their scripts alone is left out, with what only these
 * depend on; what the definition itself names is taken.
 */
async function neededPackages(
  apt: Apt,
  closure: readonly PackagePin[],
  request: InputRequest,
): Promise<PackagePin[]> {
  const needed = reachable(request.userland, await apt.relations(closure), forScriptsAlone(request));
  return closure.filter(({name}) => needed.has(name));
}

/** The packages that an image does without where others depend on them: stages/userland/scripts does what they are there for. */
export function forScriptsAlone({
  userland,
  without,
}: Pick<InputRequest, 'userland' | 'without'>): ReadonlySet<string> {
  return new Set(
    [...without, ...FOR_SCRIPTS].filter((name) => !userland.includes(name) && !PROGRAMS.has(name)),
  );
}

/** What a whole Debian has beside the packages of a userland. */
async function sandboxPackages(
  apt: Apt,
  {userland, sandbox = []}: InputRequest,
  taken: readonly PackagePin[],
): Promise<PackagePin[]> {
  if (sandbox.length === 0) return [];
  const names = new Set(taken.map(({name}) => name));
  const whole = await resolved(apt, [...userland, ...sandbox], 'closure');
  return whole.filter(({name}) => !names.has(name));
}

/** Xen and its tools without what starts them on a Debian: Python, udev, systemd. */
async function resolveHypervisor(apt: Apt, system: string): Promise<PackagePin[]> {
  const xen = await apt.dependency(system, /^xen-hypervisor-\d/);
  const tools = await apt.dependency(system, /^xen-utils-\d/);
  const closure = await apt.resolve({packages: [xen, tools, 'xenstore-utils'], depth: 'closure'});
  return closure.filter(({name}) => HYPERVISOR_PARTS.test(name));
}

/** Whether packages bring modules that the host's Python is to compile. */
export function hasPython(packages: readonly PackagePin[]): boolean {
  return packages.some(({name}) => PYTHON.test(name));
}

/** Asks apt for the newest packages of hosts. */
async function resolveHosts(
  {suite: own, sandbox, host: {suite, ...request}}: InputRequest,
  hosts: readonly string[],
  {apts, python}: {readonly apts: AptPool; readonly python: boolean},
): Promise<Record<string, HostInputs>> {
  const found: Record<string, HostInputs> = {};
  for (const architecture of hosts) {
    const apt = await apts.of(suite, architecture);
    found[architecture] = {
      tools: await resolved(apt, request.tools, 'closure'),
      discTools: await resolved(apt, request.discTools, 'closure'),
      compiler: await resolved(apt, request.compiler, 'closure'),
      toolchain: await resolved(apt, request.toolchain, 'closure'),
      python: python ? await resolved(await apts.of(own, architecture), ['python3-minimal'], 'closure') : [],
      emulator: await resolved(apt, sandbox === undefined ? [] : EMULATOR, 'alone'),
    };
  }
  return found;
}

async function resolved(
  apt: Apt,
  packages: readonly string[],
  depth: 'closure' | 'alone',
): Promise<PackagePin[]> {
  return packages.length === 0 ? [] : apt.resolve({packages, depth});
}
