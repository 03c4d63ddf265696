/* What leanos-supervise says: to the log of the program, to the console, and in the file `status`. */
#include "state.h"

/* The log has two files, each of half of what it may have. What is logged is not in `line`. */
static void log_bytes(const char *bytes, unsigned long size)
{
	static char old[sizeof(line)];
	unsigned long at;
	if (logged < 0 && *word[LOG])
		logged = open_for(word[LOG], O_WRONLY | O_CREAT | O_APPEND, FILE_MODE);
	if (logged < 0)
		return;
	call(SYS_write, logged, (long)bytes, (long)size);
	if ((u32)call(SYS_lseek, logged, 0, SEEK_END) < count[BYTES] >> 1)
		return;
	call(SYS_close, logged, 0, 0);
	logged = -1;
	path_of(word[LOG], ".old");
	for (at = 0; at <= used; at++)
		old[at] = line[at];
	call5(SYS_renameat2, AT_FDCWD, (long)word[LOG], AT_FDCWD, (long)old, 0);
}

/* A console that takes nothing is not waited for twice: what it misses is in the log. */
static void show_bytes(const char *bytes, unsigned long size)
{
	struct poll poll = { (int)console, POLLOUT, 0 };
	struct time while_ = { 0, 200000000 };
	long written;
	if (console < 0)
		return;
	while (size) {
		if (console_is_stuck)
			while_.nanoseconds = 0;
		console_is_stuck = call5(SYS_ppoll, (long)&poll, 1, (long)&while_, 0, 0) != 1;
		written = console_is_stuck ? 0 : call(SYS_write, console, (long)bytes, size);
		if (written <= 0)
			return;
		bytes += written;
		size -= (unsigned long)written;
	}
}

/* The line that has been put together, to whoever reads. */
static void say(void)
{
	char text[sizeof(line)];
	unsigned long at, size = used + 1;
	line[used] = '\n';
	for (at = 0; at < size; at++)
		text[at] = line[at];
	log_bytes(text, size);
	show_bytes(text, size);
}

static void begin_line(const char *kind)
{
	used = 0;
	add(kind);
	add(word[NAME]);
}

/* In words how the process ended: wait(2) */
static void add_end(void)
{
	if (is_out_of_memory) {
		add("killed: it needed more memory than it may have");
	} else if (last & 0x7f) {
		add("killed by signal ");
		add_number((u32)last & 0x7f);
	} else {
		add("ended with status ");
		add_number((u32)last >> 8 & 0xff);
	}
}

static void write_status(void)
{
	char fresh[sizeof(line)];
	unsigned long at;
	long file;
	path_of(word[FOLDER], "/status.new");
	for (at = 0; at <= used; at++)
		fresh[at] = line[at];
	file = open_for(fresh, O_WRONLY | O_CREAT | O_TRUNC, FILE_MODE);
	if (file < 0)
		return;
	used = 0;
	add("state=");
	add(state);
	add("\npid=");
	add_number((u32)process);
	add("\nstarts=");
	add_number(starts);
	add("\nfailures=");
	add_number(failures);
	add("\nsince=");
	add_number(begun_second);
	add("\nlast='");
	if (last >= 0)
		add_end();
	add("'\n");
	call(SYS_write, file, (long)line, (long)used);
	call(SYS_close, file, 0, 0);
	call5(SYS_renameat2, AT_FDCWD, (long)fresh, AT_FDCWD, (long)path_of(word[FOLDER], "/status"), 0);
}

static void become(const char *name)
{
	state = name;
	write_status();
}
