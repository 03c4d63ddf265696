import {readFile, writeFile} from 'node:fs/promises';
import {addPeSections} from '../../formats/pe.ts';
import {imageFormat} from './image-format.ts';

/** Kernel, initramfs and command line in one file that UEFI starts: the UAPI group's Unified Kernel Image. */
export const unified = imageFormat('unified', {
  kind: 'boot',
  files: {efi: 'unified.efi'},
  parts: {stub: 'efiStub', kernel: 'kernel', initramfs: 'initramfs'},
  tried: {opened: ['objdump'], started: ['UEFI starts the one file from a folder']},
  takenBy: 'UEFI, systemd-boot, HTTP boot: as /EFI/BOOT/BOOTX64.EFI or below /EFI/Linux',
  arches: ['x86_64', 'aarch64'],
  revision: 1,
  tools: [],
  async write({files, parts, options: {image, version, commandLine}}) {
    const release = `ID=leanos\nPRETTY_NAME="leanos ${image} ${version}"\nVERSION_ID=${version}\n`;
    const unifiedImage = addPeSections(await readFile(parts.stub), [
      {name: '.osrel', data: Buffer.from(release)},
      {name: '.cmdline', data: Buffer.from(commandLine.ram)},
      {name: '.initrd', data: await readFile(parts.initramfs)},
      {name: '.linux', data: await readFile(parts.kernel)},
    ]);
    await writeFile(files.efi, unifiedImage);
  },
});
