/*
 * A program as a payload: prints its arguments, its environment and whom it runs as, and ends as its first argument says: `end N`,
 * `crash`, or with nothing of these not at all. It answers whoever connects to port 80 where it is told to `serve`.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
	int all = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(all, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(all, (struct sockaddr *)&address, sizeof(address)) || listen(all, 8)) {
		perror("port 80");
		exit(1);
	}
	puts("serving");
	for (;;) {
		int client = accept(all, 0, 0);
		dprintf(client, "HTTP/1.0 200 OK\r\n\r\nhello from the payload\n");
		close(client);
	}
}

int main(int argc, char **argv)
{
	int at;
	setvbuf(stdout, 0, _IOLBF, 0);
	for (at = 1; at < argc; at++)
		printf("argument %d: %s\n", at, argv[at]);
	printf("user %d in %s, GREETING=%s\n", (int)getuid(), getcwd(0, 0), getenv("GREETING") ? getenv("GREETING") : "");
	if (argc > 2 && !strcmp(argv[1], "end"))
		return atoi(argv[2]);
	if (argc > 1 && !strcmp(argv[1], "crash"))
		abort();
	if (argc > 1 && !strcmp(argv[1], "serve"))
		serve();
	for (;;)
		pause();
}
