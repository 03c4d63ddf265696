# Reads a YAML or JSON document and calls emit(path, value) for each value in its order, then finish(): both come from the
# awk file named after this one. A path is the keys to the value, joined with "/"; items of lists are counted from 0; in keys
# everything but letters, digits and a few signs becomes "_". null is an empty value, an empty map or list is "{}" or "[]".
# What is understood of YAML 1.2 (https://yaml.org/spec/1.2.2): maps, lists and all kinds of scalars, in block and in flow
# style. Aliases are refused; anchors are passed over.
# What is not text by its tag, or because YAML 1.1 takes it for something else where it stands without quotes, is told by a
# mark that follows it: emit(path "!", KIND), where KIND is null, bool, int, float or binary. No key has a "!" in its path.
# A document is read whole or not at all: what is wrong is said on stderr as LINE: TEXT, and the status is 1.

BEGIN {
	MOST_BYTES = 262144
	MOST_VALUES = 4096
	MOST_DEPTH = 32
	WINDOW = 4096
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
		emit(path_of[n], value_of[n])
		if (n in mark_of) emit(path_of[n] "!", mark_of[n])
	}
	finish()
}

function fail(text) {
	if (!failed) print (at > lines ? lines + !lines : at) ": " text > "/dev/stderr"
	failed = 1
	at = lines + 1
	F = R = ""
	return 0
}

# put: a value of the document; is_plain where it stands without quotes
function put(path, value, is_plain,  mark) {
	if (++values > MOST_VALUES) return fail("more than " MOST_VALUES " values")
	mark = tag == "" && is_plain ? kind(value) : tag
	tag = ""
	path_of[values] = path
	value_of[values] = mark == "null" ? "" : value
	if (mark in KINDS) mark_of[values] = mark
}

