import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {sha256} from '../../core/canonical.ts';
import {LeanosError} from '../../core/error.ts';
import {formatSize} from '../../core/size.ts';
import {defineStage} from '../../pipeline/stage.ts';
import {hashFile} from '../../system/hash-file.ts';
import {HYPERVISOR_FILE} from '../payload/hypervisor.ts';
import {FAT_TOOLS, writeFat, type FatFile} from './fat-image.ts';
import {readVerity, verityWord} from '../usr/usr-verity.ts';
import {SLOT_STATE_FILES, slotState} from './slot-state.ts';

export type EspOptions = {
  readonly bytes: number;
  /** Eight hexadecimal digits: the FAT's volume number. */
  readonly volumeId: string;
  /** The file that UEFI starts, such as `BOOTX64.EFI`; null where the architecture has no UEFI. */
  readonly efiFile: string | null;
  readonly grubConfig: string;
  /** The kernel command line of the slot that the image comes with. */
  readonly slot: 'A' | 'B';
  readonly commandLine: string;
  /** What a hypervisor is told that starts the kernel (`hypervisor` of an input of that name). */
  readonly hypervisorLine?: string;
};

/** The EFI system partition as a FAT image, `esp.img`: GRUB for UEFI, its configuration, and the first slot's folder. */
export const esp = defineStage<EspOptions, 'kernel' | 'initramfs' | 'grub' | 'usr'>({
  name: 'esp',
  revision: 3,
  tools: FAT_TOOLS,
  inputs: ['kernel', 'initramfs', 'grub', 'usr'],
  async build({options, inputs, out, run}) {
    const {bytes, volumeId, efiFile, grubConfig} = options;
    const slot = await slotFiles(options, inputs);
    await mustHoldTwo(slot, bytes);
    const files: FatFile[] = [
      ...(efiFile === null ? [] : [{path: `EFI/BOOT/${efiFile}`, source: join(inputs.grub, 'grub.efi')}]),
      {path: 'grub/grub.cfg', text: grubConfig},
      ...SLOT_STATE_FILES.map((name) => ({path: `grub/${name}`, text: slotState()})),
      ...slot,
    ];
    await writeFat(join(out, 'esp.img'), {bytes, volumeId, files}, {content: join(out, '.content'), run});
  },
});

/** What the file system itself takes, GRUB, and the state of the slots, at most. */
const OTHER_BYTES = 2 * 2 ** 20;

/** An update writes the second slot beside the first. @throws LeanosError CONFIG_INVALID where it could not */
async function mustHoldTwo(slot: readonly FatFile[], bytes: number): Promise<void> {
  const sizes = await Promise.all(
    slot.map(async (file) => ('text' in file ? file.text.length : (await stat(file.source)).size)),
  );
  const needed = 2 * sizes.reduce((sum, size) => sum + size, 0) + OTHER_BYTES;
  if (needed <= bytes) return;
  throw new LeanosError(
    'CONFIG_INVALID',
    `the ESP has ${formatSize(bytes)}, and two slots of this kernel and initramfs need ${formatSize(needed)}`,
    {
      hint: `disk: {esp: ${Math.ceil(needed / 2 ** 20)}MiB}     in the image definition makes room for an update`,
    },
  );
}

async function slotFiles(
  {slot, commandLine, hypervisorLine}: EspOptions,
  inputs: Readonly<Record<'kernel' | 'initramfs' | 'usr', string>> & {readonly hypervisor?: string},
): Promise<FatFile[]> {
  const verity = await readVerity(inputs.usr);
  const words = [commandLine, ...(verity === undefined ? [] : [verityWord(verity)])].join(' ');
  const config = slotConfig(words, hypervisorLine);
  const sources = {
    kernel: join(inputs.kernel, 'vmlinuz'),
    initramfs: join(inputs.initramfs, 'initramfs'),
    ...(inputs.hypervisor === undefined ? {} : {hypervisor: join(inputs.hypervisor, HYPERVISOR_FILE)}),
  };
  const sums: string[] = [];
  for (const [name, source] of Object.entries(sources)) sums.push(`${await hashFile(source)}  ${name}\n`);
  return [
    ...Object.entries(sources).map(([name, source]) => ({path: `${slot}/${name}`, source})),
    {path: `${slot}/slot.cfg`, text: config},
    {path: `${slot}/sha256`, text: `${sums.join('')}${sha256(config)}  slot.cfg\n`},
  ];
}

/** What GRUB reads of a slot; the guest's leanos-update writes the same for the other one. */
export function slotConfig(commandLine: string, hypervisorLine?: string): string {
  const hypervisor = hypervisorLine === undefined ? '' : `set hypervisor_line="${hypervisorLine}"\n`;
  return `set command_line="${commandLine}"\n${hypervisor}`;
}
