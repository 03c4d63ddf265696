/*
 * leanos-verity NAME SECTORS TABLE: makes a read-only dm-verity device and says its path.
 *
 * The ioctls are those of linux/dm-ioctl.h, the table that of Documentation/admin-guide/device-mapper/verity.rst. Exit
 * status 1: wrong usage; 2: no device mapper; 3: the device cannot be made; 4: the kernel refuses the table; 5: it cannot be
 * started.
 */
#include "../start.h"

struct dm_ioctl {
	u32 version[3], data_size, data_start, target_count;
	int open_count;
	u32 flags, event_nr, padding;
	u64 dev;
	char name[128], uuid[129], data[7];
};

struct dm_target_spec {
	u64 sector_start, length;
	int status;
	u32 next;
	char target_type[16];
};

struct request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char table[1024];
};

enum { DM_DEV_CREATE = 3, DM_DEV_SUSPEND = 6, DM_TABLE_LOAD = 9, DM_READONLY_FLAG = 1 };

#define DM_IOCTL(nr) IOC(IOC_READ_WRITE, 0xfd, nr, sizeof(struct dm_ioctl))

static struct request request;

/* Copies a text with its end into room bytes. */
static void copy(char *to, const char *from, u32 room)
{
	while ((*to++ = *from++))
		if (--room == 0)
			leave(1);
}

/* Asks the device mapper for one thing about NAME. */
static int ask(int control, int nr, u32 flags, const char *name)
{
	char *byte = (char *)&request.head;
	u32 n;
	for (n = 0; n < sizeof(request.head); n++)
		byte[n] = 0;
	request.head.version[0] = 4;
	request.head.data_size = sizeof(request);
	request.head.data_start = sizeof(request.head);
	request.head.target_count = nr == DM_TABLE_LOAD;
	request.head.flags = flags;
	copy(request.head.name, name, sizeof(request.head.name));
	return call(SYS_ioctl, control, DM_IOCTL(nr), (long)&request) == 0;
}

/* Says the path of the device: its minor number is in the low eight bits and from bit 20 on (linux/kdev_t.h). */
static void say_path(u64 device)
{
	char text[24], digits[12];
	u32 minor = (device & 0xff) | ((device >> 12) & 0xfff00), length = 8, count = 0;
	copy(text, "/dev/dm-", sizeof(text));
	do
		digits[count++] = '0' + minor % 10;
	while (minor /= 10);
	while (count)
		text[length++] = digits[--count];
	text[length++] = '\n';
	call(SYS_write, 1, (long)text, length);
}

void begin(long *stack)
{
	char **words = (char **)(stack + 1);
	int control;
	u64 device;
	if (stack[0] != 4)
		leave(1);
	control = open_file("/dev/mapper/control", O_RDWR);
	if (control < 0)
		leave(2);
	if (!ask(control, DM_DEV_CREATE, DM_READONLY_FLAG, words[1]))
		leave(3);
	device = request.head.dev;
	request.target.length = number(words[2]);
	copy(request.target.target_type, "verity", sizeof(request.target.target_type));
	copy(request.table, words[3], sizeof(request.table));
	if (!ask(control, DM_TABLE_LOAD, DM_READONLY_FLAG, words[1]))
		leave(4);
	if (!ask(control, DM_DEV_SUSPEND, 0, words[1]))
		leave(5);
	say_path(device);
	leave(0);
}
