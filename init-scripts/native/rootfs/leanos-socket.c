/*
 * leanos-socket PATH: sends stdin to the socket that is at a path, and prints what comes back: unix(7). Exit status 1: wrong
 * usage; 2: nobody listens there; 3: the conversation breaks off.
 */
#include "../start.h"

enum { AF_UNIX = 1, SOCK_STREAM = 1 };

static struct {
	unsigned short family;
	char path[108];
} address = {AF_UNIX, ""};
static char text[65536];

/* copy FROM TO: all there is; whether it went well */
static int copy(long from, long to)
{
	long bytes, at, written;
	while ((bytes = call(SYS_read, from, (long)text, sizeof(text))) > 0) {
		for (at = 0; at < bytes; at += written) {
			written = call(SYS_write, to, (long)(text + at), bytes - at);
			if (written <= 0)
				return 0;
		}
	}
	return bytes == 0;
}

void begin(long *stack)
{
	char **words = (char **)(stack + 1);
	unsigned at;
	long end;
	if (stack[0] != 2)
		leave(1);
	for (at = 0; words[1][at]; at++) {
		if (at == sizeof(address.path) - 1)
			leave(1);
		address.path[at] = words[1][at];
	}
	end = call(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	if (end < 0 || call(SYS_connect, end, (long)&address, sizeof(address)) < 0)
		leave(2);
	leave(copy(0, end) && copy(end, 1) ? 0 : 3);
}
