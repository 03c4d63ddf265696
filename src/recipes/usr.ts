import type {ImageDefinition} from '../config/image.ts';
import type {Plan, Step} from '../pipeline/plan.ts';
import {usrErofs} from '../stages/usr/usr-erofs.ts';
import {usrSquashfs} from '../stages/usr/usr-squashfs.ts';
import {usrVerity} from '../stages/usr/usr-verity.ts';
import {isHandedOver} from './guest.ts';
import type {ImageRequest} from './image-request.ts';

/** As mkfs.erofs takes it: the highest level whose time is still worth its bytes. */
const EROFS_COMPRESSION: Readonly<Record<string, string>> = {
  lzma: 'lzma,6',
  lz4hc: 'lz4hc,12',
};

type PlanUsr = (plan: Plan, image: ImageDefinition, rootfs: Step) => Step;

/** The filesystems of /usr by the names of `usr.format`. */
const FILESYSTEMS: Readonly<Record<ImageDefinition['usr']['format'], PlanUsr>> = {
  squashfs(plan, image, rootfs) {
    const {compression, blockBytes, level} = image.usr;
    const levels = level === undefined ? {} : {level};
    const handOver = isHandedOver({image});
    return plan.add(usrSquashfs, {compression, ...levels, blockBytes, handOver}, {rootfs});
  },
  erofs(plan, image, rootfs) {
    const {compression: name, blockBytes, level} = image.usr;
    const compression = level === undefined ? (EROFS_COMPRESSION[name] ?? name) : `${name},${level}`;
    const handOver = isHandedOver({image});
    return plan.add(usrErofs, {compression, clusterBytes: blockBytes, handOver}, {rootfs});
  },
};

/** /usr as a filesystem, and the same with the hashes that its kernel checks it by. */
export function planUsr(
  plan: Plan,
  {image}: ImageRequest,
  rootfs: Step,
): {readonly plain: Step; readonly checked: Step} {
  const plain = FILESYSTEMS[image.usr.format](plan, image, rootfs);
  return {plain, checked: plan.add(usrVerity, {}, {usr: plain})};
}
