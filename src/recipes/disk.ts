import {derivedUuid} from '../formats/disk-layout.ts';
import type {Plan, Step} from '../pipeline/plan.ts';
import {esp} from '../stages/boot/esp.ts';
import {grub} from '../stages/boot/grub.ts';
import {DISK_FORMATS} from '../stages/disk/disk-formats.ts';
import type {DiskInput, DiskOptions} from '../stages/disk/disk-pieces.ts';
import {stateExt4} from '../stages/disk/state-ext4.ts';
import {kernelCommandLine} from './command-line.ts';
import type {Deliverable} from './deliverable.ts';
import type {ImageRequest} from './image-request.ts';

/** The disk in each format that the image has, in the order that they are asked for: the first one is the image. */
export function planDisks(
  plan: Plan,
  request: ImageRequest,
  boot: {readonly kernel: Step; readonly initramfs: Step; readonly usr: Step},
): Deliverable[] {
  const {options, inputs} = planContent(plan, request, boot);
  return request.image.formats.map((format) => ({
    kind: 'disk',
    format,
    step: plan.add(DISK_FORMATS[format].stage, options, inputs),
    file: `disk.${format}`,
    suffix: `disk.${format}`,
  }));
}

/** What goes onto a disk, whichever format it has. */
function planContent(
  plan: Plan,
  {image, arch, version, grubConfig, inputs, update}: ImageRequest,
  {kernel, initramfs, usr}: {readonly kernel: Step; readonly initramfs: Step; readonly usr: Step},
): {readonly options: DiskOptions; readonly inputs: Readonly<Record<DiskInput, Step>>} {
  const seed = `leanos ${image.name} ${arch.name} ${version}`;
  const bootloader = plan.add(
    grub,
    {packages: inputs.boot, bios: arch.grub.bios ?? null, efi: arch.grub.efi ?? null},
    {},
  );
  const system = plan.add(
    esp,
    {
      bytes: image.disk.espBytes,
      volumeId: derivedUuid(`${seed} ESP`).slice(0, 8),
      efiFile: arch.efiFile ?? null,
      grubConfig,
      slot: 'A',
      commandLine: kernelCommandLine(image, arch, {slot: 'A'}),
    },
    {kernel, initramfs, grub: bootloader, usr},
  );
  const state = plan.add(
    stateExt4,
    {
      bytes: image.disk.stateBytes,
      uuid: derivedUuid(`${seed} STATE filesystem`),
      user: image.login.user,
      update,
    },
    {},
  );
  return {
    options: {arch: arch.name, seed, sizes: image.disk, bios: arch.grub.bios !== undefined},
    inputs: {esp: system, usr, state, grub: bootloader},
  };
}
