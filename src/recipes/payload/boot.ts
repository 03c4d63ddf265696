import type {ImageDefinition} from '../../config/image.ts';
import {diskFirmwares, type Architecture, type DiskFirmware} from '../../core/architecture.ts';
import {derivedUuid} from '../../formats/disk-layout.ts';
import type {BootOffer} from '../../formats/payload/modes.ts';
import type {Payload} from '../../formats/payload/payload.ts';
import type {Plan, Step} from '../../pipeline/plan.ts';
import {grub} from '../../stages/boot/grub.ts';
import {payloadEsp} from '../../stages/boot/payload-esp.ts';
import {imageFormatOf, type FormatName} from '../../stages/format/image-formats.ts';
import {missingPart, type Part} from '../../stages/format/image-format.ts';
import {PAYLOAD_FILE, payloadFile} from '../../stages/payload/payload-file.ts';
import {toldPayload} from '../../stages/payload/told-payload.ts';
import type {Deliverable} from '../deliverable.ts';
import {grubOptions, planFormats, seedOf} from '../formats.ts';
import {planRelease} from '../release.ts';
import {isPlain, LOADERS, payloadCommandLine, startCommands} from './loaders.ts';
import type {ModeRecipe} from './mode-recipe.ts';
import type {PayloadCase, PayloadImageRequest} from './payload-request.ts';

const MIB = 2 ** 20;
/** A FAT16 has no fewer clusters of 2 KiB. */
const LEAST_ESP_BYTES = 10 * MIB;
/** GRUB, its configuration, the tables of the file system, and what a payload grows by when it is told its arguments. */
const OTHER_BYTES = 3 * MIB;
/** What an image without Linux has of the parts that formats are made of. */
const PARTS: readonly Part[] = ['esp', 'grub'];

/** The bootloader starts the payload itself: there is no Linux in the image. */
export const bootMode = {
  without: {
    environment: 'nobody sets it: there is no Linux in the image',
    disks: 'the machine has its disks; there is no Linux in the image that could give it some',
    onExit: 'nobody hears of its end: there is no Linux in the image',
  },
  withoutFormat(name: FormatName) {
    const format = imageFormatOf(name);
    if (format.forLinux !== undefined) return `${format.forLinux}, and there is none in the image`;
    const part = missingPart(format, PARTS);
    return part === undefined
      ? undefined
      : `it is made of ${part}, which an image without Linux does not have`;
  },
  refusal({payload: {modes}, arch, wanted}: PayloadCase): string | undefined {
    if (typeof modes.boot === 'string') return modes.boot;
    const {anyArguments, firmware, loader} = modes.boot;
    if (!isPlain(wanted.args) && anyArguments !== true) return `${anyArguments}: ${wanted.args}`;
    if (wanted.files.length > 0 && LOADERS[loader].givesFiles === undefined)
      return `GRUB's ${loader} gives no files`;
    if (bootFirmwares(modes.boot, arch).length > 0) return undefined;
    const why = diskFirmwares(arch).map((name) => `${name}: ${firmware[name]}`);
    return [`no firmware of ${arch.name} starts it`, ...why].join('; ');
  },
  definition: (image: ImageDefinition) => image,
  bare: bootOffer,
  plan(plan: Plan, request: PayloadImageRequest): Step {
    const {image, arch, payload} = request;
    const offer = bootOffer(payload.payload);
    const firmwares = bootFirmwares(offer, arch);
    const given = plan.add(payloadFile, payload.file, {});
    const disk = {espBytes: espBytes(request), usrBytes: 0, stateBytes: 0};
    const bios = firmwares.includes('bios');
    const loader = planLoader(plan, request, offer);
    const esp = planEsp(plan, request, {offer, given, loader, bytes: disk.espBytes});
    const deliverables: Deliverable[] = [
      ...planFormats(plan, {...request, image: {...image, disk}}, {esp, grub: loader}, {bios}),
      {kind: 'payload', format: 'file', step: given, file: PAYLOAD_FILE, suffix: 'payload'},
      ...payload.files.map(({file}, index) => ({
        kind: 'payload-file',
        format: 'file',
        step: plan.add(payloadFile, file, {}),
        file: PAYLOAD_FILE,
        suffix: `payload-file-${index}`,
      })),
    ];
    return planRelease(plan, request, deliverables, {});
  },
} as const satisfies ModeRecipe;

/** The firmwares of an architecture that start a payload from a disk. */
export function bootFirmwares({firmware}: BootOffer, arch: Architecture): DiskFirmware[] {
  return diskFirmwares(arch).filter((name) => firmware[name] === true);
}

function bootOffer({modes: {boot}}: Payload): BootOffer {
  if (typeof boot === 'string') throw new Error(boot);
  return boot;
}

/** Two slots of the payload and its files. */
function espBytes({payload: {unpackedBytes, files}}: PayloadImageRequest): number {
  const slot = files.reduce((sum, {file}) => sum + file.bytes, unpackedBytes);
  return Math.max(LEAST_ESP_BYTES, Math.ceil((2 * slot + OTHER_BYTES) / MIB) * MIB);
}

function planLoader(plan: Plan, request: PayloadImageRequest, offer: BootOffer): Step {
  const firmwares = bootFirmwares(offer, request.arch);
  const options = grubOptions(request);
  return plan.add(
    grub,
    {
      ...options,
      bios: firmwares.includes('bios') ? options.bios : null,
      efi: firmwares.includes('uefi') ? options.efi : null,
      openFirmware: null,
      bareKernel: false,
      starts: LOADERS[offer.loader].module,
    },
    {},
  );
}

function planEsp(
  plan: Plan,
  request: PayloadImageRequest,
  {offer, given, loader, bytes}: {offer: BootOffer; given: Step; loader: Step; bytes: number},
): Step {
  const {image, arch, version, update, payload, payloadConfig} = request;
  const line = payloadCommandLine(offer, payload);
  const commandLine = isPlain(payload.wanted.args) || offer.loader === 'chainloader' ? null : line;
  const files = payload.files.map(({file}, index) => ({
    name: `file-${index}`,
    step: plan.add(payloadFile, file, {}),
  }));
  const firmwares = bootFirmwares(offer, arch);
  return plan.add(
    payloadEsp,
    {
      bytes,
      volumeId: derivedUuid(`${seedOf(request)} ESP`).slice(0, 8),
      efiFile: firmwares.includes('uefi') ? (arch.efiFile ?? null) : null,
      grubConfig: payloadConfig,
      slot: 'A',
      start: startCommands(offer, payload),
      release: [`VERSION_ID=${version}`, `IMAGE_ID=${image.name}`, `PAYLOAD=${payload.file.sha256}`, ''].join(
        '\n',
      ),
      channel: update.channel,
      files: files.map(({name}) => name),
    },
    {
      grub: loader,
      payload: LOADERS[offer.loader].isMultiboot
        ? plan.add(toldPayload, {commandLine}, {payload: given})
        : given,
      ...Object.fromEntries(files.map(({name, step}) => [name, step])),
    },
  );
}
