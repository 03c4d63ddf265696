import {existsSync, realpathSync} from 'node:fs';
import {basename, delimiter, join} from 'node:path';
import {
  architectureNames,
  ARCHITECTURES,
  hostArchitecture,
  PINNED_HOSTS,
  type Architecture,
  type ArchitectureName,
} from '../core/architecture.ts';
import type {Firmware} from '../vm/boot-image.ts';
import {firmwareFile} from '../vm/firmware.ts';
import {packageManager} from './package-managers.ts';

/** Something of the host that leanos calls and does not bring along. */
export interface HostTool {
  /** A program on PATH, or the absolute path of a file. */
  readonly name: string;
  /** The Debian and Ubuntu package. */
  readonly package: string;
  readonly why: string;
  /** What a program is asked for its version. */
  readonly version?: readonly string[];
  /** Whether leanos brings it along where the host lacks it: see system/host-tree.ts. */
  readonly isBrought?: boolean;
  /** Whether BusyBox's, which has fewer options, will not do. */
  readonly isMore?: boolean;
}

const BUILD: readonly HostTool[] = [
  {
    name: 'apt-get',
    package: 'apt',
    why: 'finds Debian packages and checks who signed them',
    version: ['--version'],
    isBrought: true,
  },
  {
    name: '/usr/lib/apt/apt-helper',
    package: 'apt',
    why: 'downloads files with a sha256',
    isBrought: true,
  },
  {
    name: 'dpkg-deb',
    package: 'dpkg',
    why: 'unpacks Debian packages',
    version: ['--version'],
    isBrought: true,
  },
];
const GIT: HostTool = {
  name: 'git',
  package: 'git',
  why: "tells the commit's time; without it versions start at day 0",
  version: ['--version'],
};
const SETPRIV: HostTool = {
  name: 'setpriv',
  package: 'util-linux',
  why: 'ends machines and builds together with leanos',
  version: ['--version'],
  isMore: true,
};

/** What few need, so that `doctor` does not ask for it: who comes to need it is told then. */
export const WARM_TOOLS: readonly HostTool[] = [
  {
    name: 'qemu-img',
    package: 'qemu-utils',
    why: 'keeps the disk of a machine that others go on from (warm)',
    version: ['--version'],
  },
];
const SSH: HostTool = {name: 'ssh', package: 'openssh-client', why: 'publishes to another machine'};

/** What bringing a release to a place needs. */
export function publishTools(place: string): readonly HostTool[] {
  return /^ssh:/i.test(place) ? [SSH] : [];
}

/** What Buildroot asks of a host (its manual, "System requirements"), and what the kernel's own build needs beside that. */
const BUILDROOT: readonly HostTool[] = [
  {name: 'make', package: 'make', why: 'drives Buildroot', version: ['--version']},
  {name: 'gcc', package: 'gcc', why: 'compiles the programs that Buildroot runs', version: ['--version']},
  {name: 'g++', package: 'g++', why: 'Buildroot asks for it', version: ['--version']},
  {name: 'flex', package: 'flex', why: "reads the kernel's configuration", version: ['--version']},
  {name: 'bison', package: 'bison', why: "reads the kernel's configuration", version: ['--version']},
  {name: 'bc', package: 'bc', why: "the kernel's build calculates with it"},
  {name: '/usr/include/libelf.h', package: 'libelf-dev', why: "the kernel's objtool needs it"},
  {name: 'patch', package: 'patch', why: 'Buildroot patches sources', version: ['--version']},
  {name: 'perl', package: 'perl', why: 'Buildroot asks for it', version: ['-v']},
  {name: 'python3', package: 'python3', why: 'Buildroot says with it what it builds', version: ['--version']},
  {name: 'rsync', package: 'rsync', why: 'Buildroot copies with it', version: ['--version']},
  {name: 'cpio', package: 'cpio', why: 'Buildroot asks for it', version: ['--version']},
  {name: 'unzip', package: 'unzip', why: 'Buildroot asks for it'},
  {name: 'file', package: 'file', why: 'Buildroot asks for it', version: ['--version']},
  {name: 'bzip2', package: 'bzip2', why: 'unpacks sources'},
  {name: 'wget', package: 'wget', why: 'fetches sources', version: ['--version']},
];

