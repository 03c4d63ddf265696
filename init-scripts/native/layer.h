/*
 * A layer of a container image: a tar on stdin, entry by entry, and the count of what may be made of it. Whatever is wrong with it ends the
 * program, which says so. Needs start.h, processes.h and files.h.
 */
enum { BLOCK = 512, MOST_PATH = 4096, MOST_TEXT = 65536, MOST_AFTER = 1 << 20, ITEM_BYTES = 4096, BUFFER = 65536 };

/* A tar's header: tar(5) of libarchive. */
struct header {
	char name[100], mode[8], user[8], group[8], size[12], time[12], sum[8], type, link[100], magic[8], names[64], devices[16];
	char prefix[155], rest[12];
};

/* What is known of an entry, from its header and from those before it. */
static char path[MOST_PATH], link[MOST_PATH], text[MOST_TEXT + 1];
static int has_path, has_link, has_size, has_user, has_group, has_time;
static u64 size, user, group, seconds;

static u64 bytes_left, items_left;
static char buffer[BUFFER];

static void say(const char *words)
{
	call(SYS_write, 2, (long)words, (long)length(words));
}

/* refuse WHAT: ends the program, and says of which entry */
static void refuse(const char *what)
{
	char *at;
	say("error: the layer ");
	say(what);
	if (path[0]) {
		for (at = path; *at; at++)
			if (*at < ' ' || *at > '~')
				*at = '?';
		say(": ");
		say(path);
	}
	say("\n");
	leave(1);
}

static int is_same(const char *one, const char *other)
{
	while (*one && *one == *other)
		one++, other++;
	return *one == *other;
}

/* take BYTES: of stdin into the buffer, all of them; 0 where it ends before the first */
static int take(char *to, unsigned long bytes)
{
	unsigned long have = 0;
	while (have < bytes) {
		long got = call(SYS_read, 0, (long)(to + have), (long)(bytes - have));
		if (got == -EINTR)
			continue;
		if (got < 0)
			refuse("cannot be read");
		if (got == 0) {
			if (have)
				refuse("ends before its end");
			return 0;
		}
		have += (unsigned long)got;
	}
	return 1;
}

static void must_take(char *to, unsigned long bytes)
{
	if (bytes && !take(to, bytes))
		refuse("ends before its end");
}

/* A number of a header: octal digits, or bytes where the first has its highest bit. */
static u64 field(const char *at, int bytes)
{
	u64 value = 0;
	int n;
	if ((unsigned char)at[0] & 0x80) {
		for (n = 1; n < bytes; n++) {
			if (value >> 56)
				refuse("has a number that is too large");
			value = value << 8 | (unsigned char)at[n];
		}
		return value;
	}
	for (n = 0; n < bytes && at[n] == ' '; n++)
		;
	for (; n < bytes && at[n] && at[n] != ' '; n++) {
		if (at[n] < '0' || at[n] > '7' || value >> 60)
			refuse("has a number that is none");
		value = value << 3 | (u64)(at[n] - '0');
	}
	return value;
}

/* A decimal number that ends at a sign. */
static u64 decimal(const char *at, const char *end)
{
	u64 value = 0;
	for (; at < end && *at != '.'; at++) {
		if (*at < '0' || *at > '9' || value > 1ull << 58)
			refuse("has a number that is none");
		value = value * 10 + (u64)(*at - '0');
	}
	return value;
}

/* copy TO FROM MOST: text that may end at MOST without a zero */
static char *copy(char *to, const char *from, unsigned long most)
{
	for (; most && *from; most--)
		*to++ = *from++;
	*to = 0;
	return to;
}

/* Text of an entry that tells of the one that follows. */
static void take_text(u64 bytes)
{
	static char padding[BLOCK];
	if (bytes > MOST_TEXT)
		refuse("has too long a text before an entry");
	must_take(text, (unsigned long)bytes);
	text[bytes] = 0;
	must_take(padding, (unsigned long)(-bytes & (BLOCK - 1)));
}

static void keep_text(char *to, const char *from, unsigned long bytes)
{
	if (bytes >= MOST_PATH)
		refuse("has too long a name");
	copy(to, from, bytes);
}

