import {baseName, type ImageDefinition} from '../config/image.ts';
import type {Architecture} from '../core/architecture.ts';
import {derivedUuid} from '../formats/disk-layout.ts';
import {Plan, type Step} from '../pipeline/plan.ts';
import {esp} from '../stages/boot/esp.ts';
import {grub} from '../stages/boot/grub.ts';
import {initramfs, initramfsRam} from '../stages/boot/initramfs.ts';
import {programs} from '../stages/boot/programs.ts';
import {rootfsTarGz} from '../stages/convert/rootfs-tar-gz.ts';
import type {DiskInput, DiskOptions} from '../stages/disk/disk-pieces.ts';
import {diskQcow2} from '../stages/disk/disk-qcow2.ts';
import {diskRaw} from '../stages/disk/disk-raw.ts';
import {stateExt4} from '../stages/disk/state-ext4.ts';
import {debianKernel} from '../stages/kernel/debian-kernel.ts';
import {VULNERABILITIES} from '../stages/buildroot/vulnerabilities.ts';
import {releaseFiles, type ReleaseFile} from '../stages/release/release-files.ts';
import {rootfs} from '../stages/rootfs/rootfs.ts';
import {sourceTree} from '../stages/source-tree.ts';
import {toolsTree} from '../stages/tools-tree.ts';
import {debianUserland} from '../stages/userland/debian-userland.ts';
import {usrErofs} from '../stages/usr/usr-erofs.ts';
import {usrSquashfs} from '../stages/usr/usr-squashfs.ts';
import {usrVerity} from '../stages/usr/usr-verity.ts';
import {
  chosenFiles,
  planBuildroot,
  sourceName,
  type BuildrootRequest,
  type BuildrootSteps,
  type SourceFolder,
} from './buildroot.ts';
import {kernelCommandLine} from './command-line.ts';
import {guestFiles} from './guest-files.ts';
import type {Compiler, ImageInputs} from './inputs.ts';

/** What a guest is told of updates, on STATE: /usr is the same bytes in every channel. A type: it is an option of a stage. */
export type UpdateConfig = {
  readonly channel: string;
  /** Where it asks; null: nowhere. */
  readonly url: string | null;
  /** Public keys of signify, each as the second line of its file. */
  readonly keys: readonly string[];
};

/** Everything that decides an image. */
export interface ImageRequest {
  readonly image: ImageDefinition;
  readonly arch: Architecture;
  /** What the build runs on. */
  readonly host: Architecture;
  readonly version: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly commit: string | undefined;
  readonly update: UpdateConfig;
  readonly inputs: ImageInputs;
  /** What compiles the guest's own programs; without it the image has none, and /usr is not checked. */
  readonly compiler: Compiler | undefined;
  readonly sources: {
    readonly native: SourceFolder;
    readonly initramfs: SourceFolder;
    /** For both of them. */
    readonly shared: SourceFolder;
    readonly rootfs: SourceFolder;
    readonly overlays: readonly SourceFolder[];
  };
  readonly grubConfig: string;
  /** Absent where neither kernel nor userland come from Buildroot. */
  readonly buildroot?: BuildrootRequest;
}

/** As mkfs.erofs takes it: the highest level whose time is still worth its bytes. */
const EROFS_COMPRESSION: Readonly<Record<string, string>> = {
  lzma: 'lzma,6',
  lz4hc: 'lz4hc,12',
};

/** Setuid programs that packages bring; everything else keeps the mode it has. */
const MODES = {
  'usr/bin/doas': 0o4755,
  'usr/bin/traceroute': 0o4755,
  'usr/bin/traceroute.db': 0o4755,
};

/**
 * The way from inputs to an image, as a plan. Pure: nothing is built, and equal requests give equal keys.
 * `release` is the step whose artifact is the folder of files that the user gets.
 */
