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
  /** Whether it starts a hypervisor, which starts Linux. */
  readonly hypervisor?: true;
  /** The module that loads what is started, where that is no Linux with slots that count their tries. */
  readonly starts?: string;
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
/** What starts a payload: it reads the same, and says what it starts. */
const PAYLOAD_MODULES = [
  'part_gpt',
  'fat',
  'normal',
  'configfile',
  'loadenv',
  'test',
  'hashsum',
  'gcry_sha256',
  'echo',
];
/** The time, for the stamp, of machines whose clock GRUB knows. */
const CLOCK = 'datehook';
/** What starts a hypervisor by Multiboot 2, and unpacks it. */
const HYPERVISOR_MODULES = ['multiboot2', 'gzio'];
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
    for (const image of imagesOf(options)) {
      const folder = join(unpacked, 'usr/lib/grub', image.platform);
      for (const name of image.copied) await cp(join(folder, name), join(out, name));
      await run(grubMkimage({...image, folder, file: join(out, image.file)}));
    }
    await rm(unpacked, {recursive: true});
  },
});

interface GrubImage {
  readonly platform: string;
  readonly prefix: string;
  readonly file: string;
  readonly modules: readonly string[];
  /** Files that Debian has ready. */
  readonly copied: readonly string[];
}

function imagesOf({bios, efi, openFirmware, bareKernel, hypervisor, starts}: GrubOptions): GrubImage[] {
  const base = starts === undefined ? MODULES : [...PAYLOAD_MODULES, starts];
  const clock = starts === undefined ? [CLOCK] : [];
  const always = [...(bareKernel ? ['gzio'] : []), ...(hypervisor ? HYPERVISOR_MODULES : [])];
  const images = [
    {
      platform: bios,
      prefix: PREFIX.disk,
      file: 'core.img',
      own: ['biosdisk', ...clock],
      copied: ['boot.img'],
    },
    {platform: efi, prefix: PREFIX.efi, file: 'grub.efi', own: clock, copied: []},
    // regexp is for grub.cfg, where disks have paths for names.
    {platform: openFirmware, prefix: PREFIX.disk, file: 'grub.elf', own: ['regexp'], copied: []},
  ];
  return images.flatMap(({platform, own, ...image}) =>
    platform === null ? [] : [{...image, platform, modules: [...base, ...own, ...always]}],
  );
}

/** The command line of grub-mkimage(1). */
export function grubMkimage(image: {
  readonly platform: string;
  readonly folder: string;
  readonly prefix: string;
  readonly file: string;
  readonly modules: readonly string[];
}): [string, ...string[]] {
  const {platform, folder, prefix, file, modules} = image;
  return ['grub-mkimage', '-O', platform, '-d', folder, '-p', prefix, '-o', file, ...modules];
}