# kind: what YAML 1.1 takes a plain scalar for (https://yaml.org/type), as PyYAML reads it; "" for text
function kind(text) {
	if (text ~ /^(~|null|Null|NULL|)$/) return "null"
	if (text ~ /^(yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/) return "bool"
	if (text !~ /^[-+.0-9]/) return ""
	if (text ~ /^[-+]?(0b[01_]+|0[0-7_]*|[1-9][0-9_]*(:[0-5]?[0-9])*|0x[0-9a-fA-F_]+)$/) return "int"
	if (text ~ /^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?)$/) return "float"
	if (text ~ /^[-+]?([0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/ && text !~ /^[-+]\.[nN]/) return "float"
	return ""
}

function join(path, key) {
	gsub(/[^A-Za-z0-9_.@:+-]/, "_", key)
	return path == "" ? key : path "/" key
}

function indent(text) {
	match(text, /^ */)
	return RLENGTH
}

# content: whether there is a line that says something; the cursor goes there. A second document is not read.
function content() {
	while (at <= lines && line[at] ~ /^[ \t]*(#.*)?$/) at++
	return at <= lines && line[at] !~ /^(---|\.\.\.)([ \t]|$)/
}

function read_document() {
	while (at <= lines && line[at] ~ /^([ \t]*(#.*)?|%.*)$/) at++
	if (at <= lines && line[at] ~ /^---([ \t]|$)/) {
		sub(/^---[ \t]*/, "", line[at])
		if (line[at] == "") at++
	}
	if (content()) node("", 0)
	if (!failed && content()) fail("this belongs to nothing above it")
}

# node: whatever stands at the cursor, at least so far to the right
function node(path, least,  column, text) {
	if (++depth > MOST_DEPTH) return fail("nested too deeply")
	if (!content() || (column = indent(line[at])) < least) put(path, "", 1)
	else {
		text = substr(line[at], column + 1)
		if (text ~ /^-([ \t]|$)/) list(path, column)
		else if (split_key(text)) map(path, column)
		else scalar(path, text, least - 1)
	}
	depth--
}

function list(path, column,  count, rest, gap) {
	while (!failed && content() && indent(line[at]) == column && substr(line[at], column + 1) ~ /^-([ \t]|$)/) {
		rest = substr(line[at], column + 2)
		match(rest, /^[ \t]*/)
		gap = RLENGTH
		rest = substr(rest, gap + 1)
		if (rest ~ /^-([ \t]|$)/ || (rest !~ /^[\[{]/ && split_key(rest))) {
			line[at] = sprintf("%" (column + 1 + gap) "s", "") rest
			node(join(path, count++), column + 1)
		} else entry(join(path, count++), rest, column, 0)
	}
	if (!failed && content() && indent(line[at]) > column) fail("more to the right than the list it should belong to")
}

function map(path, column,  key) {
	while (!failed && content() && indent(line[at]) == column) {
		if (!split_key(substr(line[at], column + 1))) return fail("KEY: VALUE is needed here")
		key = KEY
		entry(join(path, key), REST, column, 1)
	}
	if (!failed && content() && indent(line[at]) > column) fail("more to the right than the map it should belong to")
}

# entry: what follows "KEY:" or "-"; the list of a key may stand right below it
function entry(path, rest, column, in_map) {
	rest = without_tag(rest)
	if (rest != "" && rest !~ /^#/) return scalar(path, rest, column)
	at++
	if (content() && line[at] ~ /^ *\t/) return fail("a tab where spaces are needed")
	if (content() && (indent(line[at]) > column || (in_map && indent(line[at]) == column && substr(line[at], column + 1) ~ /^-([ \t]|$)/)))
		node(path, in_map && indent(line[at]) == column ? column : column + 1)
	else put(path, "", 1)
}

# without_tag: what follows tags and anchors; tag is the name of the one that counts
function without_tag(text) {
	while (match(text, /^[!&][^ \t]*[ \t]*/)) {
		if (text ~ /^!/) {
			tag = substr(text, 1, RLENGTH)
			gsub(/^!+|[ \t]+$/, "", tag)
			if (tag == "") tag = "str"
		}
		text = substr(text, RLENGTH + 1)
	}
	return text
}

# split_key: sets KEY and REST where the text is KEY: REST
function split_key(text) {
	if (text ~ /^"/) {
		if (!match(text, /^"([^"\\]|\\.)*"[ \t]*:([ \t]|$)/)) return 0
	} else if (text ~ /^'/) {
		if (!match(text, /^'[^']*'[ \t]*:([ \t]|$)/)) return 0
	} else {
		if (text ~ /^[\[{|>#%@`*!&]/ || !match(text, /:([ \t]|$)/) || RSTART == 1) return 0
		RLENGTH = RSTART
		if (substr(text, 1, RLENGTH) ~ /[ \t]#/) return 0
	}
	KEY = substr(text, 1, RLENGTH)
	REST = substr(text, RLENGTH + 1)
	sub(/[ \t]*:[ \t]*$/, "", KEY)
	if (KEY ~ /^["']/) KEY = substr(KEY, 2, length(KEY) - 2)
	sub(/^[ \t]+/, "", REST)
	return 1
}

# scalar: a value that begins at the cursor's line with text; what belongs to it is right of column
function scalar(path, text, column,  first) {
	text = without_tag(text)
	first = substr(text, 1, 1)
	if (first == "*" || first == "`" || first == "@") return fail("\"" first "\" begins no value here; aliases are not read")
	if (first == "|" || first == ">") return block(path, text, column)
	if (first ~ /[\[{"']/) {
		open_text(text)
		flow(path)
		sub(/^[ \t]*(#.*)?$/, "", F)
		sub(/^[ \t]+/, "", F)
		if (!failed && (F != "" || R != "")) return fail("this follows a value that has ended: " substr(F, 1, 20))
		at++
		return
	}
	sub(/(^|[ \t]+)#.*$/, "", text)
	at++
	while (content() && indent(line[at]) > column) {
		first = line[at]
		if (split_key(substr(first, indent(first) + 1))) return fail("a key inside of a value")
		at++
		gsub(/^[ \t]+|[ \t]+#.*$/, "", first)
		text = text " " first
	}
	sub(/[ \t]+$/, "", text)
	put(path, text, 1)
}

# block: a literal (|) or folded (>) scalar
function block(path, header, column,  fold, keep, edge, text, body, gap, more, was_more, started) {
	if (header !~ /^[|>]([+-]?[1-9]?|[1-9][+-])[ \t]*(#.*)?$/) return fail("not the head of a block: " substr(header, 1, 20))
	fold = header ~ /^>/
	sub(/#.*/, "", header)
	keep = header ~ /[+]/ ? 1 : header ~ /-/ ? -1 : 0
	if (match(header, /[1-9]/)) edge = (column < 0 ? 0 : column) + substr(header, RSTART, 1)
	for (at++; at <= lines; at++) {
		text = line[at]
		if (text ~ /^ *$/ && (edge == "" || length(text) <= edge)) {
			gap = gap "\n"
			continue
		}
		if (edge == "") edge = indent(text)
		if (indent(text) < edge || edge <= column) break
		text = substr(text, edge + 1)
		more = text ~ /^[ \t]/
		if (!started) body = gap text
		else if (fold && !more && !was_more) body = body (gap == "" ? " " : gap) text
		else body = body "\n" gap text
		started = 1
		was_more = more
		gap = ""
	}
	if (started && keep >= 0) body = body "\n"
	if (keep > 0) body = body gap
	put(path, body)
}

# open_text: begins to read flow style; F is the window that is looked at, R the rest of the line
function open_text(text) {
	F = substr(text, 1, WINDOW)
	R = substr(text, WINDOW + 1)
}

function more_text() {
	F = F substr(R, 1, WINDOW)
	R = substr(R, WINDOW + 1)
}

# skip: to the next sign, which it gives; over ends of lines and comments
function skip() {
	while (!failed) {
		sub(/^[ \t]+/, "", F)
		if (F ~ /^#/) F = R = ""
		if (length(F) < 64 && R != "") {
			more_text()
			continue
		}
		if (F != "") return substr(F, 1, 1)
		if (at >= lines) return fail("the document ends inside of a value")
		open_text(line[++at])
	}
}

function drop(count) {
	F = substr(F, count + 1)
}

function flow(path,  sign) {
	if (++depth > MOST_DEPTH) return fail("nested too deeply")
	sign = skip()
	if (sign == "!" || sign == "&") {
		F = without_tag(F)
		sign = skip()
	}
	if (sign == "*") fail("\"*\" begins no value here; aliases are not read")
	else if (sign == "{") flow_map(path)
	else if (sign == "[") flow_list(path)
	else if (sign == "\"" || sign == "'") put(path, quoted(sign))
	else put(path, plain(), 1)
	depth--
}

function flow_map(path,  sign, key, count) {
	for (drop(1); !failed; count++) {
		if ((sign = skip()) == "}") break
		key = sign ~ /["']/ ? quoted(sign) : flow_key()
		sign = skip()
		if (sign == ":") {
			drop(1)
			if ((sign = skip()) ~ /[,}]/) put(join(path, key), "", 1)
			else flow(join(path, key))
			sign = skip()
		} else put(join(path, key), "", 1)
		if (sign == ",") drop(1)
		else if (sign != "}") return fail("\",\" or \"}\" is needed before: " substr(F, 1, 20))
	}
	drop(1)
	if (!count) put(path, "{}")
}

function flow_list(path,  sign, count) {
	for (drop(1); !failed; count++) {
		if ((sign = skip()) == "]") break
		flow(join(path, count + 0))
		sign = skip()
		if (sign == ",") drop(1)
		else if (sign != "]") return fail("\",\" or \"]\" is needed before: " substr(F, 1, 20))
	}
	drop(1)
	if (!count) put(path, "[]")
}

function flow_key(  key) {
	if (!match(F, /^[^][{},:"'#]+/)) return fail("a key is needed before: " substr(F, 1, 20))
	key = substr(F, 1, RLENGTH)
	drop(RLENGTH)
	sub(/[ \t]+$/, "", key)
	return key
}

function plain(  text) {
	do {
		if (F == "" && R != "") more_text()
		if (!match(F, /^[^][{},]+/)) break
		text = text substr(F, 1, RLENGTH)
		drop(RLENGTH)
	} while (F == "" && R != "")
	if (text == "") return fail("a value is needed before: " substr(F, 1, 20))
	sub(/[ \t]+#.*$/, "", text)
	sub(/[ \t]+$/, "", text)
	return text
}

# quoted: the string that the window begins with; it may go over several lines
function quoted(quote,  text) {
	drop(1)
	while (!failed) {
		if (length(F) < 64 && R != "") more_text()
		if (quote == "\"" ? match(F, /^[^"\\]+/) : match(F, /^[^']+/)) {
			text = text substr(F, 1, RLENGTH)
			drop(RLENGTH)
		}
		if (F == "") {
			if (R == "") text = next_line(text)
		} else if (F ~ /^\\/) text = text escaped()
		else if (quote == "'" && (F ~ /^''/)) {
			text = text "'"
			drop(2)
		} else {
			drop(1)
			return text
		}
	}
}

# next_line: a string goes on below; the end of a line is a space, an empty line is an end of line
function next_line(text,  empty) {
	if (at >= lines) return fail("the document ends inside of a string")
	sub(/[ \t]+$/, "", text)
	while (at < lines && line[++at] ~ /^[ \t]*$/) empty = empty "\n"
	open_text(line[at])
	sub(/^[ \t]+/, "", F)
	return text (empty == "" ? " " : empty)
}

# escaped: what stands after a backslash; a half of a surrogate pair is no character
function escaped(  sign, code, low) {
	sign = substr(F, 2, 1)
	if (sign == "" && R == "") {
		if (at >= lines) return fail("the document ends inside of a string")
		open_text(line[++at])
		sub(/^[ \t]+/, "", F)
		return ""
	}
	if (sign !~ /[xuU]/) {
		drop(2)
		return sign in ESCAPES ? ESCAPES[sign] : sign
	}
	code = hex(sign == "x" ? 2 : sign == "u" ? 4 : 8)
	if (code >= 55296 && code < 56320 && F ~ /^\\u[dD][c-fC-F]/) {
		low = hex(4)
		code = 65536 + (code - 55296) * 1024 + (low - 56320)
	}
	return utf8(code)
}

function hex(digits,  text, number) {
	text = tolower(substr(F, 3, digits))
	if (length(text) < digits || text ~ /[^0-9a-f]/) return fail("not an escape: " substr(F, 1, digits + 2))
	drop(digits + 2)
	for (; text != ""; text = substr(text, 2)) number = number * 16 + index("0123456789abcdef", substr(text, 1, 1)) - 1
	return number
}

# utf8: a character by its code point (RFC 3629); none for 0, which no shell can hold
function utf8(code) {
	if (code < 1 || code > 1114111) return ""
	if (code < 128) return sprintf("%c", code)
	if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
	if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
	return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
}

BEGIN {
	ESCAPES["n"] = "\n"
	ESCAPES["t"] = "\t"
	ESCAPES["r"] = "\r"
	ESCAPES["b"] = "\b"
	ESCAPES["f"] = "\f"
	ESCAPES["a"] = "\a"
	ESCAPES["v"] = "\v"
	ESCAPES["e"] = "\033"
	ESCAPES["0"] = ""
	split("null bool int float binary", names)
	for (n in names) KINDS[names[n]] = 1
}
