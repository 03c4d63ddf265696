import {Plan, type Step} from '../pipeline/plan.ts';
import {COMPILERS} from '../stages/boot/programs.ts';
import {compressedKernel} from '../stages/boot/compressed-kernel.ts';
import {initramfsRam} from '../stages/boot/initramfs.ts';
import {VULNERABILITIES} from '../stages/buildroot/vulnerabilities.ts';
import {rootfsTarGz} from '../stages/convert/rootfs-tar-gz.ts';
import {toolsTree} from '../stages/tools-tree.ts';
import {planBases} from './base.ts';
import type {Deliverable} from './deliverable.ts';
import {planDiskParts, planFormats, planRareParts} from './formats.ts';
import {planInitramfs, planRootfs} from './guest.ts';
import type {ImageRequest} from './image-request.ts';
import {DISC_TOOLS, hostInputs} from './inputs.ts';
import type {PackagePin} from '../system/apt.ts';
import {planRelease} from './release.ts';
import {planUsr} from './usr.ts';

/**
 * The way from inputs to an image, as a plan. Pure: nothing is built, and equal requests give equal keys.
 * `release` is the step whose artifact is the folder of files that the user gets.
 */
export function planImage(request: ImageRequest): {plan: Plan; release: Step} {
  const {
    usr: {format},
  } = request.image;
  const plan = new Plan(request.epoch);
  const {tools, discTools, compiler} = hostInputs(request);
  plan.useTools(plan.add(toolsTree, {packages: tools}, {}));
  plan.useToolsFor(DISC_TOOLS, () => plan.add(toolsTree, {packages: union(tools, discTools)}, {}));
  plan.useToolsFor(COMPILERS, () => plan.add(toolsTree, {packages: compiler}, {}));

  const bases = planBases(plan, request);
  const kernel = bases.kernel.kernel();
  const userland = bases.userland.userland();
  const parts = {kernel, userland, base: bases.userland};

  // What the initramfs is compressed from is there early, and compressing it takes the longest: so it comes first.
  const initramfs = planInitramfs(plan, request, parts);
  const rootfs = planRootfs(plan, request, parts);
  const usr = planUsr(plan, request, rootfs);
  const ram = plan.add(initramfsRam, {}, {initramfs, usr: usr.plain});
  const archive = plan.add(rootfsTarGz, {user: request.image.login.user}, {rootfs});

  const boot = {kernel, slotInitramfs: initramfs, usr: usr.checked};
  const slotKernel = request.arch.bareKernel ? plan.add(compressedKernel, {}, {kernel}) : kernel;
  const disk = planDiskParts(plan, request, {...boot, slotKernel});
  const deliverables: Deliverable[] = [
    ...planFormats(plan, request, {
      ...boot,
      ...disk,
      ...planRareParts(plan, request),
      initramfs: ram,
      rootfs,
      rootfsArchive: archive,
    }),
    {kind: 'kernel', format: 'vmlinuz', step: kernel, file: 'vmlinuz', suffix: 'kernel'},
    ...(slotKernel === kernel
      ? []
      : [{kind: 'slot-kernel', format: 'gzip', step: slotKernel, file: 'vmlinuz', suffix: 'slot-kernel'}]),
    {kind: 'initramfs', format: 'cpio', step: ram, file: 'initramfs', suffix: 'initramfs'},
    {kind: 'slot-initramfs', format: 'cpio', step: initramfs, file: 'initramfs', suffix: 'slot-initramfs'},
    {kind: 'usr', format, step: usr.checked, file: 'usr.img', suffix: 'usr.img'},
    {kind: 'rootfs', format: 'tar.gz', step: archive, file: 'rootfs.tar.gz', suffix: 'rootfs.tar.gz'},
  ];
  const known = bases.userland.vulnerabilities() ?? bases.kernel.vulnerabilities();
  if (known !== undefined)
    deliverables.push({
      kind: 'vulnerabilities',
      format: 'cdx.json',
      step: known,
      file: VULNERABILITIES,
      suffix: 'vulnerabilities.cdx.json',
    });
  return {plan, release: planRelease(plan, request, deliverables, {userland, usr: usr.checked})};
}

/** Packages of which some may be in both lists. */
function union(...lists: readonly (readonly PackagePin[])[]): PackagePin[] {
  return [...new Map(lists.flat().map((pin) => [pin.sha256, pin])).values()];
}
