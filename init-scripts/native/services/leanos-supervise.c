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
#include "../start.h"
#include "../processes.h"

enum { O_WRONLY = 1, O_CREAT = 0100, O_APPEND = 02000, O_TRUNC = 01000, O_NONBLOCK = 04000, O_CLOEXEC = 02000000 };
enum { SIGKILL = 9, SIGTERM = 15, SIGCHLD = 17, SIG_SETMASK = 2, CLOCK_MONOTONIC = 1 };
enum { POLLIN = 1, POLLOUT = 4, WNOHANG = 1, PR_SET_CHILD_SUBREAPER = 36, SEEK_END = 2, FILE_MODE = 0644, ROOT_ONLY = 0600 };

enum word { NAME, FOLDER, LOG, BYTES, CONSOLE, NOTES, GROUP, END, HALT, FORKS, TIMER, DELAY, LONGEST, TRIES, STEADY, PATIENCE, WORDS };
static const char *const WORD[WORDS] = { "name=", "folder=", "log=", "bytes=", "console=", "notes=", "group=", "end=", "halt=", "forks=",
	"timer=", "delay=", "longest=", "tries=", "steady=", "patience=" };
static char *word[WORDS];
static u32 count[WORDS];

/* What the program is doing, as `status` says it. */
static const char STOPPED[] = "stopped";
static const char *state = STOPPED;
static long process, last;
static u32 starts, failures, pause;
/* How many processes of its group the kernel had killed for their memory when it was started; and whether it has since. */
static u32 killed;
static int is_out_of_memory;
/* Whether the process is what a program has left behind. */
static int has_forked;
/* Milliseconds of a clock that begins anew every 49 days; and the second in which the process was started, since power-on. */
static u32 now, begun, deadline, second, begun_second;
static int has_deadline;
/* What follows when the process has ended: a letter of `control`, or 0. */
static char wish;

static char **program, **environment;
static long null, console = -1, logged = -1, output[2];
static int console_is_stuck;

struct poll { int descriptor; short events, found; };
struct time { long seconds, nanoseconds; };

/* A line, or a path, that is being put together. */
static char line[512];
static unsigned long used;

static void add(const char *text)
{
	while (*text && used < sizeof(line) - 2)
		line[used++] = *text++;
	line[used] = 0;
}

/* Of 32 bits: there is no libgcc to divide more by ten where registers are not larger. */
static void add_number(u32 value)
{
	char digits[24];
	char *at = digits + sizeof(digits) - 1;
	*at = 0;
	do {
		*--at = '0' + (char)(value % 10);
		value /= 10;
	} while (value);
	add(at);
}

static char *path_of(const char *folder, const char *name)
{
	used = 0;
	add(folder);
	add(name);
	return line;
}

static long open_for(const char *path, long flags, long mode)
{
	return call5(SYS_openat, AT_FDCWD, (long)path, flags | O_CLOEXEC, mode, 0);
}

static void look_at_clock(void)
{
	struct time time;
	call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0);
	second = (u32)time.seconds;
	now = second * 1000 + (u32)time.nanoseconds / 1000000;
}

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

/* run PROGRAM: the process of a program, in a session of its own */
static long run(char **words)
{
	u64 none = 0;
	long child = fork_process(SIGCHLD);
	if (child)
		return child;
	call(SYS_setsid, 0, 0, 0);
	call5(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof(none), 0);
	call(SYS_dup3, null, 0, 0);
	call(SYS_dup3, output[1], 1, 0);
	call(SYS_dup3, output[1], 2, 0);
	write_group("/cgroup.procs", "0");
	call(SYS_execve, (long)words[0], (long)words, (long)environment);
	used = 0;
	add("error: cannot start ");
	add(words[0]);
	line[used++] = '\n';
	call(SYS_write, 2, (long)line, used);
	leave(127);
	return 0;
}

