/* The program under Linux: says hello, and with the word `web` answers every connection to port 80 with the page. `forward HOST`
 * hands connections to port 80 of another address on, for a unikernel that the guest has behind it. */
#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "page.h"

static struct sockaddr_in address_of(in_addr_t address)
{
	struct sockaddr_in it = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = address};
	return it;
}

static int answer(int client)
{
	char request[2048];
	return read(client, request, sizeof request) > 0 && write(client, PAGE, sizeof PAGE - 1) > 0;
}

/* Copies both ways until one end closes. */
static int forward(int client, const char *host)
{
	struct sockaddr_in there = address_of(inet_addr(host));
	int server = socket(AF_INET, SOCK_STREAM, 0);
	struct pollfd ends[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
	char piece[2048];
	ssize_t size = connect(server, (struct sockaddr *)&there, sizeof there) == 0;
	while (size > 0 && poll(ends, 2, -1) > 0) {
		int from = ends[0].revents != 0 ? 0 : 1;
		size = read(ends[from].fd, piece, sizeof piece);
		if (size > 0 && write(ends[1 - from].fd, piece, size) != size)
			break;
	}
	return close(server);
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = address_of(INADDR_ANY);
	int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
	write(1, HELLO, sizeof HELLO - 1);
	if (argc < 2)
		return 0;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 8) != 0)
		return 1;
	for (;;) {
		int client = accept(listener, NULL, NULL);
		if (strcmp(argv[1], "forward") == 0)
			forward(client, argv[2]);
		else
			answer(client);
		close(client);
	}
}
