import {architectureNames, type ArchitectureName} from '../../core/architecture.ts';
import {ec2} from './ec2.ts';
import {gce} from './gce.ts';
import type {ImageFormat, StreamNames} from './image-format.ts';
import {ova} from './ova.ts';
import {containerdisk} from './containerdisk.ts';
import {firecracker} from './firecracker.ts';
import {incus} from './incus.ts';
import {ironic} from './ironic.ts';
import {lxc} from './lxc.ts';
import {oci} from './oci.ts';
import {iso} from './iso.ts';
import {unified} from './unified.ts';
import {pxe} from './pxe.ts';
import {qcow2} from './qcow2.ts';
import {rawGz} from './raw-gz.ts';
import {rawXz} from './raw-xz.ts';
import {rawZst} from './raw-zst.ts';
import {raw} from './raw.ts';
import {vagrantLibvirt} from './vagrant-libvirt.ts';
import {vagrantVirtualbox} from './vagrant-virtualbox.ts';
import {vhd} from './vhd.ts';
import {vhdx} from './vhdx.ts';
import {vmdk} from './vmdk.ts';
import {wic} from './wic.ts';
import {uec} from './uec.ts';

/** The formats of images by their names in `formats:` and `--format`. A new one is a file beside this one and a row here. */
export const IMAGE_FORMATS = {
  qcow2,
  raw,
  'raw.gz': rawGz,
  'raw.zst': rawZst,
  'raw.xz': rawXz,
  vmdk,
  ova,
  vhd,
  vhdx,
  gce,
  ec2,
  ironic,
  wic,
  'vagrant-libvirt': vagrantLibvirt,
  'vagrant-virtualbox': vagrantVirtualbox,
  oci,
  containerdisk,
  lxc,
  incus,
  uec,
  pxe,
  firecracker,
  unified,
  iso,
} as const satisfies Readonly<Record<string, ImageFormat>>;

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

/** A file of a format. */
export interface FormatFile {
  /** How its name ends. */
  readonly ending: string;
  /** What `build --json` calls it: as the format, or `FORMAT.ROLE` where it is not the first one. */
  readonly format: string;
  readonly streams: StreamNames;
}

export function formatFiles(name: FormatName): readonly FormatFile[] {
  const {files, streams = {}} = imageFormatOf(name);
  return Object.entries(files).map(([role, ending], index) => ({
    ending,
    format: index === 0 ? name : `${name}.${role}`,
    streams: streams[role] ?? {ftypes: [ending]},
  }));
}

/** The formats that are container images. */
export const CONTAINER_IMAGES: readonly FormatName[] = FORMAT_NAMES.filter(
  (name) => imageFormatOf(name).isContainerImage === true,
);

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

/** The driver for a disk by what its file starts and ends with; `undefined` where it is none of leanos'. */
export function recogniseDriver({start, end}: {start: Buffer; end: Buffer}): DiskDriver | undefined {
  // A fixed VHD begins as a raw disk does: what is at the end comes first.
  const atEnd = (name: FormatName) => (imageFormatOf(name).magic?.at ?? 0) < 0;
  const ordered = [...FORMAT_NAMES].sort((a, b) => Number(atEnd(b)) - Number(atEnd(a)));
  const found = ordered.find((name) => {
    const {magic, driver} = imageFormatOf(name);
    if (magic === undefined || driver === undefined) return false;
    const from = magic.at < 0 ? end.subarray(magic.at) : start.subarray(magic.at);
    return from.toString('latin1', 0, magic.text.length) === magic.text;
  });
  return found === undefined ? undefined : diskDriver(found);
}
