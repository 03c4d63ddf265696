# Reads a YAML or JSON document and calls emit(path, value) for each value in its order, then finish(): both come from the
# awk file named after those of flatten(). A path is the keys to the value, joined with "/"; items of lists are counted from 0; in keys
# everything but letters, digits and a few signs becomes "_". null is an empty value, an empty map or list is "{}" or "[]".
# It is read as PyYAML's safe_load reads it (https://yaml.org/spec/1.1): maps, lists and all kinds of scalars, in block and in
# flow style, anchors, aliases and merge keys; of equal keys in one map the last one counts. Keys after "?" are refused.
# What is not text by its tag, or because YAML 1.1 takes it for something else where it stands without quotes, is told by a
# mark that follows it: emit(path "!", KIND), where KIND is null, bool, int, float or binary. No key has a "!" in its path.
# A document is read whole or not at all: what is wrong is said on stderr as LINE: TEXT, and the status is 1.
# The time it takes grows as the document does: long text is looked at through windows, and put together in pieces.

BEGIN {
	if (!MOST_BYTES) MOST_BYTES = 262144
	MOST_VALUES = 4096
	MOST_DEPTH = 32
	MOST_KEY = 1024 # PyYAML's limit for a key; here for a path, too
	WINDOW = 256
	PIECE = 512
	split("null bool int float binary", names)
	for (n in names) KINDS[names[n]] = 1
}

{
	sub(/\r$/, "")
	if (NR == 1) sub(/^\357\273\277/, "")
	bytes += length($0) + 1
	if (bytes > MOST_BYTES) exit
	line[++lines] = $0
}

END {
	at = 1
	if (bytes > MOST_BYTES) fail("more than " MOST_BYTES " bytes")
	else read_document()
	if (failed) exit 1
	for (n = 1; n <= values; n++) {
		if (n in dead) continue
		emit(path_of[n], value_of[n])
		if (n in mark_of) emit(path_of[n] "!", mark_of[n])
	}
	finish()
}

function fail(text) {
	if (!failed) print (at > lines ? lines + !lines : at) ": " text > "/dev/stderr"
	failed = 1
	at = lines + 1
	F = SOURCE = ""
	LENGTH = 0
	return 0
}

# content: whether there is a line of this document that says something; the cursor goes there
function content() {
	while (at <= lines && line[at] ~ /^[ \t]*(#.*)?$/) at++
	return at <= lines && !ends_document(line[at])
}

function ends_document(text) {
	return text ~ /^(---|\.\.\.)([ \t]|$)/
}

function indent(text) {
	match(text, /^ */)
	return RLENGTH
}

function read_document() {
	while (at <= lines && line[at] ~ /^([ \t]*(#.*)?|%.*)$/) at++
	if (at <= lines && line[at] ~ /^---([ \t]|$)/) {
		sub(/^---[ \t]*/, "", line[at])
		if (line[at] == "") at++
	}
	if (content()) node("", 0)
	if (failed) return
	if (content()) return fail("this belongs to nothing above it")
	while (at <= lines && line[at] ~ /^(\.\.\.)?[ \t]*(#.*)?$/) at++
	if (at <= lines) fail("a second document begins here, and one is read")
}
