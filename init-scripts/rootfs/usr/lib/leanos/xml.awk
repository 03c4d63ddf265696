# Reads an XML document (https://www.w3.org/TR/xml/) and calls emit(path, value) for each attribute, and for each element with
# text once it ends; then finish(): both come from another file. A path is the names of the elements, joined with "/", and
# "@NAME" for an attribute; of equal elements beside each other, the second has "/1" after its name, and so on. None has its prefix
# of a namespace. Names are not looked up and nothing is checked against a type; a
# document type, which may define text that grows without end, is refused. What is wrong is said on stderr as LINE: TEXT, and the
# status is 1. The time it takes grows as the document does.

BEGIN {
	RS = "<"
	MOST_ELEMENTS = 4096
	MOST_DEPTH = 32
	MOST_ATTRIBUTES = 64 # of an element; of all, as many as elements
	MOST_PATH = 1024
	PIECE = 512
	line = 1
	split("lt gt quot apos amp", names, " ")
	split("< > \" ' &", signs, " ")
	for (n in names) ENTITY[names[n]] = signs[n]
}

failed { next }

NR == 1 {
	line += gsub(/\n/, "\n")
	next
}

ends != "" {
	skip("<" $0)
	next
}

# A comment, or text that is as it stands.
/^!--/ {
	ends = "-->"
	skip(substr($0, 4))
	next
}

/^!\[CDATA\[/ {
	ends = "]]>"
	skip(substr($0, 9))
	next
}

/^!/ { fail("a document type is not read") }

/^[?]/ {
	take_text(substr($0, index($0, ">") + 1))
	next
}

{ if (!failed) tag($0) }

END {
	if (!failed && (depth || ends != "")) fail("the document ends too early")
	if (!failed && !seen) fail("this is no XML")
	if (failed) exit 1
	finish()
}

function fail(text) {
	if (!failed) print line ": " text > "/dev/stderr"
	failed = 1
}

# skip: what reaches as far as ends
function skip(text,  at) {
	at = index(text, ends)
	if (ends == "]]>" && depth) append(at ? substr(text, 1, at - 1) : text)
	count(at ? substr(text, 1, at - 1) : text)
	if (!at) return
	ends = ""
	take_text(substr(text, at + 3))
}

function count(record) {
	line += gsub(/\n/, "\n", record)
}

# append: to the text of the element that is open
function append(text) {
	last_text[depth] = last_text[depth] text
	if (length(last_text[depth]) < PIECE) return
	full_text[depth] = full_text[depth] last_text[depth]
	last_text[depth] = ""
}

function take_text(text) {
	if (depth) append(plain(text))
	count(text)
}

# tag: a record without its first "<": NAME ATTRIBUTES> and the text that follows, or /NAME>
function tag(record,  name, left, at, value, key, mark, closes) {
	seen = 1
	if (record ~ /^\//) {
		at = index(record, ">")
		name = substr(record, 2, at - 2)
		sub(/[ \t\r\n]+$/, "", name)
		if (!at || !depth || name != full[depth]) return fail("</" substr(name, 1, 64) "> ends nothing")
		end_element()
		return take_text(substr(record, at + 1))
	}
	if (!match(record, /^[A-Za-z_][A-Za-z0-9_.:-]*/) || RLENGTH > 256) return fail("this is no XML")
	if (++elements > MOST_ELEMENTS) return fail("more than " MOST_ELEMENTS " elements")
	if (++depth > MOST_DEPTH) return fail("more than " MOST_DEPTH " elements in each other")
	full[depth] = substr(record, 1, RLENGTH)
	path[depth] = (depth == 1 ? "" : path[depth - 1] "/") local(full[depth])
	if (length(path[depth]) > MOST_PATH) return fail("too long a path of names")
	if (met[path[depth]]++) path[depth] = path[depth] "/" met[path[depth]] - 1
	full_text[depth] = last_text[depth] = ""
	record = substr(record, RLENGTH + 1)
	for (left = MOST_ATTRIBUTES; left; left--) {
		if (!match(record, /^[ \t\r\n]*[A-Za-z_][A-Za-z0-9_.:-]*[ \t\r\n]*=[ \t\r\n]*["']/) || RLENGTH > 256) break
		if (++attributes > MOST_ELEMENTS) return fail("more than " MOST_ELEMENTS " attributes")
		count(substr(record, 1, RLENGTH))
		key = substr(record, 1, RLENGTH)
		gsub(/[ \t\r\n"'=]/, "", key)
		mark = substr(record, RLENGTH, 1)
		record = substr(record, RLENGTH + 1)
		if (!(at = index(record, mark))) return fail("an attribute does not end")
		value = substr(record, 1, at - 1)
		count(value)
		gsub(/\r?\n|\t/, " ", value)
		emit(path[depth] "@" local(key), plain(value))
		record = substr(record, at + 1)
	}
	if (!match(record, /^[ \t\r\n]*\/?>/)) return fail("<" substr(full[depth], 1, 64) " does not end")
	closes = substr(record, RLENGTH - 1, 1) == "/"
	count(substr(record, 1, RLENGTH))
	record = substr(record, RLENGTH + 1)
	if (closes) end_element()
	take_text(record)
}

function end_element(  text) {
	text = full_text[depth] last_text[depth]
	if (text ~ /[^ \t\r\n]/) emit(path[depth], text)
	depth--
}

function local(name) {
	sub(/^.*:/, "", name)
	return name
}

# plain: text with the characters that its references (&lt; &#10; &#xA;) stand for
function plain(text,  part, n, total, at, out, bit, all) {
	if (!index(text, "&")) return text
	total = split(text, part, "&")
	bit = part[1]
	for (n = 2; n <= total; n++) {
		at = index(substr(part[n], 1, 10), ";")
		bit = bit (at ? character(substr(part[n], 1, at - 1)) substr(part[n], at + 1) : "&" part[n])
		if (length(bit) < PIECE) continue
		all = all bit
		bit = ""
	}
	return all bit
}

function character(name,  code, n) {
	if (name in ENTITY) return ENTITY[name]
	if (name ~ /^#[0-9]+$/) code = substr(name, 2) + 0
	else if (name ~ /^#x[0-9A-Fa-f]+$/) for (n = 3; n <= length(name); n++) code = code * 16 + index("123456789abcdef", tolower(substr(name, n, 1)))
	if (code < 1 || code > 1114111) return "&" name ";"
	if (code < 128) return sprintf("%c", code)
	if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
	if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
	return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
}
