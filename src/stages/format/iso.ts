import {cp, mkdir, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ARCHITECTURES} from '../../core/architecture.ts';
import {derivedUuid} from '../../formats/disk-layout.ts';
import type {Run} from '../../system/run.ts';
import {createSparse} from '../../system/sparse.ts';
import {imageFormat} from './image-format.ts';

const MIB = 2 ** 20;
const EFI_PARTITION = ['-append_partition', '2', '0xef'];

/** A live disc that is a USB disk too, under a BIOS and under UEFI: the whole image runs from RAM. */
export const iso = imageFormat('iso', {
  kind: 'boot',
  files: {disc: 'live.iso'},
  parts: {grub: 'grubCd', kernel: 'kernel', initramfs: 'initramfs'},
  tried: {
    opened: ['xorriso'],
    started: ['a BIOS starts it from a CD, and a seed beside it is read', 'UEFI starts it from a USB disk'],
  },
  takenBy: 'CD drives of hypervisors, dd to a USB disk, remote consoles of servers',
  magic: {at: 32_769, text: 'CD001'}, // ECMA-119, 8.1
  arches: ['x86_64', 'i386', 'aarch64', 'riscv64'],
  revision: 2,
  tools: ['xorriso', 'mkfs.vfat', 'mmd', 'mcopy'],
  async write({files, parts, options, out, run, epoch}) {
    const tree = join(out, '.tree');
    const efi = join(out, '.efi.img');
    const boot = join(tree, 'boot');
    await mkdir(join(boot, 'grub'), {recursive: true});
    await cp(parts.kernel, join(boot, 'kernel'));
    await cp(parts.initramfs, join(boot, 'initramfs'));
    await writeFile(join(boot, discMark(options.seed)), '');
    const {commandLine, arch, bios, seed} = options;
    await writeFile(join(boot, 'grub/grub.cfg'), discConfig(commandLine.ram));
    if (bios) await cp(join(parts.grub, 'eltorito.img'), join(boot, 'grub/eltorito.img'));
    const {efiFile = ''} = ARCHITECTURES[arch];
    await writeEfiPartition(efi, {source: join(parts.grub, 'grub.efi'), efiFile, seed, run});
    await run(['xorriso', ...isoArgs({bios, disc: files.disc, grub: parts.grub, efi, tree, seed, epoch})]);
    await rm(tree, {recursive: true});
    await rm(efi);
  },
});

/** What GRUB reads on it: the image runs from RAM. */
export function discConfig(commandLine: string): string {
  return `linux /boot/kernel ${commandLine}\ninitrd /boot/initramfs\nboot\n`;
}

/** The file by which GRUB knows its own disc among others. */
export function discMark(seed: string): string {
  return `leanos-${derivedUuid(`${seed} disc`)}`;
}

async function writeEfiPartition(
  image: string,
  {source, efiFile, seed, run}: {source: string; efiFile: string; seed: string; run: Run},
): Promise<void> {
  await createSparse(image, Math.ceil((await stat(source)).size / MIB + 1) * MIB);
  const volumeId = derivedUuid(`${seed} disc ESP`).slice(0, 8);
  await run(['mkfs.vfat', '--invariant', '-n', 'ESP', '-i', volumeId, image]);
  await run(['mmd', '-i', image, '::/EFI', '::/EFI/BOOT']);
  await run(['mcopy', '-i', image, '-Q', source, `::/EFI/BOOT/${efiFile}`]);
}

/** The options of xorrisofs(1), as grub-mkrescue has them. From SOURCE_DATE_EPOCH come the disc's times, but not those of its files. */
export function isoArgs({
  bios,
  disc,
  grub,
  efi,
  tree,
  seed,
  epoch,
}: {
  readonly bios: boolean;
  readonly disc: string;
  readonly grub: string;
  readonly efi: string;
  readonly tree: string;
  readonly seed: string;
  readonly epoch: number;
}): string[] {
  const forBios = [
    ...['-b', 'boot/grub/eltorito.img', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'],
    ...['--grub2-boot-info', '--grub2-mbr', join(grub, 'hybrid.img'), '-eltorito-alt-boot'],
  ];
  return [
    ...[
      '-no_rc',
      '-as',
      'mkisofs',
      '-quiet',
      '-r',
      '-V',
      'LEANOS',
      '-o',
      disc,
      '--set_all_file_dates',
      `=${epoch}`,
    ],
    ...['--gpt_disk_guid', derivedUuid(`${seed} disc`), '-partition_offset', '16'],
    ...(bios ? forBios : []),
    ...[...EFI_PARTITION, efi, '-appended_part_as_gpt'],
    ...['-e', '--interval:appended_partition_2:all::', '-no-emul-boot', tree],
  ];
}
