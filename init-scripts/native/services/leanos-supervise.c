/*
 * leanos-supervise WORD=VALUE… -- PROGRAM WORDS…: keeps a program running. What it prints goes to a log and to the console; when it
 * ends it is started again, after a while that doubles, until it has ended too often in a row. Words (all have to be there, an empty
 * value says none; times in milliseconds):
 *   name=      what messages call it
 *   folder=    for its files: `control`, a FIFO that is there already, and `status`
 *   log=       the file of its output; at half of bytes= it becomes LOG.old
 *   console=   where its output is shown as well
 *   notes=     a file that is told when the program is given up
 *   group=     its control group: all that it started ends with it
 *   end=       the program that is run when it ends with status 0, in place of starting it again
 *   halt=      the program that is run with the name to end it, in place of a signal
 *   forks=     what it goes on as once it has ended with status 0: the process that a file names, or `any` of its group
 *   timer=     1: it is not started before a letter says so, and ends until the next
 *   delay=, longest=  the first and the longest while before it is started again
 *   tries=     how often in a row it may end before it is given up
 *   steady=    how long it has to run for an end not to count as one in a row
 *   patience=  how long it has to end by itself when it is told to
 * Letters to `control`: u starts it, d ends it, r does both, x ends it and this program; t starts it where its timer is due, unless
 * somebody has ended it.
 */
#include "../supervise/life.h"

/* without_control: what a terminal would obey is a question mark, C1 controls as UTF-8 writes them too (ECMA-48, 5.3) */
static void without_control(char *bytes, long size)
{
	static unsigned char before;
	long at;
	for (at = 0; at < size; at++) {
		unsigned char byte = (unsigned char)bytes[at];
		if ((byte < ' ' && byte != '\n' && byte != '\t') || byte == 127 || (before == 0xc2 && byte < 0xa0))
			bytes[at] = '?';
		before = byte;
	}
}

static void pass_output_on(void)
{
	static char bytes[4096];
	long size = call(SYS_read, output[0], (long)bytes, sizeof(bytes));
	if (size <= 0)
		return;
	without_control(bytes, size);
	log_bytes(bytes, (unsigned long)size);
	show_bytes(bytes, (unsigned long)size);
}

/* What the pipe holds, but not all that somebody goes on to write. */
static void pass_all_on(void)
{
	struct poll poll = { (int)output[0], POLLIN, 0 };
	struct time no = { 0, 0 };
	int most = 64;
	while (most-- && call5(SYS_ppoll, (long)&poll, 1, (long)&no, 0, 0) == 1)
		pass_output_on();
}

static void reap(void)
{
	int how;
	long ended;
	while ((ended = call5(SYS_wait4, -1, (long)&how, WNOHANG, 0, 0)) > 0) {
		if (ended != process)
			continue;
		last = how & 0xffff;
		pass_all_on();
		has_ended();
	}
}

static void read_words(char **words)
{
	unsigned at;
	for (; *words && (words[0][0] != '-' || words[0][1] != '-' || words[0][2]); words++)
		for (at = 0; at < WORDS; at++)
			if (after(WORD[at], *words))
				word[at] = after(WORD[at], *words);
	if (!*words || !words[1])
		leave(1);
	program = words + 1;
	for (at = 0; at < WORDS; at++) {
		if (!word[at])
			leave(1);
		if (at == BYTES || at >= DELAY)
			count[at] = (u32)number(word[at]);
	}
}

void begin(long *stack)
{
	u64 heard = 1ull << (SIGCHLD - 1) | 1ull << (SIGTERM - 1);
	int pipe[2];
	char letters[128];
	struct poll polls[3] = { { 0, POLLIN, 0 }, { 0, POLLIN, 0 }, { 0, POLLIN, 0 } };
	read_words((char **)(stack + 2));
	environment = (char **)(stack + 2 + stack[0]);
	last = -1;
	null = open_for("/dev/null", O_RDWR, 0);
	if (*word[CONSOLE])
		console = open_for(word[CONSOLE], O_WRONLY | O_NONBLOCK | 0400 /* O_NOCTTY */, 0);
	call5(SYS_rt_sigprocmask, SIG_SETMASK, (long)&heard, 0, sizeof(heard), 0);
	call5(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	polls[0].descriptor = (int)call5(SYS_signalfd4, -1, (long)&heard, sizeof(heard), O_CLOEXEC | O_NONBLOCK, 0);
	polls[1].descriptor = (int)open_for(path_of(word[FOLDER], "/control"), O_RDWR | O_NONBLOCK, 0);
	if (call(SYS_pipe2, (long)pipe, O_CLOEXEC, 0) || polls[0].descriptor < 0 || polls[1].descriptor < 0)
		leave(2);
	output[0] = polls[2].descriptor = pipe[0];
	output[1] = pipe[1];
	forget_failures();
	look_at_clock();
	if (*word[TIMER])
		become("scheduled");
	else
		start();
	for (;;) {
		u32 left = (int)(deadline - now) > 0 ? deadline - now : 0;
		struct time time = { (long)(left / 1000), (long)(left % 1000) * 1000000 };
		long found = call5(SYS_ppoll, (long)polls, 3, has_deadline ? (long)&time : 0, 0, 0);
		long at, size;
		look_at_clock();
		if (found < 0)
			continue;
		if (polls[2].found)
			pass_output_on();
		if (polls[0].found) {
			while ((size = call(SYS_read, polls[0].descriptor, (long)letters, sizeof(letters))) > 0)
				if (*(u32 *)letters == SIGTERM)
					obey('x');
			reap();
		}
		if (polls[1].found) {
			size = call(SYS_read, polls[1].descriptor, (long)letters, sizeof(letters));
			for (at = 0; at < size; at++)
				obey(letters[at]);
		}
		if (!has_deadline || (int)(deadline - now) > 0)
			continue;
		has_deadline = 0;
		if (process)
			call(SYS_kill, process, SIGKILL, 0);
		else
			start();
	}
}
