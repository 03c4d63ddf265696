import {copyFile, mkdir, readdir, rm, utimes, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import {hashFile} from '../../system/hash-file.ts';
import {createSparse} from '../../system/sparse.ts';
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
};

/** The EFI system partition as a FAT image, `esp.img`: GRUB for UEFI, its configuration, and the first slot's folder. */
export const esp = defineStage<EspOptions, 'kernel' | 'initramfs' | 'grub' | 'usr'>({
  name: 'esp',
  revision: 2,
  tools: ['mkfs.vfat', 'mcopy'],
  inputs: ['kernel', 'initramfs', 'grub', 'usr'],
  async build({options, inputs, out, run, epoch}) {
    const content = join(out, '.content');
    const slot = join(content, options.slot);
    await mkdir(slot, {recursive: true});
    await mkdir(join(content, 'grub'));
    await copyFile(join(inputs.kernel, 'vmlinuz'), join(slot, 'kernel'));
    await copyFile(join(inputs.initramfs, 'initramfs'), join(slot, 'initramfs'));
    const verity = await readVerity(inputs.usr);
    const commandLine = [options.commandLine, ...(verity === undefined ? [] : [verityWord(verity)])].join(
      ' ',
    );
    await writeFile(join(slot, 'slot.cfg'), slotConfig(commandLine));
    const names = ['kernel', 'initramfs', 'slot.cfg'];
    const digests = await Promise.all(names.map((name) => hashFile(join(slot, name))));
    await writeFile(
      join(slot, 'sha256'),
      names.map((name, index) => `${digests[index] ?? ''}  ${name}\n`).join(''),
    );
    await writeFile(join(content, 'grub/grub.cfg'), options.grubConfig);
    for (const name of SLOT_STATE_FILES) await writeFile(join(content, 'grub', name), slotState());
    if (options.efiFile !== null)
      await placeEfi(join(inputs.grub, 'grub.efi'), join(content, 'EFI/BOOT', options.efiFile));
    const image = join(out, 'esp.img');
    await createSparse(image, options.bytes);
    await run(['mkfs.vfat', '--invariant', '-n', 'ESP', '-i', options.volumeId, '-s', '4', image]);
    const folders = options.efiFile === null ? ['grub', options.slot] : ['EFI', 'grub', options.slot];
    for (const folder of folders) await stamp(join(content, folder), epoch);
    await run(['mcopy', '-i', image, '-s', '-m', '-Q', ...folders.map((name) => join(content, name)), '::/']);
    await rm(content, {recursive: true});
  },
});

/** What GRUB reads of a slot; the guest's leanos-update writes the same for the other one. */
export function slotConfig(commandLine: string): string {
  return `set command_line="${commandLine}"\n`;
}

async function placeEfi(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), {recursive: true});
  await copyFile(source, target);
}

/** mcopy -m takes the time of each file; those of folders come from SOURCE_DATE_EPOCH. */
async function stamp(folder: string, epoch: number): Promise<void> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  for (const entry of entries) await utimes(join(entry.parentPath, entry.name), epoch, epoch);
  await utimes(folder, epoch, epoch);
}
