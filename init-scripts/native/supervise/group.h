/* The control group of the program (cgroups(7), version 2), and what of it goes on in the background. */
#include "says.h"

/* write_group FILE TEXT: to a file of its control group; where there is none nothing */
static void write_group(const char *file, const char *text)
{
	long opened;
	if (!*word[GROUP])
		return;
	opened = open_for(path_of(word[GROUP], file), O_WRONLY, 0);
	if (opened < 0)
		return;
	call(SYS_write, opened, (long)text, (long)length(text));
	call(SYS_close, opened, 0, 0);
}

/* read_text PATH: what a file holds, of its first bytes; empty where there is none */
static char *read_text(const char *path)
{
	static char text[4096];
	long size = 0, file = open_for(path, O_RDONLY, 0);
	if (file >= 0) {
		size = call(SYS_read, file, (long)text, sizeof(text) - 1);
		call(SYS_close, file, 0, 0);
	}
	text[size > 0 ? size : 0] = 0;
	return text;
}

/* read_number AT: sets AT behind the digits there; a number ends with what is no digit */
static u32 read_number(char **at)
{
	u32 value = 0;
	while (**at >= '0' && **at <= '9')
		value = value * 10 + (u32)(*(*at)++ - '0');
	return value;
}

/* count_killed: how many processes of its group the kernel has killed for their memory (cgroup v2, memory.events) */
static u32 count_killed(void)
{
	char *at, *value;
	if (!*word[GROUP])
		return 0;
	for (at = read_text(path_of(word[GROUP], "/memory.events")); *at; at++)
		if ((value = after("\noom_kill ", at)))
			return read_number(&value);
	return 0;
}

/* left_behind: the process that goes on for the program: the one that the file of forks= names, else the oldest of the group */
static long left_behind(void)
{
	u32 named = 0, each, oldest = 0;
	char *at;
	if (*word[FORKS] == '/') {
		at = read_text(word[FORKS]);
		named = read_number(&at);
	}
	if (!*word[GROUP])
		return 0;
	for (at = read_text(path_of(word[GROUP], "/cgroup.procs")); *at; at += *at == '\n') {
		each = read_number(&at);
		if (each == named)
			return (long)each;
		if (!oldest || each < oldest)
			oldest = each;
		if (*at && *at != '\n')
			break;
	}
	return (long)oldest;
}
