import {copyFile, mkdir} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {diskFirmwares, type Architecture} from '../core/architecture.ts';
import {LeanosError} from '../core/error.ts';
import {formatSize} from '../core/size.ts';
import type {DiskDriver} from '../stages/format/image-formats.ts';
import {clockWord, unpackedKernel} from './microvm.ts';
import type {Run} from '../system/run.ts';
import {findUefi} from './firmware.ts';
import {freePort} from './free-port.ts';
import {Machine, type MachineParts} from './machine.ts';
import type {Accelerator, BootPath, DiskBus, MachineSpec, SeedFolder} from './machine-spec.ts';
import {writeSeed, type Seed} from './seed.ts';

export type Firmware = BootPath['firmware'];

/** The files of a built image that a machine boots from. */
export interface BootableImage {
  readonly arch: Architecture;
  readonly disk: {readonly path: string; readonly format: DiskDriver};
  readonly kernel: string;
  /** Empty where there is none. */
  readonly initramfs: string;
  /** What its disk hangs on, and whether the machine has a port to end it by: of an image without Linux. */
  readonly machine?: Pick<MachineSpec, 'exitPort'> & {readonly bus: DiskBus};
  /** The kernel command line without a disk. */
  readonly commandLine: string;
  /** Where ssh listens in it; absent: at 22. */
  readonly guestSshPort?: number | undefined;
}

export interface BootOptions {
  /** A folder for what the machine writes: an overlay over the disk, its log. Booted again in it, the disk is the same. */
  readonly folder: string;
  readonly firmware: Firmware;
  readonly memoryMib: number;
  readonly cpu?: MachineSpec['cpu'];
  readonly accelerator: Accelerator;
  /** Instance data to make a NoCloud disk of, or the path of a raw image that is a seed already. */
  readonly seed?: Seed | string | SeedFolder | undefined;
  readonly disc?: MachineSpec['disc'];
  readonly share?: MachineSpec['share'];
  readonly extraDisks?: MachineSpec['extraDisks'];
  readonly metadata?: MachineSpec['metadata'];
  readonly capture?: MachineSpec['capture'];
  readonly extraCards?: MachineSpec['extraCards'];
  readonly smbios?: MachineSpec['smbios'];
  /** What is added to the kernel command line; only with `direct` and `microvm`. */
  readonly kernelWords?: string;
  /** The disk's size as the guest sees it; without it the image's own. */
  readonly diskBytes?: number | undefined;
  /** Gives the guest a disk that it cannot write to. */
  readonly diskReadOnly?: boolean;
  readonly sshPort?: number | undefined;
  readonly ports?: MachineSpec['ports'];
  readonly sharedNetwork?: MachineSpec['sharedNetwork'];
  readonly generationId?: boolean;
  readonly secondSerial?: MachineSpec['secondSerial'];
  readonly restoredFrom?: string | undefined;
  /** Whether all that the machine writes goes with it: then there is no overlay in the folder. */
  readonly discarded?: boolean;
  /** Whether a panic is nothing to worry about: the guest restarts, and something else is tried. */
  readonly survivesPanic?: boolean;
  readonly console?: 'attached' | 'piped';
  /** Where the console's log goes; without it into the folder. */
  readonly log?: string;
  /** Knows qemu-img, mkfs.vfat and mcopy. */
  readonly run: Run;
}

/** The usual firmware for an architecture's disk; a kernel started directly where no firmware starts the disk. */
export function defaultFirmware(arch: Architecture): Firmware {
  return diskFirmwares(arch)[0] ?? 'direct';
}

/** @throws LeanosError USAGE for a firmware that machines of the architecture do not have */
export function mustHaveFirmware(arch: Architecture, firmware: Firmware | undefined): void {
  if (firmware === undefined || firmware === 'direct' || firmware === 'microvm') return;
  const known = diskFirmwares(arch);
  if (known.includes(firmware)) return;
  throw new LeanosError(
    'USAGE',
    `firmware ${firmware}: no machine of ${arch.name} has it; known: ${[...known, 'direct'].join(', ')}`,
  );
}

