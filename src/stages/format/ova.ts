import {stat} from 'node:fs/promises';
import {basename} from 'node:path';
import {ARCHITECTURES, diskFirmwares, type ArchitectureName} from '../../core/architecture.ts';
import {sha256} from '../../core/canonical.ts';
import {hashFile} from '../../system/hash-file.ts';
import {filledTemplate} from '../../formats/filled-template.ts';
import {imageFormat} from './image-format.ts';
import {NOT_PACKAGED, OWN_HOST} from './tried-format.ts';
import {raw} from './raw.ts';
import {writeTarOfFiles} from './tar-of-files.ts';
import {vmdk} from './vmdk.ts';

/** What VMware calls a Linux, and its number in CIM (CIM_OperatingSystem.OsType). */
const SYSTEMS: Partial<Record<ArchitectureName, {readonly osId: number; readonly osType: string}>> = {
  x86_64: {osId: 101, osType: 'otherLinux64Guest'},
  i386: {osId: 36, osType: 'otherLinuxGuest'},
  aarch64: {osId: 101, osType: 'arm-other5xlinux-64'},
};

/** A virtual appliance: what the machine is (OVF), the digests, and the disk, in a tar. */
export const ova = imageFormat('ova', {
  kind: 'disk',
  files: {appliance: 'appliance.ova'},
  streams: {appliance: {ftypes: ['ova']}},
  parts: {vmdk, raw},
  templates: {ovf: 'ova.ovf.hbs'},
  hardware: ['vmware'],
  tried: {
    opened: ['tar', 'sha256sum', 'xmllint', 'python3', 'qemu-img'],
    notRun: {vSphere: OWN_HOST, 'Workstation, Fusion, VirtualBox': NOT_PACKAGED},
  },
  takenBy: 'VMware vSphere, Workstation and Fusion, VirtualBox',
  arches: ['x86_64', 'i386', 'aarch64'],
  revision: 1,
  tools: [],
  async write({files, parts, options, epoch}) {
    const name = `leanos-${options.version}-${options.image}-${options.arch}`;
    const disk = `${name}-${basename(parts.vmdk)}`;
    const [firmware] = diskFirmwares(ARCHITECTURES[options.arch]);
    const values = {
      ...{name, disk, version: options.version, ...SYSTEMS[options.arch]},
      firmware: firmware === 'uefi' ? 'efi' : 'bios',
      fileBytes: (await stat(parts.vmdk)).size,
      diskBytes: (await stat(parts.raw)).size,
    };
    const ovf = filledTemplate(options.templates['ovf'] ?? '', values, {escape: true});
    const digests = [`SHA256(${name}.ovf)= ${sha256(ovf)}`, `SHA256(${disk})= ${await hashFile(parts.vmdk)}`];
    const contents = [
      {name: `${name}.ovf`, text: ovf},
      {name: `${name}.mf`, text: `${digests.join('\n')}\n`},
      {name: disk, path: parts.vmdk},
    ];
    await writeTarOfFiles(files.appliance, contents, epoch);
  },
});
