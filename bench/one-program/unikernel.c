/* The program as a unikernel of Solo5: says hello, and with an address as its argument answers on port 80 of it with the page. */
#include <solo5.h>
#include "frames.h"

/* Four numbers with dots between them. */
static void read_address(const char *text, uint8_t *ip)
{
	for (int part = 0; part < 4; part++, text += *text == '.')
		for (ip[part] = 0; *text >= '0' && *text <= '9'; text++)
			ip[part] = ip[part] * 10 + *text - '0';
}

int solo5_app_main(const struct solo5_start_info *start)
{
	static uint8_t frame[2048];
	struct solo5_net_info card;
	solo5_handle_t net;
	solo5_handle_set_t ready;
	uint8_t ip[4];
	size_t size;

	solo5_console_write(HELLO, sizeof HELLO - 1);
	if (*start->cmdline == 0)
		return SOLO5_EXIT_SUCCESS;
	read_address(start->cmdline, ip);
	if (solo5_net_acquire("web", &net, &card) != SOLO5_R_OK)
		return SOLO5_EXIT_FAILURE;
	for (;;) {
		solo5_yield(solo5_clock_monotonic() + 1000000000, &ready);
		while (solo5_net_read(net, frame, sizeof frame, &size) == SOLO5_R_OK) {
			size = answer_frame(frame, size, card.mac_address, ip);
			if (size > 0)
				solo5_net_write(net, frame, size);
		}
	}
}
