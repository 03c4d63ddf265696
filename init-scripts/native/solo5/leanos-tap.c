/*
 * leanos-tap NAME UID: makes a network card of a program's own, which stays when this ends and which a user may attach to:
 * Documentation/networking/tuntap.rst. Exit status 1: wrong usage; 2: there is no /dev/net/tun; 3: the kernel refuses.
 */
#include "../start.h"

enum { IFF_TAP = 2, IFF_NO_PI = 0x1000, NAME_BYTES = 16 };
/* linux/if_tun.h: their numbers say four bytes, whatever they take. */
#define TUN(nr) IOC(IOC_WRITE, 'T', nr, sizeof(int))

/* struct ifreq: a name, and flags in what is as long as its longest part. */
static struct {
	char name[NAME_BYTES];
	short flags;
	char rest[64];
} card;

void begin(long *stack)
{
	char **words = (char **)(stack + 1);
	unsigned at;
	long tun;
	if (stack[0] != 3)
		leave(1);
	for (at = 0; words[1][at]; at++) {
		if (at == NAME_BYTES - 1)
			leave(1);
		card.name[at] = words[1][at];
	}
	card.flags = IFF_TAP | IFF_NO_PI;
	tun = open_file("/dev/net/tun", O_RDWR);
	if (tun < 0)
		leave(2);
	if (call(SYS_ioctl, tun, TUN(202), (long)&card) || call(SYS_ioctl, tun, TUN(204), (long)number(words[2])) ||
		call(SYS_ioctl, tun, TUN(203), 1))
		leave(3);
	leave(0);
}
