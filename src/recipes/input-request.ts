import type {ImageDefinition} from '../config/image.ts';
import type {BaseName} from '../core/base-name.ts';
import {ARCHIVE_NAMES, type ArchiveName} from '../core/archives.ts';
import type {Architecture} from '../core/architecture.ts';
import {canonicalJson, sha256} from '../core/canonical.ts';
import type {RepositoryPlace} from '../core/repository.ts';
import type {MoreSources} from '../system/more-sources.ts';
import {debianKernelPackage} from './hardware.ts';
import {LINKINGS} from './linking.ts';
import {SANDBOX_PACKAGES} from '../stages/userland/sandbox/base-tree.ts';
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

/** The packages of the same names have them: a tools tree of their own, so that a further one makes nothing anew. */
export const DISC_TOOLS = ['xorriso'];

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

/** The packages that an image does without where others depend on them: stages/userland/scripts does what they are there for. */
export function forScriptsAlone({
  userland,
  without,
}: Pick<InputRequest, 'userland' | 'without'>): ReadonlySet<string> {
  return new Set(
    [...without, ...FOR_SCRIPTS].filter((name) => !userland.includes(name) && !PROGRAMS.has(name)),
  );
}
