import {architectureNames, type ArchitectureName} from '../../core/architecture.ts';
import type {ImageFormat} from './image-format.ts';
import {qcow2} from './qcow2.ts';
import {raw} from './raw.ts';

/** The formats of images by their names in `formats:` and `--format`. A new one is a file beside this one and a row here. */
export const IMAGE_FORMATS = {qcow2, raw} as const satisfies Readonly<Record<string, ImageFormat>>;

export type FormatName = keyof typeof IMAGE_FORMATS;

/** At least one format. */
export type FormatList = readonly [FormatName, ...FormatName[]];

export const FORMAT_NAMES = Object.keys(IMAGE_FORMATS) as unknown as FormatList;

type DiskFormat = Extract<(typeof IMAGE_FORMATS)[FormatName], {readonly driver: string}>;

/** What QEMU calls the formats that it is given here. */
export type DiskDriver = DiskFormat['driver'];

/** A format as others are: what the table knows of it. */
export function imageFormatOf(name: FormatName): ImageFormat {
  return IMAGE_FORMATS[name];
}

/** Whether there are takers of a format for an architecture. */
export function isFormatFor(name: FormatName, arch: ArchitectureName): boolean {
  return formatArchitectures(name).includes(arch);
}

export function formatArchitectures(name: FormatName): readonly ArchitectureName[] {
  return imageFormatOf(name).arches ?? architectureNames();
}

/** All formats that an architecture can have. */
export function formatsFor(arch: ArchitectureName): FormatList {
  return FORMAT_NAMES.filter((name) => isFormatFor(name, arch)) as unknown as FormatList;
}

/** What QEMU calls a format that it boots from; `undefined` for others, and for names of no format. */
export function diskDriver(name: string): DiskDriver | undefined {
  return FORMAT_NAMES.map((known) => IMAGE_FORMATS[known])
    .filter((format): format is DiskFormat => 'driver' in format)
    .find((format) => format.name === name)?.driver;
}

/** The driver for a disk by the first bytes of its file; `undefined` where it is none of leanos'. */
export function recogniseDriver(start: Buffer): DiskDriver | undefined {
  const found = FORMAT_NAMES.find((name) => {
    const {magic, driver} = imageFormatOf(name);
    if (magic === undefined || driver === undefined || magic.at < 0) return false;
    return start.toString('latin1', magic.at, magic.at + magic.text.length) === magic.text;
  });
  return found === undefined ? undefined : diskDriver(found);
}