/** Starts a machine with an image. The image itself is not written to. */
export async function bootImage(image: BootableImage, options: BootOptions): Promise<Machine> {
  return Machine.start(await prepareMachine(image, options));
}

/** Makes what a machine needs beside the image: an overlay over its disk, a seed, a port. */
export async function prepareMachine(image: BootableImage, options: BootOptions): Promise<MachineParts> {
  const {folder, firmware, memoryMib, accelerator, run} = options;
  await mkdir(folder, {recursive: true});
  return {
    arch: image.arch.name,
    accelerator,
    memoryMib,
    cpu: options.cpu,
    boot: await bootPath(image, options),
    disk:
      firmware === 'direct' || firmware === 'microvm'
        ? undefined
        : {...(await rootDisk(image.disk, options)), readOnly: options.diskReadOnly, bus: image.machine?.bus},
    seed:
      typeof options.seed === 'object' && !('folder' in options.seed)
        ? await writeSeed(join(folder, 'seed'), options.seed, run)
        : options.seed,
    disc: options.disc,
    share: options.share,
    extraDisks: options.extraDisks,
    metadata: options.metadata,
    capture: options.capture,
    extraCards: options.extraCards,
    smbios: options.smbios,
    sshPort: options.sshPort ?? (await freePort()),
    guestSshPort: image.guestSshPort,
    ports: options.ports,
    sharedNetwork: options.sharedNetwork,
    generationId: options.generationId,
    exitPort: image.machine?.exitPort,
    secondSerial: options.secondSerial,
    restoredFrom: options.restoredFrom,
    log: options.log ?? join(folder, 'console.log'),
    console: options.console ?? 'piped',
    survivesPanic: options.survivesPanic,
  };
}

async function bootPath(
  image: BootableImage,
  {firmware, folder, kernelWords = '', accelerator, discarded, run}: BootOptions,
): Promise<BootPath> {
  if (firmware === 'direct' || firmware === 'microvm') {
    const {initramfs, commandLine} = image;
    const words = `${commandLine} ${kernelWords}`.trim();
    if (firmware === 'direct') return {firmware, kernel: image.kernel, initramfs, commandLine: words};
    return {
      firmware,
      kernel: await unpackedKernel(image.kernel, {folder, run}),
      initramfs,
      commandLine: accelerator === 'tcg' ? `${words} ${clockWord()}` : words,
    };
  }
  if (firmware === 'bios' || firmware === 'openfirmware') return {firmware};
  const uefi = findUefi(image.arch.name);
  if ('loader' in uefi) return {firmware, ...uefi};
  const {code, variables} = uefi;
  if (discarded === true) return {firmware, code, variables, template: variables};
  const own = join(folder, 'uefi-variables.fd');
  if (!existsSync(own)) await copyFile(variables, own);
  return {firmware, code, variables: own, template: variables};
}

async function rootDisk(
  disk: BootableImage['disk'],
  {folder, diskBytes, discarded, run}: BootOptions,
): Promise<NonNullable<MachineSpec['disk']>> {
  if (discarded === true) return {path: resolve(disk.path), format: disk.format, discarded};
  const path = join(folder, 'disk.qcow2');
  if (diskBytes !== undefined) await mustHold(disk, diskBytes, run);
  const size = diskBytes === undefined ? [] : [String(diskBytes)];
  if (!existsSync(path)) {
    await run([
      'qemu-img',
      'create',
      '-q',
      '-f',
      'qcow2',
      '-F',
      disk.format,
      '-b',
      resolve(disk.path),
      path,
      ...size,
    ]);
  }
  return {path, format: 'qcow2', base: {path: resolve(disk.path), format: disk.format}};
}

/** A guest whose disk ends before its partitions do loses what it needs. @throws LeanosError USAGE */
async function mustHold({path, format}: BootableImage['disk'], bytes: number, run: Run): Promise<void> {
  const said = await run(['qemu-img', 'info', '--output=json', '-f', format, path]);
  const least = (JSON.parse(said) as {readonly 'virtual-size': number})['virtual-size'];
  if (bytes >= least) return;
  throw new LeanosError(
    'USAGE',
    `a disk of ${formatSize(bytes)} is asked for, and the image's own has ${formatSize(least)}; at least that is needed`,
  );
}
