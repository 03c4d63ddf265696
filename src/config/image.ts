import {z} from 'zod';
import {ARCHIVE_NAMES, NEEDS_MAIN, type ArchiveName} from '../core/archives.ts';
import {architectureNames, type ArchitectureName} from '../core/architecture.ts';
import {BASES, type BaseName} from '../core/base-name.ts';
import {DATASOURCE_NAMES, type DatasourceName} from '../core/datasources.ts';
import type {Diagnostic} from '../core/diagnostic.ts';
import {HARDWARE_NAMES, type HardwareName} from '../core/hardware.ts';
import {IMAGE_REFERENCE} from '../core/names.ts';
import type {RepositoryPlace} from '../core/repository.ts';
import {parseSize} from '../core/size.ts';
import {FORMAT_NAMES, type FormatList} from '../stages/format/image-formats.ts';
import type {MoreSources} from '../system/more-sources.ts';
import {payloadSchema, type PayloadDefinition} from './payload.ts';
import {SERVICE_NAME, serviceSchema, type ServiceDefinition} from './services.ts';

const MIB = 1024 * 1024;

const size = (least: number, unit = 1) =>
  z.string().refine((text) => (parseSize(text) ?? -1) >= least && (parseSize(text) ?? 1) % unit === 0, {
    message: `a size of ${unit === MIB ? 'whole MiB, ' : ''}at least ${least < MIB ? `${least}B` : `${least / MIB}MiB`} is needed, such as 64MiB or 2GiB`,
  });
