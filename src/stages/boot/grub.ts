import {cp, mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {defineStage} from '../../pipeline/stage.ts';
import type {PackagePin} from '../../system/apt.ts';

export type GrubOptions = {
  readonly packages: readonly PackagePin[];
  /** grub-mkimage's names of the platforms, where the architecture has them. */
  readonly bios: string | null;
  readonly efi: string | null;
  readonly openFirmware: string | null;
  /** Whether kernels come compressed, for they do not decompress themselves. */
  readonly bareKernel: boolean;
};

/**
 * The modules that a boot needs: read a FAT on GPT, run a script, choose a slot, stamp the disk (newc: state-ext4.ts), check and
 * start Linux.
 */
const MODULES = [
  'part_gpt',
  'fat',
  'newc',
  'normal',
  'configfile',
  'linux',
  'loadenv',
  'test',
  'hashsum',
  'gcry_sha256',
];
/** The time, for the stamp, of machines whose clock GRUB knows. */
const CLOCK = 'datehook';
/** The folder with grub.cfg on the ESP. It is the second partition of the disk that a BIOS or OpenFirmware booted. */
const PREFIX = {disk: '(,gpt2)/grub', efi: '/grub'} as const;

/** GRUB from Debian's modules: `boot.img` and `core.img` for a BIOS, `grub.efi` for UEFI, `grub.elf` for OpenFirmware. */
export const grub = defineStage<GrubOptions, never>({
  name: 'grub',
  revision: 6,
  tools: ['grub-mkimage'],
  inputs: [],
  timeless: true,
  async build({options, out, run, fetch}) {
    const unpacked = join(out, '.packages');
    await mkdir(unpacked);
    for (const archive of await fetch(options.packages))
      await run(['dpkg-deb', '--extract', archive, unpacked]);
    const gzip = options.bareKernel ? ['gzio'] : [];
    const modules = (platform: string) => join(unpacked, 'usr/lib/grub', platform);
    if (options.bios !== null) {
      const folder = modules(options.bios);
      await cp(join(folder, 'boot.img'), join(out, 'boot.img'));
      await run(
        grubMkimage({
          platform: options.bios,
          folder,
          prefix: PREFIX.disk,
          file: join(out, 'core.img'),
          more: ['biosdisk', CLOCK, ...gzip],
        }),
      );
    }
    if (options.efi !== null) {
      const folder = modules(options.efi);
      await run(
        grubMkimage({
          platform: options.efi,
          folder,
          prefix: PREFIX.efi,
          file: join(out, 'grub.efi'),
          more: [CLOCK, ...gzip],
        }),
      );
    }
    if (options.openFirmware !== null) {
      const folder = modules(options.openFirmware);
      await run(
        grubMkimage({
          platform: options.openFirmware,
          folder,
          prefix: PREFIX.disk,
          file: join(out, 'grub.elf'),
          more: ['regexp', ...gzip], // for grub.cfg, where disks have paths for names
        }),
      );
    }
    await rm(unpacked, {recursive: true});
  },
});

/** The command line of grub-mkimage(1). */
export function grubMkimage(image: {
  readonly platform: string;
  readonly folder: string;
  readonly prefix: string;
  readonly file: string;
  readonly more: readonly string[];
}): [string, ...string[]] {
  const {platform, folder, prefix, file, more} = image;
  return ['grub-mkimage', '-O', platform, '-d', folder, '-p', prefix, '-o', file, ...MODULES, ...more];
}
