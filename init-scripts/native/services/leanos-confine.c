/*
 * leanos-confine WORD=VALUE… -- PROGRAM WORDS…: becomes a program that may do little. Words:
 *   user=UID:GID  whom it runs as, without other groups
 *   write=FOLDER  what it may write to, any number of them: all else is read-only, and /tmp and /dev/shm are its own
 *   keep=NUMBER   a capability that it keeps, any number of them (linux/capability.h)
 *   folder=FOLDER where it begins
 *   filter=1      what asks the kernel for what no program needs is refused (refused.h)
 *   open=1        it sees and writes what everybody does, and may get rights back by setuid programs
 * Without that it can get no rights back (no_new_privs). Exit status 126: one of this cannot be done; 127: there is no such program.
 */
#include "../start.h"
#include "../processes.h"
#include "../refused.h"

enum { CLONE_NEWNS = 0x20000, CLONE_NEWIPC = 0x8000000, NEW_NAMESPACES = 0x7e020000 };
enum { MS_NOSUID = 2, MS_NODEV = 4, MS_BIND = 0x1000, MS_REC = 0x4000, MS_PRIVATE = 0x40000 };
enum { AT_RECURSIVE = 0x8000, MOUNT_ATTR_RDONLY = 1, MOUNT_ATTR_NOSUID = 2, MOUNT_ATTR_NODEV = 4 };
enum { PR_SET_KEEPCAPS = 8, PR_SET_SECCOMP = 22, PR_CAPBSET_DROP = 24, PR_SET_NO_NEW_PRIVS = 38, PR_CAP_AMBIENT = 47 };
enum { SECCOMP_MODE_FILTER = 2, PR_CAP_AMBIENT_RAISE = 2, CAPABILITY_VERSION_3 = 0x20080522, LAST_CAPABILITY = 63 };

static void tell(const char *text)
{
	call(SYS_write, 2, (long)text, (long)length(text));
}

/* must RESULT WHAT: ends the program where the kernel refused */
static void must(long result, const char *what)
{
	if (result >= 0)
		return;
	tell("error: leanos-confine: cannot ");
	tell(what);
	tell("\n");
	leave(126);
}

static long change_mount(const char *path, u64 set, u64 clear)
{
	struct { u64 set, clear, propagation, namespace; } change = { set, clear, 0, 0 };
	return call5(SYS_mount_setattr, AT_FDCWD, (long)path, AT_RECURSIVE, (long)&change, sizeof(change));
}

/* mount FROM TO KIND FLAGS DATA: mount(2) */
static long mount(const char *from, const char *to, const char *kind, long flags, const char *data)
{
	return call5(SYS_mount, (long)from, (long)to, (long)kind, flags, (long)data);
}