export function planImage(request: ImageRequest): {plan: Plan; release: Step} {
  const {image, arch, inputs, sources} = request;
  const plan = new Plan(request.epoch);
  plan.useTools(plan.add(toolsTree, {packages: inputs.tools}, {}));

  const buildroot = planBuildroot(plan, request);
  const kernel = image.base.kernel === 'buildroot' ? buildroot.kernel() : planDebianKernel(plan, request);
  const [userland, busybox] =
    image.base.userland === 'buildroot'
      ? [buildroot.userland(), buildroot.userland()]
      : [
          plan.add(debianUserland, {packages: inputs.userland, only: chosenFiles(image.packages.debian)}, {}),
          plan.add(debianUserland, {packages: inputs.initramfs, only: {}}, {}),
        ];
  const scripts = plan.add(sourceTree, {...sources.rootfs}, {});
  const shared = plan.add(sourceTree, {...sources.shared}, {});
  const rootPrograms = planPrograms(plan, request, {folder: 'rootfs', buildroot});
  const bootPrograms = planPrograms(plan, request, {folder: 'initramfs', buildroot});
  const overlays = [
    shared,
    ...(rootPrograms === undefined ? [] : [rootPrograms]),
    ...sources.overlays.map((folder) => plan.add(sourceTree, {...folder}, {})),
  ];
  const handOver = image.busybox.linking === 'static';
  const bootScripts = plan.add(sourceTree, {...sources.initramfs}, {});
  // Before the root filesystem, for to compress it is what takes the longest.
  const small = plan.add(
    initramfs,
    {
      ...image.initramfs,
      handOver,
      links: !handOver && image.base.userland === 'buildroot',
      user: image.login.user,
    },
    {
      busybox,
      kernel,
      scripts: bootScripts,
      shared,
      ...(bootPrograms === undefined ? {} : {programs: bootPrograms}),
    },
  );

  const own = guestFiles(image, {version: request.version, arch: arch.name});
  const root = plan.add(
    rootfs,
    {files: own, modes: MODES},
    rootfsInputs({userland, kernel, scripts}, overlays),
  );
  const plain = planUsr(plan, image, {root, handOver});
  const usr = request.compiler === undefined ? plain : plan.add(usrVerity, {}, {usr: plain});
  const ram = plan.add(initramfsRam, {}, {initramfs: small, usr: plain});
  const disk = planDisk(plan, request, {kernel, initramfs: small, usr});

  const release = planRelease(plan, request, {
    disk,
    kernel,
    initramfs: ram,
    slotInitramfs: small,
    usr,
    rootfs: root,
    userland,
    vulnerabilities: buildroot.vulnerabilities(),
  });
  return {plan, release};
}

function planDebianKernel(plan: Plan, {image, inputs, compiler}: ImageRequest): Step {
  const verity = compiler === undefined ? [] : ['dm_verity'];
  return plan.add(
    debianKernel,
    {
      packages: inputs.kernel,
      bootModules: [...image.modules.boot, image.usr.format, ...verity],
      usrModules: image.modules.usr,
    },
    {},
  );
}

function rootfsInputs(
  fixed: {readonly userland: Step; readonly kernel: Step; readonly scripts: Step},
  overlays: readonly Step[],
): Record<'userland' | 'kernel' | 'scripts', Step> {
  return {...fixed, ...Object.fromEntries(overlays.map((overlay, index) => [`overlay-${index}`, overlay]))};
}

/** The guest's own programs for a place: one of the folders of the sources. Where there is no compiler there are none. */
function planPrograms(
  plan: Plan,
  {compiler, sources, arch}: ImageRequest,
  {folder, buildroot}: {folder: 'initramfs' | 'rootfs'; buildroot: BuildrootSteps},
): Step | undefined {
  if (compiler === undefined) return undefined;
  const native = plan.add(sourceTree, {...sources.native}, {});
  const inputs = compiler === 'gcc' ? {sources: native, toolchain: buildroot.toolchain()} : {sources: native};
  return plan.add(programs, {compiler, folder, prefix: arch.buildroot.musl}, inputs);
}

function planUsr(
  plan: Plan,
  {usr}: ImageDefinition,
  {root, handOver}: {readonly root: Step; readonly handOver: boolean},
): Step {
  const {format, compression, blockBytes, level} = usr;
  const levels = level === undefined ? {} : {level};
  if (format === 'squashfs')
    return plan.add(usrSquashfs, {compression, ...levels, blockBytes, handOver}, {rootfs: root});
  const known = level === undefined ? EROFS_COMPRESSION[compression] : `${compression},${level}`;
  return plan.add(
    usrErofs,
    {compression: known ?? compression, clusterBytes: blockBytes, handOver},
    {rootfs: root},
  );
}

/** What goes onto a disk, whichever format it has. */
interface Disk {
  readonly options: DiskOptions;
  readonly inputs: Readonly<Record<DiskInput, Step>>;
}

