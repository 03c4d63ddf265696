import type {ImageDefinition} from '../config/image.ts';
import type {Architecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {DOM0_DRIVERS} from '../core/dom0.ts';
import {driversOf, HARDWARE, isInInitramfs, type Driver, type HardwareName} from '../core/hardware.ts';
import {MODULE_OPTIONS} from '../core/module-options.ts';
import type {ImageFormat} from '../stages/format/image-format.ts';
import {imageFormatOf, type FormatName} from '../stages/format/image-formats.ts';

/** The part of a definition that decides its hardware. */
type Shown = Pick<ImageDefinition, 'hardware' | 'formats'>;

/** And whether it is a dom0 as well. */
type Driving = Shown & Pick<ImageDefinition, 'hypervisor'>;

/** A format, and what the machines show that it is for. */
type FormatMachines = Pick<ImageFormat, 'name' | 'hardware'>;

/** What an image drives: what its definition says, else what clouds show and the machines of its formats. */
export function hardwareOf(image: Shown, formats = formatsOf(image)): readonly HardwareName[] {
  if (image.hardware !== undefined) return image.hardware;
  return [...new Set<HardwareName>(['cloud', ...formats.flatMap(({hardware}) => hardware)])];
}

/** A definition whose hardware no other formats change: a release is the same bytes whatever it is made as. */
export function withItsHardware(image: ImageDefinition): ImageDefinition {
  return {...image, hardware: hardwareOf(image)};
}

/** Whether an image has, or may have, what the machines show that a format is for. */
export function canDrive(image: Pick<Shown, 'hardware'>, format: FormatName): boolean {
  return image.hardware === undefined || undrivenBy(image.hardware, imageFormatOf(format)).length === 0;
}

/** @throws LeanosError CONFIG_INVALID when the definition leaves out what the machines of one of its formats show */
export function mustDrive(
  image: Shown & Pick<ImageDefinition, 'name'>,
  formats: readonly FormatMachines[] = formatsOf(image),
): void {
  const driven = hardwareOf(image, formats);
  for (const format of formats) {
    const missing = undrivenBy(driven, format);
    if (missing.length === 0) continue;
    const machines = missing.map((row) => HARDWARE[row].shownBy).join(', ');
    throw new LeanosError(
      'CONFIG_INVALID',
      `format ${format.name} is for ${machines}, and image ${image.name} has no drivers for that: its hardware is ${driven.join(', ')}`,
      {hint: `hardware: [${[...driven, ...missing].join(', ')}]     in its definition brings them`},
    );
  }
}

/** The names of the modules that initramfs and /usr get from Debian's kernel. */
export function kernelModules(
  image: Driving & Pick<ImageDefinition, 'modules'>,
  arch: Architecture,
): ImageDefinition['modules'] {
  const drivers = allDrivers(image, arch);
  const names = (early: boolean): string[] =>
    drivers.filter((driver) => isInInitramfs(driver) === early).map(({name}) => name);
  return {
    boot: [...new Set([...names(true), ...image.modules.boot])],
    usr: [...new Set([...names(false), ...image.modules.usr, ...arch.powerButton.modules])],
  };
}

/** Debian's kernel for clouds is smaller, and has few drivers: whoever needs one more takes the generic one. */
export function debianKernelPackage(
  image: Driving & Pick<ImageDefinition, 'kernel'>,
  arch: Architecture,
): string {
  const generic = allDrivers(image, arch).some(({kernel}) => kernel === 'generic');
  return image.kernel.package ?? arch.kernelPackages[generic ? 'generic' : 'cloud'];
}

/** The lines of a kernel's configuration that an image's hardware and payload need beside those of its architecture in the Buildroot base. */
export function kernelOptions(image: Driving & Pick<ImageDefinition, 'modules'>, arch: Architecture): string {
  const drivers = allDrivers(image, arch).flatMap(({options}) => options);
  const asked = image.modules.usr.flatMap((name) => MODULE_OPTIONS[name] ?? []);
  return [...new Set([...drivers, ...asked])].map((option) => `CONFIG_${option}=y\n`).join('');
}

function allDrivers(image: Driving, arch: Architecture): readonly (Driver & {readonly name: string})[] {
  const dom0 = Object.entries(DOM0_DRIVERS).map(([name, driver]) => ({name, ...driver}));
  return [...driversOf(hardwareOf(image), arch.name), ...(image.hypervisor ? dom0 : [])];
}

function formatsOf({formats}: Shown): readonly FormatMachines[] {
  return formats.map(imageFormatOf);
}

function undrivenBy(hardware: readonly HardwareName[], format: FormatMachines): readonly HardwareName[] {
  return format.hardware.filter((row) => !hardware.includes(row));
}
