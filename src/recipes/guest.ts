import type {Plan, Step} from '../pipeline/plan.ts';
import {initramfs} from '../stages/boot/initramfs.ts';
import {programs} from '../stages/boot/programs.ts';
import {rootfs} from '../stages/rootfs/rootfs.ts';
import {sourceTree} from '../stages/source-tree.ts';
import type {Base} from './base.ts';
import {guestFiles} from './guest-files.ts';
import type {ImageRequest} from './image-request.ts';

/** Setuid programs that packages bring; everything else keeps the mode it has. */
const MODES = {
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
  parts: GuestParts & {readonly overlays: readonly Step[]},
): Step {
  const {image, arch, version, sources} = request;
  const {kernel, userland} = parts;
  const overlays = [
    plan.add(sourceTree, {...sources.shared}, {}),
    planPrograms(plan, request, 'rootfs'),
    ...sources.overlays.map((folder) => plan.add(sourceTree, {...folder}, {})),
    ...parts.overlays,
  ];
  return plan.add(
    rootfs,
    {files: guestFiles(image, {version, arch}), modes: MODES},
    {
      userland,
      kernel,
      scripts: plan.add(sourceTree, {...sources.rootfs}, {}),
      ...Object.fromEntries(overlays.map((overlay, index) => [`overlay-${index}`, overlay])),
    },
  );
}

/** Whether BusyBox comes to the root filesystem from the initramfs, which has the same: a static one is there once. */
export function isHandedOver({image}: Pick<ImageRequest, 'image'>): boolean {
  return image.busybox.linking === 'static';
}

/** The guest's own programs for a place: one of the folders of the sources. */
function planPrograms(
  plan: Plan,
  {sources, arch: {gnu, processors}}: ImageRequest,
  folder: 'initramfs' | 'rootfs',
): Step {
  const native = plan.add(sourceTree, {...sources.native}, {});
  return plan.add(programs, {folder, target: gnu, processors}, {sources: native});
}