/* Records of pax, "LENGTH KEY=VALUE\n": pax(1). */
static void take_records(u64 bytes)
{
	char *at = text, *end = text + bytes, *key, *value, *last;
	u64 record;
	while (at < end) {
		for (key = at; key < end && *key != ' '; key++)
			;
		record = decimal(at, key);
		if (key == end || record > (u64)(end - at) || record < (u64)(key - at) + 3 || at[record - 1] != '\n')
			refuse("has a record that is none");
		last = at + record - 1;
		for (value = ++key; value < last && *value != '='; value++)
			;
		if (value == last)
			refuse("has a record that is none");
		*value++ = 0;
		*last = 0;
		if (is_same(key, "path"))
			keep_text(path, value, (unsigned long)(last - value)), has_path = 1;
		else if (is_same(key, "linkpath"))
			keep_text(link, value, (unsigned long)(last - value)), has_link = 1;
		else if (is_same(key, "size"))
			size = decimal(value, last), has_size = 1;
		else if (is_same(key, "uid"))
			user = decimal(value, last), has_user = 1;
		else if (is_same(key, "gid"))
			group = decimal(value, last), has_group = 1;
		else if (is_same(key, "mtime"))
			seconds = *value == '-' ? 0 : decimal(value, last), has_time = 1;
		else if (after("GNU.sparse.", key))
			refuse("has a file with holes, which is not understood");
		at += record;
	}
}

/* plain NAME: without "." and "/" that say nothing; ".." is refused */
static void make_plain(char *name)
{
	char *from = name, *to = name, *start;
	while (*from) {
		while (*from == '/')
			from++;
		for (start = from; *from && *from != '/'; from++)
			;
		if (from == start || (from - start == 1 && *start == '.'))
			continue;
		if (from - start == 2 && start[0] == '.' && start[1] == '.')
			refuse("has a name that leads out of it");
		if (to != name)
			*to++ = '/';
		while (start < from)
			*to++ = *start++;
	}
	*to = 0;
}

/* spend BYTES: of what may be made; each entry is one item */
static void spend(u64 bytes)
{
	bytes = bytes > 1ull << 60 ? 1ull << 60 : (bytes + ITEM_BYTES - 1) / ITEM_BYTES * ITEM_BYTES + ITEM_BYTES;
	if (!items_left)
		refuse("has more files than there is room for");
	if (bytes > bytes_left)
		refuse("is larger than there is room for");
	items_left--;
	bytes_left -= bytes;
}

/* The header's own name: in two parts where POSIX made it. */
static void take_name(const struct header *header)
{
	char *at = path;
	if (has_path)
		return;
	if (after("ustar", (char *)header->magic) && !header->magic[5] && header->prefix[0]) {
		at = copy(path, header->prefix, sizeof(header->prefix));
		*at++ = '/';
	}
	copy(at, header->name, sizeof(header->name));
}

static void must_be_whole(const struct header *header)
{
	const unsigned char *at = (const unsigned char *)header;
	u64 sum = 0, n;
	for (n = 0; n < BLOCK; n++)
		sum += n >= 148 && n < 156 ? ' ' : at[n];
	if (sum != field(header->sum, sizeof(header->sum)))
		refuse("is no tar");
}

/* Whether a header is of what tells of the entry that follows, which is taken. */
static int is_before_entry(const struct header *header)
{
	u64 bytes = field(header->size, sizeof(header->size));
	switch (header->type) {
	case 'x': case 'g': case 'L': case 'K':
		break;
	default:
		return 0;
	}
	spend(0);
	take_text(bytes);
	if (header->type == 'x')
		take_records(bytes);
	else if (header->type == 'L')
		keep_text(path, text, (unsigned long)bytes), has_path = 1;
	else if (header->type == 'K')
		keep_text(link, text, (unsigned long)bytes), has_link = 1;
	return 1;
}

/* What is known of the entry of a header, which is counted. */
static void take_facts(const struct header *header)
{
	take_name(header);
	make_plain(path);
	if (!has_link)
		copy(link, header->link, sizeof(header->link));
	if (!has_size)
		size = field(header->size, sizeof(header->size));
	if (!has_user)
		user = field(header->user, sizeof(header->user));
	if (!has_group)
		group = field(header->group, sizeof(header->group));
	if (!has_time)
		seconds = (unsigned char)header->time[0] & 0x80 ? 0 : field(header->time, sizeof(header->time));
	switch (header->type) {
	case 0: case '0': case '7':
		break;
	case '1': case '2': case '5':
		size = 0;
		break;
	default:
		refuse("has what is no file, folder or link");
	}
	spend(size);
}

static void forget_entry(void)
{
	path[0] = link[0] = 0;
	has_path = has_link = has_size = has_user = has_group = has_time = 0;
}

static void pass_over(u64 bytes)
{
	while (bytes) {
		u64 piece = bytes < BUFFER ? bytes : BUFFER;
		must_take(buffer, (unsigned long)piece);
		bytes -= piece;
	}
}
