/*
 * leanos-unpack FOLDER PASS BYTES ITEMS: lays a layer of a container image, a tar on stdin, over what is in a folder. PASS is `whiteouts`,
 * which takes away what the layer takes away (image-spec, layer.md), or `entries`, which makes what it brings. Nothing outside of the
 * folder is ever made or taken away: the folder is what "/" and ".." of names and links mean. No more than BYTES, in ITEMS files, folders
 * and links, are made. Devices are refused. Exit status 1 where anything is; what is there then is a part.
 */
#include "../start.h"
#include "../processes.h"
#include "../files.h"
#include "../layer.h"

static long root;

/* A folder as links inside of the root have it. */
static long open_folder(const char *name)
{
	struct { u64 flags, mode, resolve; } how = { O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	long folder = call5(SYS_openat2, root, (long)(*name ? name : "."), (long)&how, sizeof(how), 0);
	if (folder == -ENOSYS)
		refuse("cannot be unpacked by this kernel, which is older than Linux 5.6");
	return folder;
}

static char *base_of(char *name)
{
	char *at, *base = name;
	for (at = name; *at; at++)
		if (*at == '/')
			base = at + 1;
	return base;
}

/* parent_of NAME MAKE: the folder that it is in, made where it is not there and MAKE says so */
static long parent_of(char *name, int make)
{
	char *base = base_of(name), *slash;
	long folder, above;
	if (base == name)
		return open_folder("");
	base[-1] = 0;
	folder = open_folder(name);
	if (folder == -ENOENT && make) {
		above = parent_of(name, 1);
		slash = base_of(name);
		spend(0);
		if (call(SYS_mkdirat, above, (long)slash, 0755))
			refuse("has an entry below what is no folder");
		call(SYS_close, above, 0, 0);
		folder = open_folder(name);
	}
	base[-1] = '/';
	if (folder < 0 && make)
		refuse("has an entry below what is no folder");
	return folder;
}

struct entry { u64 number, offset; unsigned short bytes; unsigned char type; char name[]; };

static void take_away(long folder, const char *name);

/* empty FOLDER: of all that is in it */
static void empty(long folder)
{
	char list[2048];
	long bytes, at;
	while ((bytes = call(SYS_getdents64, folder, (long)list, sizeof(list))) > 0)
		for (at = 0; at < bytes; at += ((struct entry *)(list + at))->bytes) {
			char *name = ((struct entry *)(list + at))->name;
			if (!is_same(name, ".") && !is_same(name, ".."))
				take_away(folder, name);
		}
	if (bytes < 0)
		refuse("takes away what cannot be taken away");
}

/* take_away FOLDER NAME: with all that is in it; it need not be there */
static void take_away(long folder, const char *name)
{
	long inner, result = call(SYS_unlinkat, folder, (long)name, 0);
	if (!result || result == -ENOENT)
		return;
	inner = call5(SYS_openat, folder, (long)name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0);
	if (inner < 0)
		refuse("takes away what cannot be taken away");
	empty(inner);
	call(SYS_close, inner, 0, 0);
	if (call(SYS_unlinkat, folder, (long)name, AT_REMOVEDIR))
		refuse("takes away what cannot be taken away");
}

/* The whiteout that the entry is: of one name, or of all that is in its folder. */
static void white_out(const char *name)
{
	long folder = parent_of(path, 0), inner;
	if (folder < 0)
		return;
	if (is_same(name, ".wh..opq")) {
		inner = call5(SYS_openat, folder, (long)".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0);
		empty(inner);
		call(SYS_close, inner, 0, 0);
	} else if (*name && !is_same(name, ".") && !is_same(name, "..")) {
		take_away(folder, name);
	}
	call(SYS_close, folder, 0, 0);
}

/* Whose an open file or folder is, its mode and its time. */
static void dress(long file, u64 mode)
{
	long times[4] = { (long)seconds, 0, (long)seconds, 0 };
	if (user >> 31 || group >> 31 || call5(SYS_fchownat, file, (long)"", (long)user, (long)group, AT_EMPTY_PATH) ||
	    call(SYS_fchmod, file, (long)(mode & 07777), 0))
		refuse("has an entry whose owner and mode cannot be set");
	call5(SYS_utimensat, file, 0, (long)times, 0, 0);
}

static void make_file(long folder, const char *name, u64 mode)
{
	u64 left = size;
	long file;
	take_away(folder, name);
	file = call5(SYS_openat, folder, (long)name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600, 0);
	if (file < 0)
		refuse("has a file that cannot be made");
	while (left) {
		u64 piece = left < BUFFER ? left : BUFFER;
		must_take(buffer, (unsigned long)piece);
		if (call(SYS_write, file, (long)buffer, (long)piece) != (long)piece)
			refuse("has a file that cannot be written");
		left -= piece;
	}
	dress(file, mode);
	call(SYS_close, file, 0, 0);
}

/* make_folder FOLDER NAME MODE: what is in one that is there stays */
static void make_folder(long folder, const char *name, u64 mode)
{
	long flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	long made = call5(SYS_openat, folder, (long)name, flags, 0, 0);
	if (made < 0) {
		take_away(folder, name);
		if (call(SYS_mkdirat, folder, (long)name, 0700))
			refuse("has a folder that cannot be made");
		made = call5(SYS_openat, folder, (long)name, flags, 0, 0);
	}
	if (made < 0)
		refuse("has a folder that cannot be made");
	dress(made, mode);
	call(SYS_close, made, 0, 0);
}

static void make_symlink(long folder, const char *name)
{
	take_away(folder, name);
	if (!*link || call(SYS_symlinkat, (long)link, folder, (long)name) || user >> 31 || group >> 31 ||
	    call5(SYS_fchownat, folder, (long)name, (long)user, (long)group, AT_SYMLINK_NOFOLLOW))
		refuse("has a link that cannot be made");
}

/* Another name of what the layer, or one below it, has. */
static void make_link(long folder, const char *name)
{
	long from;
	make_plain(link);
	if (is_same(link, path))
		refuse("has a link to itself");
	from = parent_of(link, 0);
	take_away(folder, name);
	if (from < 0 || call5(SYS_linkat, from, (long)base_of(link), folder, (long)name, 0))
		refuse("has a link to what is not there");
	call(SYS_close, from, 0, 0);
}

/* The entry of a header whose name, link and size are known. */
static void make_entry(char type, u64 mode)
{
	char *name = base_of(path);
	long folder;
	if (!*path && type != '5')
		refuse("has an entry without a name");
	folder = parent_of(path, 1);
	switch (type) {
	case '5':
		make_folder(folder, *name ? name : ".", mode);
		break;
	case '2':
		make_symlink(folder, name);
		break;
	case '1':
		make_link(folder, name);
		break;
	default:
		make_file(folder, name, mode);
	}
	call(SYS_close, folder, 0, 0);
}

/* One header, with all that belongs to it; whiteouts are of the first pass, everything else is of the second. */
static void take_header(const struct header *header, int whiteouts)
{
	char *name;
	must_be_whole(header);
	if (is_before_entry(header))
		return;
	take_facts(header);
	name = after(".wh.", base_of(path));
	if (name && whiteouts)
		white_out(name);
	if (name || whiteouts)
		pass_over(size);
	else
		make_entry(header->type, field(header->mode, sizeof(header->mode)));
	pass_over(-size & (BLOCK - 1));
	forget_entry();
}

static int is_end(const struct header *header)
{
	const char *at = (const char *)header;
	int n;
	for (n = 0; n < BLOCK; n++)
		if (at[n])
			return 0;
	return 1;
}

/* What comes after the end says nothing, and is not much. */
static void take_rest(void)
{
	unsigned long bytes = 0;
	long got;
	while ((got = call(SYS_read, 0, (long)buffer, BUFFER)) > 0)
		if ((bytes += (unsigned long)got) > MOST_AFTER)
			refuse("goes on after its end");
}

void begin(long *stack)
{
	static struct header header;
	char **words = (char **)(stack + 1);
	int whiteouts;
	if (stack[0] != 5)
		leave(1);
	whiteouts = is_same(words[2], "whiteouts");
	bytes_left = number(words[3]);
	items_left = number(words[4]);
	root = open_file(words[1], O_RDONLY | O_DIRECTORY);
	if (root < 0)
		refuse("has no folder to be unpacked to");
	while (take((char *)&header, BLOCK) && !is_end(&header))
		take_header(&header, whiteouts);
	take_rest();
	leave(0);
}