/** The program itself: what is in PATH asks first whether this is a dom0. */
export const XL: HostTool = {
  name: '/usr/lib/xen-4.17/bin/xl',
  package: 'xen-utils-4.17',
  why: 'reads configurations of Xen independently',
};

const TESTS: readonly HostTool[] = [
  {name: 'gcc', package: 'gcc', why: 'compiles payloads', version: ['--version']},
  {
    name: '/usr/include/stdio.h',
    package: 'libc6-dev',
    why: 'is what payloads that are programs are compiled with',
  },
  XL,
  {
    name: 'virt-xml-validate',
    package: 'libvirt-clients',
    why: 'reads domains of libvirt independently',
    version: ['--version'],
  },
  {name: '/boot/ipxe.lkrn', package: 'ipxe', why: 'is started as a payload'},
  {name: '/boot/memtest86+x64.bin', package: 'memtest86+', why: 'is started as a payload'},
  {name: 'make', package: 'make', why: "reads Buildroot's external tree", version: ['--version']},
  {name: 'sgdisk', package: 'gdisk', why: 'checks partition tables independently', version: ['--version']},
  {name: 'sfdisk', package: 'fdisk', why: 'lays partition tables as others do', version: ['--version']},
  {name: 'qemu-img', package: 'qemu-utils', why: 'checks disks independently', version: ['--version']},
  {
    name: 'cloud-localds',
    package: 'cloud-image-utils',
    why: 'makes seeds as others do',
    version: ['--help'],
  },
  {name: 'genisoimage', package: 'genisoimage', why: 'makes seeds as others do', version: ['--version']},
  {name: 'xorriso', package: 'xorriso', why: 'makes seeds as others do', version: ['--version']},
  {name: 'mkfs.vfat', package: 'dosfstools', why: 'makes seeds as others do', version: ['--help']},
  {name: 'mlabel', package: 'mtools', why: 'makes seeds as others do', version: ['--version']},
  {name: 'mkudffs', package: 'udftools', why: 'makes seeds as others do'},
  {name: 'mke2fs', package: 'e2fsprogs', why: 'makes seeds as others do', version: ['-V']},
  {name: 'blkid', package: 'util-linux', why: 'reads labels independently', version: ['--version']},
  {
    name: '/usr/lib/python3/dist-packages/jsonschema',
    package: 'python3-jsonschema',
    why: "judges cloud-configs by cloud-init's schema, and a configuration by Firecracker's",
  },
  {
    name: '/usr/lib/python3/dist-packages/yaml',
    package: 'python3-yaml',
    why: 'reads YAML independently',
  },
  {
    name: 'docker-registry',
    package: 'docker-registry',
    why: 'takes images that are pushed',
    version: ['--version'],
  },
  {name: 'htpasswd', package: 'apache2-utils', why: 'makes passwords of a registry'},
  {name: 'gpg', package: 'gpg', why: 'signs repositories of packages', version: ['--version']},
  {name: 'newuidmap', package: 'uidmap', why: 'gives an ordinary account the numbers of a sandbox'},
  {name: 'ssh-audit', package: 'ssh-audit', why: 'judges what an ssh server offers'},
  {name: 'skopeo', package: 'skopeo', why: 'reads container images independently', version: ['--version']},
  {name: 'umoci', package: 'umoci', why: 'unpacks container images independently', version: ['--version']},
  {name: 'crun', package: 'crun', why: 'runs container images', version: ['--version']},
  {name: 'zstd', package: 'zstd', why: 'packs layers of container images', version: ['--version']},
  {name: 'lxc-create', package: 'lxc', why: 'makes containers of images', version: ['--version']},
  {
    name: 'unsquashfs',
    package: 'squashfs-tools',
    why: 'reads file systems independently',
    version: ['-version'],
  },
  {name: 'file', package: 'file', why: 'recognises files independently', version: ['--version']},
  {name: 'objdump', package: 'binutils', why: 'reads EFI programs independently', version: ['--version']},
  {name: 'signify-openbsd', package: 'signify-openbsd', why: 'checks signatures independently'},
  {name: 'bmaptool', package: 'bmap-tools', why: 'copies disks as others do', version: ['--version']},
  {name: 'vagrant', package: 'vagrant-libvirt', why: 'takes boxes as others do', version: ['--version']},
  {name: 'xmllint', package: 'libxml2-utils', why: 'reads XML independently', version: ['--version']},
  {name: 'openssl', package: 'openssl', why: 'checks password hashes independently', version: ['version']},
  {name: 'shellcheck', package: 'shellcheck', why: "checks the guest's scripts", version: ['--version']},
  {name: 'shfmt', package: 'shfmt', why: "checks the guest's scripts", version: ['--version']},
];

