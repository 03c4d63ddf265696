/** Where GRUB's boot sector and core image keep the sectors they read next (grub-core: include/grub/i386/pc/boot.h). */
const KERNEL_SECTOR_AT = 0x5c;
const DRIVE_CHECK_AT = 0x66;
const NOP = 0x90;
const BOOT_CODE_BYTES = 440;
/** The core image's first sector ends with its block list: u64 first sector, u16 count, u16 segment. */
const FIRST_BLOCK_AT = 512 - 12;

/**
 * GRUB's boot.img made to start a core image, as grub-bios-setup does for hard disks: the first 440 bytes of sector 0, which
 * is what a GPT's protective MBR leaves to boot code.
 */
export function bootSectorCode(bootImage: Buffer, coreLba: number): Buffer {
  const code = Buffer.from(bootImage.subarray(0, BOOT_CODE_BYTES));
  code.writeBigUInt64LE(BigInt(coreLba), KERNEL_SECTOR_AT);
  // Without these two bytes the code trusts the drive number of a BIOS that passes a floppy's for a hard disk.
  code.fill(NOP, DRIVE_CHECK_AT, DRIVE_CHECK_AT + 2);
  return code;
}

/** GRUB's core image with its block list pointing at itself, for the sector where it will lie. */
export function placedCoreImage(coreImage: Buffer, coreLba: number): Buffer {
  const placed = Buffer.from(coreImage);
  placed.writeBigUInt64LE(BigInt(coreLba + 1), FIRST_BLOCK_AT);
  return placed;
}
