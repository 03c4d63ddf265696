import {writeFile} from 'node:fs/promises';
import {imageFormat} from './image-format.ts';

/** A script for iPXE that lies beside kernel and initramfs and names them: https://ipxe.org/scripting. */
export const pxe = imageFormat('pxe', {
  kind: 'boot',
  files: {script: 'pxe.ipxe'},
  parts: {},
  forLinux: 'it starts a kernel of Linux',
  tried: {opened: [], started: ['iPXE loads the script, and kernel and initramfs beside it, over HTTP']},
  takenBy: 'iPXE: `chain http://…/…-pxe.ipxe`; kernel and initramfs lie in the same folder',
  magic: {at: 0, text: '#!ipxe\n'},
  revision: 1,
  tools: [],
  async write({files, options: {image, version, arch, commandLine}}) {
    const name = `leanos-${version}-${image}-${arch}`;
    const lines = [
      '#!ipxe',
      // UEFI's kernels find their initramfs by the name on their command line.
      `kernel ${name}-kernel initrd=${name}-initramfs ${commandLine.ram}`,
      `initrd ${name}-initramfs`,
      'boot',
    ];
    await writeFile(files.script, lines.map((line) => `${line}\n`).join(''));
  },
});
