/** Magic numbers of what partitions hold, as latin-1 text, by the place where it is. */
const KINDS: readonly {readonly kind: string; readonly at: number; readonly magic: string}[] = [
  {kind: 'squashfs', at: 0, magic: 'hsqs'}, // fs/squashfs/squashfs_fs.h
  {kind: 'erofs', at: 1024, magic: '\xe2\xe1\xf5\xe0'}, // fs/erofs/erofs_fs.h
  {kind: 'ext4', at: 1080, magic: '\x53\xef'}, // fs/ext4/ext4.h; ext2 and ext3 too
  {kind: 'xfs', at: 0, magic: 'XFSB'},
  {kind: 'btrfs', at: 0x10040, magic: '_BHRfS_M'},
  {kind: 'luks', at: 0, magic: 'LUKS\xba\xbe'},
  {kind: 'swap', at: 4086, magic: 'SWAPSPACE2'},
  {kind: 'iso9660', at: 32769, magic: 'CD001'}, // ECMA-119, 8
  {kind: 'ntfs', at: 3, magic: 'NTFS    '},
  {kind: 'vfat', at: 82, magic: 'FAT32   '}, // Microsoft FAT Specification, section 3
  {kind: 'vfat', at: 54, magic: 'FAT16   '},
  {kind: 'vfat', at: 54, magic: 'FAT12   '},
];

/** How much of a partition tells what it holds. */
export const FILESYSTEM_BYTES = 128 * 1024;

/** What a partition holds, by its first bytes; `undefined` where it is nothing known. */
export function filesystemKind(start: Buffer): string | undefined {
  return KINDS.find(({at, magic}) => start.toString('latin1', at, at + magic.length) === magic)?.kind;
}
