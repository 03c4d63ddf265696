import {open, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {bzImagePayload} from '../../formats/bzimage.ts';
import {createSparse, piecesOf} from '../../system/sparse.ts';
import {imageFormat} from './image-format.ts';
import {NOT_PACKAGED} from './tried-format.ts';
import {raw} from './raw.ts';

const MEMORY_MIB = 256;

/**
 * What Firecracker's `--config-file` takes (its docs/getting-started.md): a kernel as ELF, which nothing unpacks, the disk, and
 * the configuration that names them.
 */
export const firecracker = imageFormat('firecracker', {
  kind: 'boot',
  files: {config: 'firecracker.json', kernel: 'vmlinux', root: 'firecracker.img'},
  parts: {kernel: 'kernel', initramfs: 'initramfs', disk: raw},
  tried: {
    opened: ['python3', 'readelf', 'qemu-img'],
    started: ["QEMU's microvm starts the same files"],
    notRun: {firecracker: `needs /dev/kvm, and is ${NOT_PACKAGED}`},
  },
  takenBy: 'Firecracker: `firecracker --no-api --config-file …-firecracker.json`, in the folder of the files',
  arches: ['x86_64'],
  revision: 1,
  tools: ['qemu-img', 'zstd', 'xz', 'lz4', 'gzip'],
  async write({files, parts, options, run}) {
    const {image, version, arch, commandLine} = options;
    const payload = bzImagePayload(await readFile(parts.kernel));
    if (payload === undefined) throw new Error(`the kernel for ${arch} is not packed as x86's are`);
    const packed = `${files.kernel}.packed`;
    await writeFile(packed, payload.data);
    await run([payload.format, '--decompress', '--stdout'], {inputFile: packed, outputFile: files.kernel});
    await rm(packed);
    await createSparse(files.root, (await stat(parts.disk)).size);
    await using root = await open(files.root, 'r+');
    for await (const {at, data} of piecesOf(parts.disk, run)) await root.write(data, 0, data.length, at);
    const name = `leanos-${version}-${image}-${arch}`;
    const config = {
      'boot-source': {
        kernel_image_path: `${name}-vmlinux`,
        initrd_path: `${name}-initramfs`,
        boot_args: `${commandLine.ram} reboot=k pci=off`,
      },
      drives: [
        {
          drive_id: 'root',
          path_on_host: `${name}-firecracker.img`,
          is_root_device: false,
          is_read_only: false,
        },
      ],
      'machine-config': {vcpu_count: 1, mem_size_mib: MEMORY_MIB},
    };
    await writeFile(files.config, `${JSON.stringify(config, null, 1)}\n`);
  },
});
