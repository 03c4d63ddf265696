import type {Plan, Step} from '../pipeline/plan.ts';
import {initramfs} from '../stages/boot/initramfs.ts';
import {programs} from '../stages/boot/programs.ts';
import {rootfs} from '../stages/rootfs/rootfs.ts';
import {serviceCheck} from '../stages/rootfs/service-check.ts';
import {unitServices} from '../stages/rootfs/unit-services.ts';
import {packageUnits} from '../stages/userland/package-units.ts';
import {pythonBytecode} from '../stages/userland/python-bytecode.ts';
import {unstartedJobs} from '../stages/userland/unstarted-jobs.ts';
import {sourceTree} from '../stages/source-tree.ts';
import type {Base} from './base.ts';
import {guestFiles} from './guest-files.ts';
import type {ImageRequest} from './image-request.ts';
import {hostInputs} from './inputs.ts';
import {hasPackages} from './packages.ts';
import {startedBy, variablesBesideUnit, type Service} from './services.ts';

/** Setuid programs that packages bring; everything else keeps the mode it has. Buildroot's packages make more of them than Debian's. */
const MODES = {
  'usr/bin/busybox': 0o755,
  'usr/bin/ping': 0o755, // every account may ping: see ping_group_range in `boot`
  'usr/bin/screen*': 0o755, // root's, for sessions that several accounts share
  'usr/bin/doas': 0o4755,
  'usr/bin/traceroute': 0o4755,
  'usr/bin/traceroute.db': 0o4755,
};

/** What both the initramfs and the root filesystem are made of. */
export interface GuestParts {
  readonly kernel: Step;
  readonly userland: Step;
  /** That of the userland. */
  readonly base: Base;
}

/** What a root filesystem has beside that of every guest. */
export interface MoreOfRootfs {
  /** Archives (`tree.tar`) that are laid over it, above those of the definition. */
  readonly overlays?: readonly Step[];
  /** What the guest keeps running. */
  readonly services?: readonly Service[];
}

/** The initramfs that finds /usr and STATE on a disk. */
export function planInitramfs(plan: Plan, request: ImageRequest, parts: GuestParts): Step {
  const {image, sources} = request;
  const {kernel, base} = parts;
  const handOver = isHandedOver(request);
  return plan.add(
    initramfs,
    {...image.initramfs, handOver, links: !handOver && base.appletLinks, user: image.login.user},
    {
      busybox: base.busybox(),
      kernel,
      scripts: plan.add(sourceTree, {...sources.initramfs}, {}),
      shared: plan.add(sourceTree, {...sources.shared}, {}),
      programs: planPrograms(plan, request, 'initramfs'),
    },
  );
}

/** The root filesystem, as an archive. Later overlays lie above earlier ones. */
export function planRootfs(
  plan: Plan,
  request: ImageRequest,
  {kernel, userland}: GuestParts,
  {overlays: more = [], services = []}: MoreOfRootfs,
): Step {
  const {image, arch, version, sources} = request;
  if (hasPackages(image)) plan.add(unstartedJobs, {started: startedBy(services)}, {userland});
  const overlays = [
    plan.add(sourceTree, {...sources.shared}, {}),
    planPrograms(plan, request, 'rootfs'),
    ...(hasPackages(image) ? [plan.add(sourceTree, {...sources.packages}, {})] : []),
    ...planBytecode(plan, request, userland),
    ...(services.length > 0 || image.containers
      ? [plan.add(sourceTree, {...sources.services}, {}), planPrograms(plan, request, 'services')]
      : []),
    ...(image.containers
      ? [plan.add(sourceTree, {...sources.containers}, {}), planPrograms(plan, request, 'containers')]
      : []),
    ...sources.overlays.map((folder) => plan.add(sourceTree, {...folder}, {})),
    ...more,
    ...planUnits(plan, request, services),
  ];
  const root = plan.add(
    rootfs,
    {files: guestFiles(image, {version, arch}, services), modes: MODES},
    {
      userland,
      kernel,
      scripts: plan.add(sourceTree, {...sources.rootfs}, {}),
      ...Object.fromEntries(overlays.map((overlay, index) => [`overlay-${index}`, overlay])),
    },
  );
  const defined = services.flatMap(({name, said}) => (said === undefined ? [] : [{name, said}]));
  if (defined.length > 0) plan.add(serviceCheck, {services: defined}, {rootfs: root});
  return root;
}

/** The modules of Python, compiled, where the image has Python and wants it so. */
function planBytecode(plan: Plan, request: ImageRequest, userland: Step): Step[] {
  const isWanted = request.image.bytecode && hostInputs(request).python.length > 0;
  return isWanted ? [plan.add(pythonBytecode, {}, {userland})] : [];
}

/** The rows of services whose definition names a unit of systemd. */
function planUnits(plan: Plan, {inputs, sources}: ImageRequest, services: readonly Service[]): Step[] {
  const rows = services.flatMap((service) =>
    service.unit === undefined
      ? []
      : [
          {
            name: service.name,
            unit: service.unit.name,
            without: service.unit.without,
            variables: variablesBesideUnit(service),
          },
        ],
  );
  if (rows.length === 0) return [];
  const overlays = sources.overlays.map(
    (folder, index) => [`overlay-${index}`, plan.add(sourceTree, {...folder}, {})] as const,
  );
  const units = plan.add(packageUnits, {packages: inputs.userland}, {});
  return [plan.add(unitServices, {services: rows}, {...Object.fromEntries(overlays), units})];
}

/** Whether BusyBox comes to the root filesystem from the initramfs, which has the same: a static one is there once. */
export function isHandedOver({image}: Pick<ImageRequest, 'image'>): boolean {
  return image.busybox.linking === 'static';
}

/** A folder of the sources of programs: each is for a place, or for what an image does. */
export type ProgramFolder = 'initramfs' | 'rootfs' | 'services' | 'containers' | 'solo5' | 'xen';

/** The guest's own programs for a place: one of the folders of the sources. */
export function planPrograms(
  plan: Plan,
  {sources, arch: {gnu, processors}}: ImageRequest,
  folder: ProgramFolder,
): Step {
  const native = plan.add(sourceTree, {...sources.native}, {});
  return plan.add(programs, {folder, target: gnu, processors}, {sources: native});
}