static void own_folder(const char *path)
{
	must(mount("own", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"), "give it a folder of its own");
}

/* close_files WORDS: a view of all files of its own, in which only what words name can be written to */
static void close_files(char **words)
{
	char **at, *path;
	must(call(SYS_unshare, CLONE_NEWNS | CLONE_NEWIPC, 0, 0), "make a namespace");
	must(mount("", "/", 0, MS_REC | MS_PRIVATE, 0), "separate its mounts");
	for (at = words; *at; at++)
		if ((path = after("write=", *at)))
			must(mount(path, path, 0, MS_BIND | MS_REC, 0), "find the folder that it may write to");
	must(change_mount("/", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0), "make the system read-only");
	for (at = words; *at; at++)
		if ((path = after("write=", *at)))
			must(change_mount(path, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, MOUNT_ATTR_RDONLY), "open its folder");
	own_folder("/tmp");
	own_folder("/dev/shm");
}

/* become_user WORD KEPT: UID:GID, with capabilities that stay, in the mask */
static void become_user(char *word, const u32 *kept)
{
	static struct { u32 version; int process; } header = { CAPABILITY_VERSION_3, 0 };
	struct { u32 effective, permitted, inheritable; } sets[2];
	char *colon = word;
	long user, group, at;
	while (*colon && *colon != ':')
		colon++;
	if (!*colon)
		leave(1);
	*colon = 0;
	user = (long)number(word);
	group = (long)number(colon + 1);
	for (at = 0; at <= LAST_CAPABILITY; at++)
		if (!(kept[at >> 5] >> (at & 31) & 1))
			call5(SYS_prctl, PR_CAPBSET_DROP, at, 0, 0, 0);
	must(call5(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities");
	must(call(SYS_setgroups, 0, 0, 0), "leave its groups");
	must(call(SYS_setresgid, group, group, group), "become its group");
	must(call(SYS_setresuid, user, user, user), "become its user");
	for (at = 0; at < 2; at++)
		sets[at].effective = sets[at].permitted = sets[at].inheritable = kept[at];
	must(call(SYS_capset, (long)&header, (long)sets, 0), "keep its capabilities");
	for (at = 0; at <= LAST_CAPABILITY; at++)
		if (kept[at >> 5] >> (at & 31) & 1)
			must(call5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, at, 0, 0), "hand its capabilities on");
}

/* linux/filter.h and linux/bpf_common.h: steps of a filter */
struct step { unsigned short code; unsigned char when_true, when_false; u32 value; };
enum { LOAD = 0x20, IF_EQUAL = 0x15, IF_AT_LEAST = 0x35, IF_ANY_BIT = 0x45, RETURN = 0x06 };
/* linux/seccomp.h: what a filter answers, and where struct seccomp_data has what it looks at */
enum { ALLOW = 0x7fff0000, NOT_PERMITTED = 0x50001, NOT_THERE = 0x50026, AT_NUMBER = 0, AT_ARCHITECTURE = 4 };
enum { SYS_clone3 = 435, X32 = 0x40000000 };
#if defined(__s390x__)
enum { AT_CLONE_FLAGS = 16 + 8 + 4 };
#else
enum { AT_CLONE_FLAGS = 16 };
#endif

static struct step steps[128];
static unsigned short many;

static void step(int code, u32 value, int when_true, int when_false)
{
	struct step *next = &steps[many++];
	next->code = (unsigned short)code;
	next->value = value;
	next->when_true = (unsigned char)when_true;
	next->when_false = (unsigned char)when_false;
}

/*
 * Other numbers than this architecture's are not there, nor is clone3, whose flags no filter sees: a libc asks for clone then.
 * Namespaces are refused there too.
 */
static void filter(void)
{
	struct { unsigned short many; struct step *steps; } all;
	unsigned at;
	step(LOAD, AT_ARCHITECTURE, 0, 0);
	step(IF_EQUAL, (u32)ARCHITECTURE, 1, 0);
	step(RETURN, NOT_THERE, 0, 0);
	step(LOAD, AT_NUMBER, 0, 0);
	step(IF_AT_LEAST, X32, 0, 1);
	step(RETURN, NOT_THERE, 0, 0);
	step(IF_EQUAL, SYS_clone3, 0, 1);
	step(RETURN, NOT_THERE, 0, 0);
	for (at = 0; at < sizeof(REFUSED) / sizeof(REFUSED[0]); at++) {
		step(IF_EQUAL, REFUSED[at], 0, 1);
		step(RETURN, NOT_PERMITTED, 0, 0);
	}
	step(IF_EQUAL, SYS_clone, 0, 3);
	step(LOAD, AT_CLONE_FLAGS, 0, 0);
	step(IF_ANY_BIT, NEW_NAMESPACES, 0, 1);
	step(RETURN, NOT_PERMITTED, 0, 0);
	step(RETURN, ALLOW, 0, 0);
	all.many = many;
	all.steps = steps;
	must(call5(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (long)&all, 0, 0), "filter what it asks the kernel for");
}

void begin(long *stack)
{
	char **words = (char **)(stack + 2), **environment = (char **)(stack + 2 + stack[0]);
	char **program, **at, *user = 0, *folder = "/", *value;
	u32 kept[2] = { 0, 0 };
	int filtered = 0, open = 0;
	for (program = words; *program && (program[0][0] != '-' || program[0][1] != '-' || program[0][2]); program++)
		;
	if (!*program || !program[1])
		leave(1);
	*program++ = 0;
	for (at = words; *at; at++) {
		if ((value = after("user=", *at)))
			user = value;
		else if ((value = after("folder=", *at)))
			folder = value;
		else if ((value = after("keep=", *at)))
			kept[number(value) >> 5 & 1] |= 1u << (number(value) & 31);
		else if (after("filter=1", *at))
			filtered = 1;
		else if (after("open=1", *at))
			open = 1;
		else if (!after("write=", *at))
			leave(1);
	}
	if (!open)
		close_files(words);
	if (user)
		become_user(user, kept);
	if (!open)
		must(call5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "forbid new privileges");
	must(call(SYS_chdir, (long)folder, 0, 0), "enter its folder");
	if (filtered)
		filter();
	call(SYS_execve, (long)program[0], (long)program, (long)environment);
	tell("error: cannot start ");
	tell(program[0]);
	tell("\n");
	leave(127);
}
