import {qcow2} from './disk-qcow2.ts';
import {raw} from './disk-raw.ts';
import type {DiskFormat} from './disk-format.ts';

/** The formats of disks by their names in `formats:` and `--format`. A new one is a file beside this one and a row here. */
export const DISK_FORMATS = {qcow2, raw} as const satisfies Readonly<Record<string, DiskFormat>>;

export type DiskFormatName = keyof typeof DISK_FORMATS;

/** At least one format. */
export type DiskFormatList = readonly [DiskFormatName, ...DiskFormatName[]];

export const DISK_FORMAT_NAMES = Object.keys(DISK_FORMATS) as unknown as DiskFormatList;

/** What QEMU calls the formats that it is given here. */
export type DiskDriver = (typeof DISK_FORMATS)[DiskFormatName]['driver'];

/** The format of a disk by the first bytes of its file; `undefined` where it is none of leanos'. */
export function recogniseDisk(start: Buffer): DiskFormatName | undefined {
  return DISK_FORMAT_NAMES.find((name) => {
    const {at, text} = DISK_FORMATS[name].magic;
    return start.toString('latin1', at, at + text.length) === text;
  });
}
