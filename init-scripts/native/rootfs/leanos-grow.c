/*
 * leanos-grow FOLDER SECTORS: lets the mounted ext4 of a folder grow to a number of sectors of 512 bytes, as resize2fs does
 * with one that is mounted: EXT4_IOC_RESIZE_FS of linux/ext4.h. Exit status 1: wrong usage; 2: there is no such folder;
 * 3: the kernel cannot say how large its blocks are; 4: it refuses.
 */
#include "../start.h"

#define EXT4_IOC_RESIZE_FS IOC(IOC_WRITE, 'f', 16, sizeof(u64))

/* The beginning of struct statfs; the rest is as long as it may be. */
static struct {
	statfs_word type, block_bytes;
	long rest[30];
} filesystem;

void begin(long *stack)
{
	char **words = (char **)(stack + 1);
	long folder;
	statfs_word sectors;
	u64 blocks;
	if (stack[0] != 3)
		leave(1);
	folder = open_file(words[1], O_RDONLY);
	if (folder < 0)
		leave(2);
	if (call(SYS_fstatfs, folder, (long)&filesystem, 0) || filesystem.block_bytes < 512)
		leave(3);
	blocks = number(words[2]);
	for (sectors = filesystem.block_bytes >> 9; sectors > 1; sectors >>= 1)
		blocks >>= 1;
	leave(call(SYS_ioctl, folder, EXT4_IOC_RESIZE_FS, (long)&blocks) ? 4 : 0);
}
