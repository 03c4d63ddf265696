import {architectureNames} from '../core/architecture.ts';
import {ARCHIVE_NAMES, sortedArchives} from '../core/archives.ts';
import {DEFAULT_DATASOURCES} from '../core/datasources.ts';
import {parseSize} from '../core/size.ts';
import type {Bases, BuildrootSource, ImageDefinition, ImageFile, PackageChoice} from './image.ts';
import {NO_MORE_SOURCES} from '../system/more-sources.ts';
import {namedChoices, packagesByBase, type PackagesByBase} from './packages.ts';
import {payloadDefinition} from './payload.ts';
import {serviceDefinitions} from './services.ts';

/** What every initramfs has beside the drivers of its hardware. What the kernel has built in needs no name here. */
const BOOT_MODULES = ['sd_mod', 'ext4', 'crc32c_generic', 'overlay', 'loop'];

/** What every /usr has: seeds on disks, VLANs; and what its architecture hears the power button by. */
const USR_MODULES = [
  'sr_mod',
  'isofs',
  'udf', // Azure's disc
  'vfat',
  'nls_cp437',
  'nls_ascii',
  'nls_iso8859_1',
  'nls_utf8',
  '8021q',
];

/** What runs containers of user-data: crun, curl, which checks whom it fetches from, and what unpacks the layers that BusyBox cannot. */
const CONTAINER_PACKAGES: readonly PackageChoice[] = [
  {name: 'crun'},
  {name: 'curl'},
  {name: 'ca-certificates'},
  {name: 'zstd', files: ['usr/bin/zstd']},
];

/** The newest long-term release of Buildroot; the sha256 is that of its signed announcement. */
const BUILDROOT: BuildrootSource = {
  kind: 'tarball',
  url: 'https://buildroot.org/downloads/buildroot-2026.02.3.tar.xz',
  sha256: '5a59e7501b0b4ec52c41f4bfa79412320e0b37eae5f719605a258e8d0c6fc7fb',
};

/** Fills a definition up with what leanos takes where the file is silent. */
export function withDefaults(name: string, file: ImageFile): ImageDefinition {
  const packages = packagesByBase(file.packages);
  return {
    name,
    description: file.description ?? '',
    base: bases(file.base),
    arches: file.arches ?? architectureNames(),
    ...(file.suite === undefined ? {} : {suite: file.suite}),
    archives: sortedArchives(file.archives ?? ARCHIVE_NAMES),
    packages: {
      debian: withContainers(choices(packages.debian), file.containers ?? false),
      buildroot: choices(packages.buildroot),
    },
    debs: [],
    repositories: [],
    more: NO_MORE_SOURCES,
    unscripted: scriptsThat('ignore', file),
    sandboxed: scriptsThat('sandbox', file),
    bytecode: file.bytecode ?? true,
    busybox: busybox(file.busybox, packages.debian.length > 0),
    kernel: {
      package: file.kernel?.package,
      commandLine: file.kernel?.commandLine ?? '',
      fragments: file.kernel?.fragments ?? [],
    },
    buildroot: {
      source: buildrootSource(file.buildroot?.source),
      sources: file.buildroot?.sources ?? 'upstream',
      linking: file.buildroot?.linking ?? 'static',
      config: file.buildroot?.config ?? [],
    },
    modules: {
      boot: unique([...BOOT_MODULES, ...(file.modules?.boot ?? [])]),
      usr: unique([...USR_MODULES, ...(file.modules?.usr ?? [])]),
    },
    hardware: file.hardware,
    initramfs: {compression: file.initramfs?.compression ?? 'zstd'},
    usr: {
      format: file.usr?.format ?? 'squashfs',
      compression: file.usr?.compression ?? 'zstd',
      ...((file.usr?.compression ?? 'zstd') === 'zstd' ? {level: file.usr?.level ?? 9} : {}),
      blockBytes: bytes(file.usr?.blockSize ?? '256KiB'),
    },
    disk: {
      espBytes: bytes(file.disk?.esp ?? '40MiB'),
      usrBytes: bytes(file.disk?.usr ?? '24MiB'),
      stateBytes: bytes(file.disk?.state ?? '32MiB'),
    },
    hostname: file.hostname ?? 'leanos',
    login: {
      user: file.login?.user ?? 'leanos',
      shell: file.login?.shell ?? '/bin/sh',
      passwordHash: file.login?.passwordHash ?? null,
      sudo: file.login?.sudo ?? true,
      port: file.login?.port,
    },
    hypervisor: false,
    datasources: {
      list: file.datasources?.list ?? DEFAULT_DATASOURCES,
      deadlineSeconds: file.datasources?.deadlineSeconds ?? 10,
    },
    updates: file.updates ?? 'stage',
    formats: formats(file.formats),
    systemUsers: file.systemUsers ?? [],
    setuid: file.setuid ?? [],
    contracts: file.contracts ?? [],
    overlays: file.overlays ?? [],
    services: serviceDefinitions(file.services),
    containers: file.containers ?? false,
    payload: file.payload === undefined ? undefined : payloadDefinition(file.payload),
  };
}

function bases(base: ImageFile['base']): Bases {
  if (typeof base === 'string') return {kernel: base, userland: base};
  return {kernel: base?.kernel ?? 'debian', userland: base?.userland ?? 'debian'};
}

/** The packages whose scripts have this done with them. */
function scriptsThat(deed: 'ignore' | 'sandbox', {scripts = {}}: Pick<ImageFile, 'scripts'>): string[] {
  return Object.keys(scripts).filter((name) => scripts[name] === deed);
}

/** Programs of packages come before BusyBox's applets, where there are any. */
function busybox(value: ImageFile['busybox'], hasPackages: boolean): ImageDefinition['busybox'] {
  if (typeof value === 'object') return {linking: 'static', fragments: value.fragments ?? []};
  return {linking: value ?? (hasPackages ? 'shared' : 'static'), fragments: []};
}

function formats([first = 'qcow2', ...more]: ImageFile['formats'] = []): ImageDefinition['formats'] {
  return [first, ...more];
}

function buildrootSource(source: NonNullable<ImageFile['buildroot']>['source']): BuildrootSource {
  if (source === undefined) return BUILDROOT;
  return 'git' in source
    ? {kind: 'git', url: source.git, commit: source.commit}
    : {kind: 'tarball', ...source};
}

/** One choice for each package, in the order of first mention; what is said last of a package counts. */
function choices(packages: PackagesByBase['debian']): PackageChoice[] {
  return [
    ...new Map(
      namedChoices(packages).map((choice): [string, PackageChoice] => [choice.name, choice]),
    ).values(),
  ];
}

function withContainers(packages: readonly PackageChoice[], containers: boolean): PackageChoice[] {
  const named = new Set(packages.map(({name}) => name));
  return [...packages, ...(containers ? CONTAINER_PACKAGES.filter(({name}) => !named.has(name)) : [])];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function bytes(size: string): number {
  const value = parseSize(size);
  if (value === undefined) throw new Error(`${size} is no size`);
  return value;
}
