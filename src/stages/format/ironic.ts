import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ARCHITECTURES} from '../../core/architecture.ts';
import {derivedUuid} from '../../formats/disk-layout.ts';
import {file, mergeTrees, type Entry, type FileTree} from '../../formats/file-tree.ts';
import {createSparse} from '../../system/sparse.ts';
import {fillExt4} from '../disk/state-ext4.ts';
import {imageFormat, type FormatOptions} from './image-format.ts';
import {OPENSTACK} from './tried-format.ts';
import {discConfig, discMark} from './iso.ts';
import {readRootTree} from './root-tree.ts';

const MIB = 2 ** 20;
/** What of a filesystem is not content, and room for what its owner adds. */
const ROOM = {bytes: 16 * MIB, share: 1.1};
const LABEL_BYTES = 16; // of ext4
const LABEL_END = '-rootfs';

/**
 * The root filesystem alone, as OpenStack's Ironic writes it into a partition of its own making. Its agent takes what lies in
 * /boot/efi/EFI to the system partition (ironic-python-agent, extensions/image.py) and wants /dev, /proc, /run and /sys there. As in
 * the image that Ironic makes of CirrOS (devstack/tools/ironic/scripts/cirros-partition.sh), the kernel starts from /boot, and the
 * system runs from RAM: from the initramfs there, or from the one that Glance's ramdisk_id names.
 */
export const ironic = imageFormat('ironic', {
  kind: 'boot',
  files: {root: 'ironic.img'},
  parts: {archive: 'rootfsArchive', kernel: 'kernel', initramfs: 'initramfs', grub: 'grubCd'},
  tried: {
    opened: ['e2fsck', 'debugfs', 'chroot'],
    started: ['UEFI starts it from a disk as its agent makes one'],
    notRun: {Ironic: `${OPENSTACK}, and servers`},
  },
  takenBy: 'OpenStack Ironic (partition image), with …-kernel as kernel_id and …-initramfs as ramdisk_id',
  arches: ['x86_64', 'aarch64'],
  revision: 1,
  tools: ['mke2fs', 'debugfs'],
  async write({files, parts, options, out, run}) {
    const tree = mergeTrees(await readRootTree(parts.archive), await bootFiles(parts, options));
    const bytes = [...tree.values()].reduce(
      (sum, entry) => sum + (entry.type === 'file' ? entry.data.length : 0),
      0,
    );
    await createSparse(files.root, Math.ceil((bytes * ROOM.share + ROOM.bytes) / MIB) * MIB);
    const uuid = derivedUuid(`${options.seed} ironic`);
    const label = `${options.image.slice(0, LABEL_BYTES - LABEL_END.length)}${LABEL_END}`;
    // Without what kernels of older ramdisks, and GRUB, do not know.
    const features = ['-O', '^metadata_csum_seed,^orphan_file', '-b', '4096', '-I', '256', '-i', '8192'];
    const identity = [
      '-L',
      label,
      '-U',
      uuid,
      '-E',
      `hash_seed=${uuid},root_owner=0:0,lazy_itable_init=0,nodiscard`,
    ];
    await run(['mke2fs', '-q', '-t', 'ext4', ...features, ...identity, files.root]);
    await fillExt4(files.root, tree, {content: join(out, '.content'), run});
  },
});

/** What a firmware and GRUB start: GRUB finds the filesystem by its mark, as it does a disc. */
async function bootFiles(
  {kernel, initramfs, grub}: Readonly<Record<'kernel' | 'initramfs' | 'grub', string>>,
  {arch, commandLine, seed}: FormatOptions,
): Promise<FileTree> {
  const {efiFile = ''} = ARCHITECTURES[arch];
  const contents: readonly (readonly [string, Buffer | string])[] = [
    ['boot/kernel', await readFile(kernel)],
    ['boot/initramfs', await readFile(initramfs)],
    ['boot/grub/grub.cfg', discConfig(commandLine.ram)],
    [`boot/${discMark(seed)}`, ''],
    [`boot/efi/EFI/BOOT/${efiFile}`, await readFile(join(grub, 'grub.efi'))],
  ];
  return new Map(contents.map(([path, data]): [string, Entry] => [path, file(data)]));
}
