import {diskFirmwares} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import type {BootOffer} from '../formats/payload/modes.ts';
import type {ImageRequest} from '../recipes/image-request.ts';
import type {BootableImage, Firmware} from '../vm/boot-image.ts';
import {bootDisk} from './image-value.ts';
import type {BuildResult} from './execute-build.ts';

/** The ways on which QEMU comes to the payload of an image without Linux, the usual one first; `undefined` where it has one. */
export function bareFirmwares(request: ImageRequest): Firmware[] | undefined {
  const offer = request.payload?.bare;
  if (offer === undefined) return undefined;
  const all: readonly Firmware[] = [...diskFirmwares(request.arch), 'direct'];
  return all.filter((firmware) => whyNot(offer, firmware) === undefined);
}

/** @throws LeanosError USAGE for a firmware that does not start an image without Linux, with the reason */
export function mustStart(request: ImageRequest, firmware: Firmware | undefined): void {
  const offer = request.payload?.bare;
  if (offer === undefined || firmware === undefined) return;
  const why = whyNot(offer, firmware);
  if (why === undefined) return;
  throw new LeanosError(
    'USAGE',
    `--firmware ${firmware} does not start ${request.payload?.file.name ?? ''}: ${why}`,
    {
      hint: `--firmware ${(bareFirmwares(request) ?? []).join('|')}     does`,
    },
  );
}

/**
 * The machine of an image without Linux. Its disk is on SATA: a payload that drives virtio would take it for its own.
 */
export function bareMachine({prepared: {request}, artifacts}: BuildResult): BootableImage | undefined {
  const {payload, arch} = request;
  if (payload?.bare === undefined) return undefined;
  const path = (suffix: string): string =>
    artifacts.find((artifact) => artifact.path.endsWith(`-${suffix}`))?.path ?? '';
  const files = payload.files.map(({name, args}, index) => ({
    path: path(`payload-file-${index}`),
    words: [name, args].filter(Boolean).join(' '),
  }));
  return {
    arch,
    disk: bootDisk(artifacts, arch.name),
    kernel: path('payload'),
    initramfs: files.map((file) => `${file.path} ${file.words}`.replaceAll(',', ',,')).join(','),
    commandLine: payload.wanted.args,
    machine: {bus: 'sata', exitPort: arch.qemu.isPc},
  };
}

function whyNot({firmware, direct}: BootOffer, wish: Firmware): string | undefined {
  if (wish === 'microvm') return 'a microvm starts kernels of Linux alone';
  const answer = wish === 'direct' ? direct : firmware[wish];
  return answer === true ? undefined : answer;
}
