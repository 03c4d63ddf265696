import {cp, mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import type {GrubOptions} from './grub.ts';

export type GrubCdOptions = GrubOptions & {
  /** The name of the file by which it finds the disc that it is on. */
  readonly mark: string;
};

/** The modules that a boot from a disc needs, from a USB disk with the same bytes, or from a partition with the same files. */
const MODULES = ['iso9660', 'ext2', 'part_gpt', 'part_msdos', 'search_fs_file', 'normal', 'linux'];
/** What a BIOS starts from a disc: GRUB's manual, "grub-mkrescue". */
const CD_PLATFORM = '-eltorito';

/** GRUB for discs: `eltorito.img` and `hybrid.img` for a BIOS, `grub.efi` for UEFI. */
export const grubCd = defineStage<GrubCdOptions, never>({
  name: 'grub-cd',
  revision: 2,
  tools: ['grub-mkimage'],
  inputs: [],
  timeless: true,
  async build({options: {packages, bios, efi, mark}, out, run, fetch}) {
    const unpacked = join(out, '.packages');
    await mkdir(unpacked);
    for (const archive of await fetch(packages)) await run(['dpkg-deb', '--extract', archive, unpacked]);
    const start = join(out, '.start.cfg');
    // Names of devices differ between firmwares, and the disc may not be the only one.
    await writeFile(start, `search.file /boot/${mark} root\nset prefix=($root)/boot/grub\n`);
    const make = async (platform: string, format: string, file: string, more: readonly string[]) =>
      run([
        ...(['grub-mkimage', '-O', format, '-d', join(unpacked, 'usr/lib/grub', platform)] as const),
        ...['-p', '/boot/grub', '-c', start, '-o', join(out, file), ...MODULES, ...more],
      ]);
    if (bios !== null) {
      await make(bios, `${bios}${CD_PLATFORM}`, 'eltorito.img', ['biosdisk']);
      await cp(join(unpacked, 'usr/lib/grub', bios, 'boot_hybrid.img'), join(out, 'hybrid.img'));
    }
    if (efi !== null) await make(efi, efi, 'grub.efi', []);
    await rm(unpacked, {recursive: true});
    await rm(start);
  },
});