/** What booting an architecture needs: by one firmware, or by all that it has. */
export function machineTools(arch: ArchitectureName, firmware: Firmware = 'uefi'): readonly HostTool[] {
  const {program, package: qemu, uefi} = ARCHITECTURES[arch].qemu;
  return [
    {name: program, package: qemu, why: 'runs machines', version: ['--version']},
    SETPRIV,
    ...(uefi === undefined || firmware !== 'uefi' ? [] : [uefiTool(uefi)]),
  ];
}

/** The firmware under whichever of its names is there. */
function uefiTool({package: name, files}: NonNullable<Architecture['qemu']['uefi']>): HostTool {
  const codes = files.map(firmwareFile);
  return {
    name: codes.find((code) => existsSync(code)) ?? codes[0] ?? '',
    package: name,
    why: 'UEFI for machines',
  };
}

/** What the Buildroot base needs of the host. */
export function buildrootTools(): readonly HostTool[] {
  return [...BUILDROOT, SETPRIV];
}

/** Everything that `doctor` looks at. */
export function allTools(
  arch: ArchitectureName,
  {dev, buildroot}: {dev: boolean; buildroot: boolean},
): readonly HostTool[] {
  const all = [
    ...BUILD,
    GIT,
    ...machineTools(arch),
    ...(buildroot ? BUILDROOT : []),
    // The tests boot machines of every architecture.
    ...(dev ? [...TESTS, ...architectureNames().flatMap((name) => machineTools(name))] : []),
  ];
  return [...new Map(all.map((tool) => [tool.name, tool])).values()];
}

/** Where a tool is, or `undefined`. */
export function findTool(
  {name, isMore = false}: HostTool,
  path = process.env['PATH'] ?? '',
): string | undefined {
  if (name.startsWith('/')) return existsSync(name) ? name : undefined;
  // sbin is not in everybody's PATH, and its programs need no root for plain files.
  const folders = [...path.split(delimiter), '/usr/sbin', '/sbin'];
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  return found !== undefined && isMore && basename(realpathSync(found)) === 'busybox' ? undefined : found;
}

/** Those that the host lacks, and leanos does not bring. */
export function missingTools(tools: readonly HostTool[]): HostTool[] {
  return tools.filter((tool) => findTool(tool) === undefined && !isBroughtHere(tool));
}

/** Whether leanos has an own one for this host. */
export function isBroughtHere({isBrought = false}: HostTool): boolean {
  return isBrought && PINNED_HOSTS.includes(hostArchitecture().debian);
}

/** Whether the host lacks apt or dpkg, so that leanos takes its own. */
export function lacksApt(): boolean {
  return BUILD.some((tool) => findTool(tool) === undefined);
}

/** The one command that installs the packages of tools, by the host's own package manager. */
export function installCommand(tools: readonly HostTool[], prefix = 'sudo '): string {
  const {install, names} = packageManager(
    (program) => findTool({name: program, package: '', why: ''}) !== undefined,
  );
  const packages = new Set(tools.map((tool) => names[tool.package] ?? tool.package));
  return install([...packages].sort().join(' '), prefix);
}