static void start(void)
{
	killed = count_killed();
	process = run(program);
	begun = now;
	begun_second = second;
	has_deadline = 0;
	has_forked = 0;
	if (process < 0)
		process = 0;
	else
		starts++;
	if (starts > 1 && process && !*word[TIMER]) {
		begin_line("info: ");
		add(" is started again");
		say();
	}
	become(process ? "running" : STOPPED);
}

static void set_deadline(u32 milliseconds)
{
	deadline = now + milliseconds;
	has_deadline = 1;
}

/* stop: asks the process to end; it has as long as patience says */
static void stop(void)
{
	char *halt[] = { word[HALT], word[NAME], 0 };
	if (!process)
		return;
	if (!*word[HALT] || run(halt) < 0)
		call(SYS_kill, process, SIGTERM, 0);
	set_deadline(count[PATIENCE]);
	become("stopping");
}

/* end_rest: what the process started and left behind */
static void end_rest(void)
{
	call(SYS_kill, -process, SIGKILL, 0);
	write_group("/cgroup.kill", "1");
}

static void give_up(void)
{
	long notes;
	begin_line("error: ");
	add(" ");
	add_end();
	add(", ");
	add_number(failures);
	add(" times in a row: it is given up until somebody starts it");
	notes = *word[NOTES] ? open_for(word[NOTES], O_WRONLY | O_CREAT | O_APPEND, ROOT_ONLY) : -1;
	if (notes >= 0) {
		line[used] = '\n';
		call(SYS_write, notes, (long)line, used + 1);
		call(SYS_close, notes, 0, 0);
	}
	say();
	become("given-up");
}

static void wait_to_start(void)
{
	set_deadline(pause);
	begin_line("warning: ");
	add(" ");
	add_end();
	add(": started again in ");
	add_number((pause + 999) / 1000);
	add(" s");
	say();
	pause = pause >= count[LONGEST] >> 1 ? count[LONGEST] : pause * 2;
	become("waiting");
}

static void forget_failures(void)
{
	failures = 0;
	pause = count[DELAY];
}

/* has_ended: what follows the end of the process: a wish of `control`, else what the words say */
static void has_ended(void)
{
	char *end[] = { word[END], 0 };
	char letter = wish;
	if (last == 0 && *word[FORKS] && !has_forked && !letter && (process = left_behind())) {
		has_forked = 1;
		write_status();
		return;
	}
	is_out_of_memory = count_killed() != killed;
	end_rest();
	process = 0;
	has_deadline = 0;
	wish = 0;
	if (letter == 'r' || letter == 'u') {
		start();
	} else if (letter) {
		become(STOPPED);
		if (letter == 'x')
			leave(0);
	} else if (*word[TIMER]) {
		if (last) {
			begin_line("warning: ");
			add(" ");
			add_end();
			say();
		}
		become("scheduled");
	} else if (last == 0 && *word[END]) {
		become("ended");
		begin_line("info: ");
		add(" ended with status 0: ");
		add(word[END]);
		say();
		run(end);
	} else {
		if (now - begun >= count[STEADY])
			forget_failures();
		failures++;
		if (failures >= count[TRIES])
			give_up();
		else
			wait_to_start();
	}
}

/* The time of a timer: never two at once, and never what somebody has ended */
static void be_due(void)
{
	if (process) {
		begin_line("info: ");
		add(" still runs: a time is passed over");
		say();
	} else if (state != STOPPED) {
		start();
	}
}

static void obey(char letter)
{
	if (letter == 't')
		be_due();
	if (wish == 'x' || (letter != 'u' && letter != 'd' && letter != 'r' && letter != 'x'))
		return;
	forget_failures();
	if (process) {
		wish = letter == 'u' && !wish ? 0 : letter;
		if (letter != 'u')
			stop();
	} else {
		has_deadline = 0;
		if (letter == 'u' || letter == 'r')
			start();
		else
			become(STOPPED);
		if (letter == 'x')
			leave(0);
	}
}

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