const DISK_STAGES = {qcow2: diskQcow2, raw: diskRaw};

function planDisk(
  plan: Plan,
  {image, arch, version, grubConfig, inputs, update}: ImageRequest,
  {kernel, initramfs: small, usr}: {kernel: Step; initramfs: Step; usr: Step},
): Disk {
  const seed = `leanos ${image.name} ${arch.name} ${version}`;
  const bootloader = plan.add(
    grub,
    {packages: inputs.boot, bios: arch.grub.bios ?? null, efi: arch.grub.efi ?? null},
    {},
  );
  const system = plan.add(
    esp,
    {
      bytes: image.disk.espBytes,
      volumeId: derivedUuid(`${seed} ESP`).slice(0, 8),
      efiFile: arch.efiFile ?? null,
      grubConfig,
      slot: 'A',
      commandLine: kernelCommandLine(image, arch, {slot: 'A'}),
    },
    {kernel, initramfs: small, grub: bootloader, usr},
  );
  const state = plan.add(
    stateExt4,
    {
      bytes: image.disk.stateBytes,
      uuid: derivedUuid(`${seed} STATE filesystem`),
      user: image.login.user,
      update,
    },
    {},
  );
  return {
    options: {arch: arch.name, seed, sizes: image.disk, bios: arch.grub.bios !== undefined},
    inputs: {esp: system, usr, state, grub: bootloader},
  };
}

function planRelease(
  plan: Plan,
  {image, arch, version, commit, inputs, buildroot}: ImageRequest,
  built: Readonly<Record<'kernel' | 'initramfs' | 'slotInitramfs' | 'usr' | 'rootfs' | 'userland', Step>> & {
    readonly disk: Disk;
    readonly vulnerabilities: Step | undefined;
  },
): Step {
  const files: ReleaseFile[] = [
    {kind: 'kernel', format: 'vmlinuz', input: 'kernel', source: 'vmlinuz', suffix: 'kernel'},
    {kind: 'initramfs', format: 'cpio', input: 'initramfs', source: 'initramfs', suffix: 'initramfs'},
    {
      kind: 'slot-initramfs',
      format: 'cpio',
      input: 'slotInitramfs',
      source: 'initramfs',
      suffix: 'slot-initramfs',
    },
    {kind: 'usr', format: image.usr.format, input: 'usr', source: 'usr.img', suffix: 'usr.img'},
    {kind: 'rootfs', format: 'tar.gz', input: 'rootfs', source: 'rootfs.tar.gz', suffix: 'rootfs.tar.gz'},
  ];
  const disks: Record<string, Step> = {};
  for (const format of image.formats) {
    disks[`disk-${format}`] = plan.add(DISK_STAGES[format], built.disk.options, built.disk.inputs);
    files.unshift({
      kind: 'disk',
      format,
      input: `disk-${format}`,
      source: `disk.${format}`,
      suffix: `disk.${format}`,
    });
  }
  if (built.vulnerabilities !== undefined)
    files.push({
      kind: 'vulnerabilities',
      format: 'cdx.json',
      input: 'vulnerabilities',
      source: VULNERABILITIES,
      suffix: 'vulnerabilities.cdx.json',
    });
  const archive = plan.add(rootfsTarGz, {}, {rootfs: built.rootfs});
  return plan.add(
    releaseFiles,
    {
      name: `leanos-${version}-${image.name}-${arch.name}`,
      ...(buildroot === undefined ? {} : {buildroot: sourceName(buildroot.source)}),
      identity: {
        version,
        image: image.name,
        arch: arch.name,
        base: baseName(image.base),
        commit: commit ?? null,
      },
      commandLine: {
        disk: kernelCommandLine(image, arch, {slot: 'A'}),
        ram: kernelCommandLine(image, arch, {}),
      },
      files,
      inputs: {
        kernel: inputs.kernel,
        // The C library of the toolchain is in every program.
        boot: [...inputs.boot, ...inputs.sysroot.filter(({name}) => name === 'musl-dev')],
        tools: [...inputs.tools, ...inputs.toolchain],
      },
    },
    {
      ...disks,
      kernel: built.kernel,
      initramfs: built.initramfs,
      slotInitramfs: built.slotInitramfs,
      usr: built.usr,
      rootfs: archive,
      userland: built.userland,
      ...(built.vulnerabilities === undefined ? {} : {vulnerabilities: built.vulnerabilities}),
    },
  );
}
