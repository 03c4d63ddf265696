import type {Plan, Step} from '../pipeline/plan.ts';
import {compressedKernel} from '../stages/boot/compressed-kernel.ts';
import {initramfsRam} from '../stages/boot/initramfs.ts';
import {VULNERABILITIES} from '../stages/buildroot/vulnerabilities.ts';
import {rootfsTarGz} from '../stages/convert/rootfs-tar-gz.ts';
import {planBases} from './base.ts';
import type {Deliverable} from './deliverable.ts';
import {planDiskParts, planFormats, planRareParts, type StartedHypervisor} from './formats.ts';
import {planInitramfs, planRootfs, type MoreOfRootfs} from './guest.ts';
import type {ImageRequest} from './image-request.ts';
import {planRelease} from './release.ts';
import {definedServices} from './services.ts';
import {planUsr} from './usr.ts';

/** Steps and files that an image has beside those of every guest. */
export interface MoreOfLinux extends MoreOfRootfs {
  readonly deliverables?: readonly Deliverable[];
  readonly hypervisor?: StartedHypervisor;
}

/** The lean Linux, from inputs to the folder of files that the user gets. */
export function planLinux(plan: Plan, request: ImageRequest, more: MoreOfLinux = {}): Step {
  const {
    usr: {format},
  } = request.image;
  const bases = planBases(plan, request);
  const kernel = bases.kernel.kernel();
  const userland = bases.userland.userland();
  const parts = {kernel, userland, base: bases.userland};

  // What the initramfs is compressed from is there early, and compressing it takes the longest: so it comes first.
  const initramfs = planInitramfs(plan, request, parts);
  const services = [...definedServices(request.image.services), ...(more.services ?? [])];
  const rootfs = planRootfs(plan, request, parts, {...more, services});
  const usr = planUsr(plan, request, rootfs);
  const ram = plan.add(initramfsRam, {}, {initramfs, usr: usr.plain});
  const archive = plan.add(rootfsTarGz, {user: request.image.login.user}, {rootfs});

  const boot = {kernel, slotInitramfs: initramfs, usr: usr.checked};
  const slotKernel = request.arch.bareKernel ? plan.add(compressedKernel, {}, {kernel}) : kernel;
  const disk = planDiskParts(plan, request, {...boot, slotKernel, hypervisor: more.hypervisor});
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
    ...(more.deliverables ?? []),
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
  return planRelease(plan, request, deliverables, {userland, usr: usr.checked}, more.hypervisor?.line);
}
