/*
 * What leanos-supervise is told and knows, the line that it puts together, and its clock. The parts of it are one program: each
 * needs those that it includes.
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
