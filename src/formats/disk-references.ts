import {SECTOR_BYTES} from './disk-layout.ts';

/** Of a qcow2, from docs/interop/qcow2.rst in QEMU. */
const QCOW2 = {backingAt: 8, versionAt: 4, featuresAt: 72, externalData: 0b100n};
/** Of a vmdk with its own description, from VMware's Virtual Disk Format 5.0. */
const VMDK = {capacityAt: 12, descriptionAt: 28, descriptionSectors: 36};
const VMDK_PARENT = /parentFileNameHint|parentCID\s*=\s*(?!ffffffff)/i;

/**
 * The other file that a disk says a part of it is in, by the first bytes of what QEMU calls `driver`; `undefined` where it says nothing of
 * the kind. Such a name may lead to any file of this machine, or to another machine.
 */
export function diskReference(driver: string, start: Buffer): string | undefined {
  if (driver === 'qcow2') {
    if (start.readBigUInt64BE(QCOW2.backingAt) !== 0n) return 'a backing file';
    const features = start.readUInt32BE(QCOW2.versionAt) < 3 ? 0n : start.readBigUInt64BE(QCOW2.featuresAt);
    return (features & QCOW2.externalData) === 0n ? undefined : 'a file of data';
  }
  if (driver !== 'vmdk') return undefined;
  if (start.readBigUInt64LE(VMDK.capacityAt) === 0n) return 'the files of its description';
  const at = Number(start.readBigUInt64LE(VMDK.descriptionAt)) * SECTOR_BYTES;
  const end = at + Number(start.readBigUInt64LE(VMDK.descriptionSectors)) * SECTOR_BYTES;
  const isHidden = end > at && at >= start.length;
  return isHidden || VMDK_PARENT.test(start.toString('latin1', at, end)) ? 'a parent' : undefined;
}
