import {mkdir, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {sha256} from '../../core/canonical.ts';
import {LeanosError} from '../../core/error.ts';
import {formatSize} from '../../core/size.ts';
import {defineStage} from '../../pipeline/stage.ts';
import type {Run} from '../../system/run.ts';
import {hashFile} from '../../system/hash-file.ts';
import {createSparse} from '../../system/sparse.ts';
import {HYPERVISOR_FILE} from '../payload/hypervisor.ts';
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

/** A file of the ESP: a copy of another, or a text. */
type EspFile = {readonly path: string} & ({readonly source: string} | {readonly text: string});

/** The EFI system partition as a FAT image, `esp.img`: GRUB for UEFI, its configuration, and the first slot's folder. */
export const esp = defineStage<EspOptions, 'kernel' | 'initramfs' | 'grub' | 'usr'>({
  name: 'esp',
  revision: 3,
  tools: ['mkfs.vfat', 'mmd', 'mcopy'],
  inputs: ['kernel', 'initramfs', 'grub', 'usr'],
  async build({options, inputs, out, run}) {
    const {bytes, volumeId, efiFile, grubConfig} = options;
    const slot = await slotFiles(options, inputs);
    await mustHoldTwo(slot, bytes);
    const files: EspFile[] = [
      ...(efiFile === null ? [] : [{path: `EFI/BOOT/${efiFile}`, source: join(inputs.grub, 'grub.efi')}]),
      {path: 'grub/grub.cfg', text: grubConfig},
      ...SLOT_STATE_FILES.map((name) => ({path: `grub/${name}`, text: slotState()})),
      ...slot,
    ];
    const image = join(out, 'esp.img');
    await createSparse(image, bytes);
    await run(['mkfs.vfat', '--invariant', '-n', 'ESP', '-i', volumeId, '-s', '4', image]);
    const content = join(out, '.content');
    await fillFat(image, files, {content, run});
    await rm(content, {recursive: true});
  },
});

/** What the file system itself takes, GRUB, and the state of the slots, at most. */
const OTHER_BYTES = 2 * 2 ** 20;

/** An update writes the second slot beside the first. @throws LeanosError CONFIG_INVALID where it could not */
async function mustHoldTwo(slot: readonly EspFile[], bytes: number): Promise<void> {
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
): Promise<EspFile[]> {
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

/**
 * Fills a FAT, folder by folder and in the order of `files`: one copied as a whole would come in the order in which the
 * host's file system lists it. Times come from SOURCE_DATE_EPOCH. `content` is a folder to gather the files in.
 */
async function fillFat(
  image: string,
  files: readonly EspFile[],
  {content, run}: {readonly content: string; readonly run: Run},
): Promise<void> {
  const folders = [...new Set(files.map(({path}) => dirname(path)))];
  const all = new Set(
    folders.flatMap((folder) => [dirname(folder), folder]).filter((folder) => folder !== '.'),
  );
  await run(['mmd', '-i', image, ...[...all].map((folder) => `::/${folder}`)]);
  for (const folder of folders) {
    await mkdir(join(content, folder), {recursive: true});
    const here = files.filter(({path}) => dirname(path) === folder);
    for (const file of here)
      await ('text' in file
        ? writeFile(join(content, file.path), file.text)
        : symlink(file.source, join(content, file.path)));
    const gathered = here.map(({path}) => join(content, path));
    await run(['mcopy', '-i', image, '-Q', ...gathered, `::/${folder}`]);
  }
}

/** What GRUB reads of a slot; the guest's leanos-update writes the same for the other one. */
export function slotConfig(commandLine: string, hypervisorLine?: string): string {
  const hypervisor = hypervisorLine === undefined ? '' : `set hypervisor_line="${hypervisorLine}"\n`;
  return `set command_line="${commandLine}"\n${hypervisor}`;
}
