/*
 * leanos-guestinfo QUESTION: asks VMware's hypervisor, as `vmware-rpctool QUESTION` does, and prints its answer, without a tool of
 * VMware's: "info-get guestinfo.NAME" gives what the machine's settings say of NAME, "info-set guestinfo.NAME VALUE" changes it.
 * The question goes through an I/O port that the hypervisor watches: backdoor_def.h and guest_msg_def.h of open-vm-tools.
 * Exit status 1: the answer is that there is none; 2: wrong usage; 3: nobody answers to the port; 4: the answer breaks off, or is
 * larger than a mebibyte. Where the port is forbidden and no hypervisor watches it, SIGSEGV.
 */
#include "../start.h"

enum { MAGIC = 0x564d5868, PORT = 0x5658, MESSAGE = 30, RPCI = 0x49435052, WITH_COOKIE = 0x80000000 };
enum { OPEN, SEND_SIZE, SEND, RECEIVE_SIZE, RECEIVE, RECEIVED, CLOSE };
enum { SUCCESS = 1, HAS_ANSWER = 2, INTERRUPTED = 16 };
enum { TRIES = 5, MOST_BYTES = 1048576 + 2 };

static u32 channel, cookie[2], argument, kind, status;
static u32 answer[MOST_BYTES / 4 + 1], answer_bytes;

/* ask TYPE: sets argument and kind to what comes back; whether it went well */
static int ask(u32 type)
{
#if defined(__x86_64__) || defined(__i386__)
	u32 a = MAGIC, b = argument, c = MESSAGE | type << 16, d = PORT | channel, s = cookie[0], t = cookie[1];
	__asm__ volatile("inl %%dx, %%eax"
		: "=a"(a), "=b"(b), "=c"(c), "=d"(d), "=S"(s), "=D"(t)
		: "a"(a), "b"(b), "c"(c), "d"(d), "S"(s), "D"(t)
		: "memory");
	argument = b;
	kind = d >> 16;
	status = c >> 16;
	if (type == OPEN) {
		channel = d & 0xffff0000;
		cookie[0] = s;
		cookie[1] = t;
	}
	return status & SUCCESS;
#else
	return 0;
#endif
}

static u32 length(const char *text)
{
	u32 bytes = 0;
	while (text[bytes])
		bytes++;
	return bytes;
}

static int send(const char *text)
{
	u32 bytes = length(text), at, byte;
	argument = bytes;
	if (!ask(SEND_SIZE))
		return 0;
	for (at = 0; at < bytes; at += 4) {
		argument = 0;
		for (byte = 0; byte < 4 && at + byte < bytes; byte++)
			argument |= (u32)(unsigned char)text[at + byte] << 8 * byte;
		if (!ask(SEND))
			return 0;
	}
	return 1;
}

static int receive(void)
{
	u32 at;
	if (!ask(RECEIVE_SIZE) || !(status & HAS_ANSWER) || kind != SEND_SIZE || argument > MOST_BYTES)
		return 0;
	answer_bytes = argument;
	for (at = 0; at < answer_bytes; at += 4) {
		argument = SUCCESS;
		if (!ask(RECEIVE) || kind != SEND)
			return 0;
		answer[at / 4] = argument;
	}
	argument = SUCCESS;
	return ask(RECEIVED);
}

/* converse QUESTION: whether there is an answer; 0 where it was interrupted, as by a snapshot, and should be asked again */
static int converse(const char *question)
{
	int done, again;
	channel = cookie[0] = cookie[1] = 0;
	argument = RPCI | WITH_COOKIE;
	if (!ask(OPEN))
		leave(3);
	done = send(question) && receive();
	again = status & INTERRUPTED;
	ask(CLOSE);
	if (!done && !again)
		leave(4);
	return done;
}

static void print(const char *text, long bytes)
{
	long written;
	while (bytes > 0 && (written = call(SYS_write, 1, (long)text, bytes)) > 0) {
		text += written;
		bytes -= written;
	}
}

void begin(long *stack)
{
	char **words = (char **)(stack + 1);
	const char *text = (const char *)answer;
	int tries = 0;
	if (stack[0] != 2)
		leave(2);
#if defined(__x86_64__) || defined(__i386__)
	call(SYS_ioperm, PORT, 4, 1); /* VMware lets everybody in; QEMU, whom the kernel does */
#endif
	while (!converse(words[1]))
		if (++tries == TRIES)
			leave(4);
	if (answer_bytes < 2 || text[1] != ' ')
		leave(4);
	if (text[0] != '1')
		leave(1);
	print(text + 2, answer_bytes - 2);
	leave(0);
}
