import {derivedUuid} from '../formats/disk-layout.ts';
import type {Plan, Step} from '../pipeline/plan.ts';
import {esp} from '../stages/boot/esp.ts';
import {efiStub} from '../stages/boot/efi-stub.ts';
import {grubCd} from '../stages/boot/grub-cd.ts';
import {grub, type GrubOptions} from '../stages/boot/grub.ts';
import {stateExt4} from '../stages/disk/state-ext4.ts';
import type {FormatOptions, ImageFormat, Part} from '../stages/format/image-format.ts';
import {discMark} from '../stages/format/iso.ts';
import {formatFiles, imageFormatOf} from '../stages/format/image-formats.ts';
import {kernelCommandLine} from './command-line.ts';
import type {Deliverable} from './deliverable.ts';
import type {ImageRequest} from './image-request.ts';

/** The steps that have the parts of an image; what only few formats are made of is planned when one of them asks for it. */
export type PartSteps = Readonly<Record<Exclude<Part, RarePart>, Step> & Record<RarePart, () => Step>>;

/** What starts the kernel in the bootloader's place (the artifact of stages/payload/hypervisor.ts), and what it is told. */
export interface StartedHypervisor {
  readonly step: Step;
  readonly line: string;
}

type RarePart = 'grubCd' | 'efiStub';

/** The files of each format that the image has, in the order that they are asked for: the first one is the image. */
export function planFormats(
  plan: Plan,
  request: ImageRequest,
  parts: Partial<PartSteps>,
  {bios = request.arch.grub.bios !== undefined}: {readonly bios?: boolean} = {},
): Deliverable[] {
  const options = {...formatOptions(request), bios};
  return request.image.formats.flatMap((name) => {
    const format = imageFormatOf(name);
    const step = planFormat(plan, format, {options, parts, templates: request.formatTemplates});
    return formatFiles(name).map(({ending, format: file}) => ({
      kind: format.kind,
      format: file,
      step,
      file: ending,
      suffix: ending,
    }));
  });
}

/** The step that makes a format, after those of the formats that it is made of. */
function planFormat(
  plan: Plan,
  format: ImageFormat,
  image: {
    readonly options: Omit<FormatOptions, 'templates'>;
    readonly parts: Partial<PartSteps>;
    readonly templates: ImageRequest['formatTemplates'];
  },
): Step {
  const inputs = Object.entries(format.parts).flatMap(([input, part]): [string, Step][] => {
    if (typeof part !== 'string') return [[input, planFormat(plan, part, image)]];
    const step = image.parts[part];
    if (step !== undefined) return [[input, typeof step === 'function' ? step() : step]];
    if (format.optional?.includes(part) === true) return [];
    throw new Error(`format ${format.name} is made of ${part}, which the image does not have`);
  });
  const templates = Object.entries(format.templates ?? {}).map(([name, file]): [string, string] => [
    name,
    image.templates[file] ?? '',
  ]);
  const options = {...image.options, templates: Object.fromEntries(templates)};
  return plan.add(format.stage, options, Object.fromEntries(inputs));
}

function formatOptions(request: ImageRequest): Omit<FormatOptions, 'templates' | 'bios'> {
  const {image, arch, version} = request;
  return {
    image: image.name,
    version,
    arch: arch.name,
    seed: seedOf(request),
    user: image.login.user,
    sizes: image.disk,
    commandLine: {
      disk: kernelCommandLine(image, arch, {slot: 'A'}),
      ram: kernelCommandLine(image, arch, {}),
    },
  };
}

/** What the identifiers of an image are derived from. */
export function seedOf({image, arch, version}: ImageRequest): string {
  return `leanos ${image.name} ${arch.name} ${version}`;
}

/** What discs and unified images are started by. */
export function planRareParts(plan: Plan, request: ImageRequest): Pick<PartSteps, RarePart> {
  const {arch, inputs} = request;
  return {
    grubCd: () => plan.add(grubCd, {...grubOptions(request), mark: discMark(seedOf(request))}, {}),
    efiStub: () => plan.add(efiStub, {packages: inputs.efiStub, file: arch.efiStub?.file ?? ''}, {}),
  };
}

/** Where GRUB comes from, and the platforms of an architecture. */
export function grubOptions({arch, image, inputs}: ImageRequest): GrubOptions {
  const {bios = null, efi = null, openFirmware = null} = arch.grub;
  const {bareKernel} = arch;
  const more = image.hypervisor ? {hypervisor: true as const} : {};
  return {packages: inputs.boot, bios, efi, openFirmware, bareKernel, ...more};
}

/** What lies on a disk around /usr: the bootloader, the system partition, and the state. */
export function planDiskParts(
  plan: Plan,
  request: ImageRequest,
  parts: Pick<PartSteps, 'slotInitramfs' | 'usr'> & {
    readonly slotKernel: Step;
    readonly hypervisor: StartedHypervisor | undefined;
  },
): Pick<PartSteps, 'esp' | 'state' | 'grub'> {
  const {image, arch, grubConfig, update} = request;
  const {slotKernel, slotInitramfs, usr, hypervisor} = parts;
  const seed = seedOf(request);
  const bootloader = plan.add(grub, grubOptions(request), {});
  const system = plan.add(
    esp,
    {
      bytes: image.disk.espBytes,
      volumeId: derivedUuid(`${seed} ESP`).slice(0, 8),
      efiFile: arch.efiFile ?? null,
      grubConfig,
      slot: 'A',
      commandLine: kernelCommandLine(image, arch, {slot: 'A'}),
      ...(hypervisor === undefined ? {} : {hypervisorLine: hypervisor.line}),
    },
    {
      kernel: slotKernel,
      initramfs: slotInitramfs,
      grub: bootloader,
      usr,
      ...(hypervisor === undefined ? {} : {hypervisor: hypervisor.step}),
    },
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
  return {esp: system, state, grub: bootloader};
}