const wholeMib = (least: number) => size(least, MIB);
const matching = (pattern: RegExp, message: string) => z.string().regex(pattern, message);
const packageName = matching(
  /^[a-z0-9][a-z0-9+.-]+$/,
  'the name of a Debian package is needed, such as "curl"',
);
const moduleName = matching(/^[\w-]+$/, 'the name of a kernel module is needed, such as "virtio_net"');
const userName = matching(
  /^[a-z_][a-z0-9_-]{0,30}$/,
  'a user name is needed: small letters, digits, "_" and "-"',
);
const hostName = matching(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i,
  'a host name is needed: letters, digits and "-"',
);
const oneLine = matching(/^[^\n"]*$/, 'one line without double quotes is needed');

const relativePath = matching(
  /^(?!\/)(?!.*\.\.)[\w./+-]+$/,
  'a path without a leading "/" is needed, such as usr/bin/scp',
);

/** How programs that Buildroot makes get their libraries; the first is the default. */
const LINKING_NAMES = ['static', 'shared'] as const;
export type LinkingName = (typeof LINKING_NAMES)[number];

/** What compresses /usr, by the format of its filesystem. */
export const USR_COMPRESSIONS = {
  squashfs: ['zstd', 'xz', 'lz4'],
  erofs: ['zstd', 'lzma', 'lz4hc', 'lz4'],
} as const;

const base = z.enum(BASES);

const fragments = z.array(relativePath).min(1, 'at least one file is needed');
const buildrootName = matching(
  /^[a-z0-9][a-z0-9_.-]+$/,
  'the name of a Buildroot package is needed, such as "htop"',
);
const packageChoices = (name: typeof packageName) =>
  z.array(
    z.union([
      name,
      /** Only these files or folders of it, such as usr/bin/scp. */
      z.strictObject({name, files: z.array(relativePath).min(1, 'at least one path is needed')}),
    ]),
  );
const sha256 = matching(/^[0-9a-f]{64}$/, 'a sha256 is needed: 64 hexadecimal digits');
const debFile = z.strictObject({
  /** A package that is a file of the project. */
  deb: matching(
    /^(?!.*\.\.)(?:\.\/)?[A-Za-z0-9][\w./+~:-]*\.deb$/,
    'a file of the project without a leading "/" is needed, such as debs/my_1.0_amd64.deb',
  ),
  sha256: sha256.optional(),
  files: z.array(relativePath).min(1, 'at least one path is needed').optional(),
});
const debianPackages = z.array(z.union([...packageChoices(packageName).element.options, debFile]));
const commit = matching(/^[0-9a-f]{40}$/, 'a whole commit is needed: 40 hexadecimal digits');
const address = matching(/^(https?|ftp|file|git|ssh):\/\/\S+$/, 'an address is needed, such as https://…');
const symbolLine = matching(
  /^(BR2_\w+=(y|n|\d+|"[^"\n]*")|# BR2_\w+ is not set)$/,
  'a line of a Buildroot configuration is needed, such as BR2_PACKAGE_HTOP=y',
);

/**
 * An image as its file says it; all keys have defaults. What `extends` names is taken first: maps are merged key by key,
 * lists and values are replaced, but packages and modules come beside those that are there.
 */
export const imageSchema = z.strictObject({
  extends: matching(IMAGE_REFERENCE, 'the name of another image is needed, such as "leanos/test"').optional(),
  description: z.string().optional(),
  /** One base for both, or each its own. */
  base: z.union([base, z.strictObject({kernel: base.optional(), userland: base.optional()})]).optional(),
  arches: z.array(z.enum(architectureNames())).optional(),
  suite: matching(/^[a-z]+$/, "the name of a Debian release is needed, such as 'trixie'").optional(),
  /** Which of Debian's archives packages come from: the release alone, or with what has changed since. All, without it. */
  archives: z
    .array(z.enum(ARCHIVE_NAMES))
    .refine((names) => names.includes('main'), {message: NEEDS_MAIN})
    .optional(),
  /**
   * Packages beside BusyBox and Dropbear, by the names of the image's base; what they depend on comes along. An image for
   * both bases names them for each.
   */
  packages: z
    .union([
      debianPackages,
      z.strictObject({
        debian: debianPackages.optional(),
        buildroot: packageChoices(buildrootName).optional(),
      }),
    ])
    .optional(),
  /** Repositories of Debian packages beside Debian's archives, by name; who signs them is in a file of the project. */
  repositories: z
    .record(
      matching(/^[a-z0-9][a-z0-9-]*$/, 'a name of small letters, digits and "-" is needed'),
      z.strictObject({
        /** What is in it is in the bill of materials too. */
        url: matching(
          /^(https?|file):\/\/(?![^/]*@)[^\s[\]]+$/,
          'an address is needed, such as https://…, without name and password: apt_auth.conf(5) of the host has these',
        ),
        /** A path with "/" at its end is a repository without components. */
        suite: matching(/^[\w.+~/-]+$/, 'the name of a suite is needed, such as "stable"'),
        components: z
          .array(matching(/^[\w.+~/-]+$/, 'the name of a component is needed, such as "main"'))
          .min(1, 'at least one component is needed')
          .optional(),
        keyring: matching(
          /^(?!\/)(?!.*\.\.)[\w.+~/-]+$/,
          'a file of the project without a leading "/" is needed, such as keyrings/tools.asc',
        ),
        /** As in apt_preferences(5). */
        priority: z.int().min(1, 'at least 1 is needed').max(1001, 'at most 1001 is needed').optional(),
        /** All that is taken from it. */
        packages: z.array(packageName).min(1, 'at least one package is needed').optional(),
      }),
    )
    .optional(),
  /** Packages whose maintainer scripts are passed over, though leanos does not know all that they do. */
  scripts: z.record(packageName, z.enum(['ignore', 'sandbox'])).optional(),
  /** Whether modules of Python are compiled when the image is made. */
  bytecode: z.boolean().optional(),
  /** static: smallest and quickest. shared: programs of packages come before its applets. */
  busybox: z
    .union([
      z.enum(['static', 'shared']),
      /** Of the Buildroot base: files of the project that its configuration is changed by. */
      z.strictObject({fragments: fragments.optional()}),
    ])
    .optional(),
  kernel: z
    .strictObject({
      /** Of the Buildroot base: files of the project that the kernel's configuration is changed by. */
      fragments: fragments.optional(),
      /** A Debian package; without it the architecture's own. */
      package: packageName.optional(),
      /** What follows the slot's own parameters on the kernel command line. */
      commandLine: oneLine.optional(),
    })
    .optional(),
  /** The Buildroot base: where Buildroot comes from, where its sources come from, and more lines of its configuration. */
  buildroot: z
    .strictObject({
      source: z
        .union([z.strictObject({url: address, sha256}), z.strictObject({git: address, commit})])
        .optional(),
      /** upstream: each package's own home; debian: nothing but Debian's archive; an address: a mirror of sources. */
      sources: z.union([z.enum(['upstream', 'debian']), address]).optional(),
      /** static: each program has what it needs of libraries in it; shared: as packages that load libraries need it. */
      linking: z.enum(LINKING_NAMES).optional(),
      config: z.array(symbolLine).optional(),
    })
    .optional(),
  /** What its machines show; without it cloud, and what the machines of its formats do. */
  hardware: z.array(z.enum(HARDWARE_NAMES)).min(1, 'at least one is needed').optional(),
  /** Drivers beside those of its hardware: in the initramfs, and in /usr. */
  modules: z
    .strictObject({boot: z.array(moduleName).optional(), usr: z.array(moduleName).optional()})
    .optional(),
  initramfs: z
    .strictObject({compression: z.enum(['zstd', 'xz', 'lz4', 'gzip', 'none']).optional()})
    .optional(),
  usr: z
    .strictObject({
      format: z.enum(['erofs', 'squashfs']).optional(),
      compression: z.enum(['zstd', 'xz', 'lzma', 'lz4hc', 'lz4']).optional(),
      blockSize: size(4096).optional(),
      /** Of zstd: higher is smaller, and takes longer to make. */
      level: z.int().min(1).max(22).optional(),
    })
    .optional(),
  disk: z
    .strictObject({
      esp: wholeMib(32 * MIB).optional(),
      usr: wholeMib(8 * MIB).optional(),
      state: wholeMib(8 * MIB).optional(),
    })
    .optional(),
  hostname: hostName.optional(),
  login: z
    .strictObject({
      user: userName.optional(),
      /** The login shell, where it is not BusyBox's. */
      shell: matching(/^\/[\w./-]+$/, 'an absolute path is needed, such as /bin/bash').optional(),
      /** A hash as crypt(5) makes it, or null for keys only. */
      passwordHash: matching(/^\$[0-9a-z]+\$[^:\s]+$/i, 'a crypt(5) hash is needed, such as "$6$…"')
        .nullable()
        .optional(),
      sudo: z.boolean().optional(),
      /** Where ssh listens. */
      port: z.int().min(1, 'at least 1 is needed').max(65535, 'at most 65535 is needed').optional(),
    })
    .optional(),
  datasources: z
    .strictObject({
      list: z.array(z.enum(DATASOURCE_NAMES)).optional(),
      deadlineSeconds: z.int().min(1, 'at least 1 is needed').max(600, 'at most 600 is needed').optional(),
    })
    .optional(),
  /** What a guest does by itself when its channel has a newer version: nothing, write the other slot, or that and restart. */
  updates: z.enum(['never', 'stage', 'reboot']).optional(),
  formats: z.array(z.enum(FORMAT_NAMES)).min(1, 'at least one format is needed').optional(),
  /** Accounts that programs of packages give their rights up to, such as tcpdump; nobody logs in as them. */
  systemUsers: z.array(userName).optional(),
  /** Programs of packages that give whoever starts them another's rights: `leanos test` finds any other. */
  setuid: z
    .array(matching(/^\/(?!.*\.\.)[\w./+-]+$/, 'an absolute path is needed, such as /usr/bin/sudo'))
    .optional(),
  /** What `leanos test` checks beside the promises of every image. */
  contracts: z.array(z.enum(['openstack', 'openstack-advanced'])).optional(),
  /** Whether the guest runs the containers that user-data names. */
  containers: z.boolean().optional(),
  /** A unikernel, a kernel or a program that the image carries, and boots or runs. */
  /** What the guest keeps running, by name. */
  services: z.record(SERVICE_NAME, serviceSchema).optional(),
  payload: payloadSchema.optional(),
  /** Folders of the project that are laid over the root filesystem, the last one on top. */
  overlays: z
    .array(matching(/^(?!\/)(?!.*\.\.)[\w./-]+$/, 'a folder inside the project is needed'))
    .optional(),
});

export type ImageFile = z.infer<typeof imageSchema>;

/** A Debian package, or only some files and folders of it. */
export interface PackageChoice {
  readonly name: string;
  readonly files?: readonly string[];
}

/** A package that is a file of the project, as a definition names it. */
export interface DebFile {
  /** As the definition knows it: with `leanos/` where it is leanos' own. */
  readonly path: string;
  /** What the file has to be, where that is said. */
  readonly sha256: string | undefined;
  readonly files: readonly string[] | undefined;
  /** Whether it is in a list that is for whichever base the image is built on. */
  readonly isForAnyBase: boolean;
  readonly said: Diagnostic;
}

/** A repository beside Debian's archives, as a definition names it. */
export interface RepositoryDefinition extends RepositoryPlace {
  /** As the definition knows it. */
  readonly keyring: string;
  readonly said: Diagnostic;
}

/** What kernel and userland are taken from. */
export interface Bases {
  readonly kernel: BaseName;
  readonly userland: BaseName;
}

/** The bases in one word: `debian`, or `debian+buildroot` for a userland of the one with a kernel of the other. */
export function baseName({kernel, userland}: Bases): string {
  return kernel === userland ? kernel : `${userland}+${kernel}`;
}

/** Where Buildroot comes from. */
export type BuildrootSource =
  | {readonly kind: 'tarball'; readonly url: string; readonly sha256: string}
  | {readonly kind: 'git'; readonly url: string; readonly commit: string}
  | {readonly kind: 'folder'; readonly path: string};

/** The definition with every default filled in; sizes in bytes. */
export interface ImageDefinition {
  readonly name: string;
  readonly description: string;
  readonly base: Bases;
  readonly arches: readonly ArchitectureName[];
  /** Absent: the newest release that has a kernel for the architecture. */
  readonly suite?: string;
  readonly archives: readonly ArchiveName[];
  readonly packages: {
    readonly debian: readonly PackageChoice[];
    readonly buildroot: readonly PackageChoice[];
  };
  /** The packages that are files; once these are read, their names are among those of Debian. */
  readonly debs: readonly DebFile[];
  readonly repositories: readonly RepositoryDefinition[];
  /** What these two were found to be; nothing until they are read: see build/package-sources.ts. */
  readonly more: MoreSources;
  /** The packages whose maintainer scripts are passed over. */
  readonly unscripted: readonly string[];
  /** The packages whose maintainer scripts are run in a sandbox, whatever they do. */
  readonly sandboxed: readonly string[];
  /** Whether modules of Python are compiled when the image is made. */
  readonly bytecode: boolean;
  readonly busybox: {readonly linking: 'static' | 'shared'; readonly fragments: readonly string[]};
  readonly kernel: {
    readonly package: string | undefined;
    readonly commandLine: string;
    readonly fragments: readonly string[];
  };
  readonly buildroot: {
    readonly source: BuildrootSource;
    /** `upstream`, `debian`, or the address of a mirror. */
    readonly sources: string;
    readonly linking: LinkingName;
    readonly config: readonly string[];
  };
  /** What its machines show; undefined: cloud, and what the machines of its formats do (recipes/hardware.ts). */
  readonly hardware: readonly HardwareName[] | undefined;
  readonly modules: {readonly boot: readonly string[]; readonly usr: readonly string[]};
  readonly initramfs: {readonly compression: 'zstd' | 'xz' | 'lz4' | 'gzip' | 'none'};
  readonly usr: {
    readonly format: 'erofs' | 'squashfs';
    readonly compression: string;
    readonly blockBytes: number;
    /** Of zstd alone. */
    readonly level?: number;
  };
  readonly disk: {readonly espBytes: number; readonly usrBytes: number; readonly stateBytes: number};
  readonly hostname: string;
  readonly login: {
    readonly user: string;
    readonly shell: string;
    readonly passwordHash: string | null;
    readonly sudo: boolean;
    /** Where ssh listens; undefined: at 22, or nowhere where the image's one address is a domain's. */
    readonly port: number | undefined;
  };
  /** Whether Xen starts the kernel, which is its dom0 then: a mode of payloads. */
  readonly hypervisor: boolean;
  readonly datasources: {readonly list: readonly DatasourceName[]; readonly deadlineSeconds: number};
  readonly updates: 'never' | 'stage' | 'reboot';
  /** The first one is the image that is booted here. */
  readonly formats: FormatList;
  readonly systemUsers: readonly string[];
  readonly setuid: readonly string[];
  readonly contracts: readonly ('openstack' | 'openstack-advanced')[];
  readonly overlays: readonly string[];
  readonly services: readonly ServiceDefinition[];
  /** Whether the guest runs the containers that user-data names. */
  readonly containers: boolean;
  readonly payload: PayloadDefinition | undefined;
}
