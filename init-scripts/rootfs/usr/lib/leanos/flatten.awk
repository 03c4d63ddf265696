# Reads a YAML or JSON document and calls emit(path, value) for each value in its order, then finish(): both come from the
# awk file named after this one. A path is the keys to the value, joined with "/"; items of lists are counted from 0; in keys
# everything but letters, digits and a few signs becomes "_". null is an empty value, an empty map or list is "{}" or "[]".
# It is read as PyYAML's safe_load reads it (https://yaml.org/spec/1.1): maps, lists and all kinds of scalars, in block and in
# flow style, anchors, aliases and merge keys; of equal keys in one map the last one counts. Keys after "?" are refused.
# What is not text by its tag, or because YAML 1.1 takes it for something else where it stands without quotes, is told by a
# mark that follows it: emit(path "!", KIND), where KIND is null, bool, int, float or binary. No key has a "!" in its path.
# A document is read whole or not at all: what is wrong is said on stderr as LINE: TEXT, and the status is 1.
# The time it takes grows as the document does: long text is looked at through windows, and put together in pieces.

BEGIN {
	MOST_BYTES = 262144
	MOST_VALUES = 4096
	MOST_DEPTH = 32
	MOST_KEY = 1024 # PyYAML's limit for a key; here for a path, too
	WINDOW = 256
	PIECE = 512
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

# put: a value of the document; is_plain where it stands without quotes
function put(path, value, is_plain,  mark) {
	mark = tag == "" && is_plain ? kind(value) : tag
	tag = ""
	shape = "scalar"
	store(path, mark == "null" ? "" : value, mark)
}

function store(path, value, mark) {
	if (++values > MOST_VALUES) return fail("more than " MOST_VALUES " values")
	path_of[values] = path
	value_of[values] = value
	if (mark in KINDS) mark_of[values] = mark
}

# copy: a row once more, at another path
function copy(n, path) {
	copied += length(value_of[n])
	if (copied > MOST_BYTES) return fail("aliases that come to more than " MOST_BYTES " bytes")
	store(path, value_of[n], n in mark_of ? mark_of[n] : "")
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
	if (length(path) + length(key) >= MOST_KEY) return fail("too long a key")
	gsub(/[^A-Za-z0-9_.@:+-]/, "_", key)
	return path == "" ? key : path "/" key
}

# add: a piece of a text that is put together; taken: the whole text
function add(piece) {
	near = near piece
	if (length(near) < PIECE) return
	far = far near
	near = ""
}

function taken(  text) {
	text = far near
	far = near = ""
	return text
}

# breaks: what COUNT ends of lines in a text that is folded come to: the first one is a space where it is alone
function breaks(count,  text) {
	if (count < 2) return " "
	return newlines(count - 1)
}

function newlines(count,  text) {
	for (text = "\n"; length(text) < count;) text = text text
	return substr(text, 1, count)
}

function indent(text) {
	match(text, /^ */)
	return RLENGTH
}

# trimmed: without the white space at its end; a search for the white space itself takes its length for each of its signs
function trimmed(text) {
	return match(text, /[^ \t][ \t]*$/) ? substr(text, 1, RSTART) : ""
}

# content: whether there is a line of this document that says something; the cursor goes there
function content() {
	while (at <= lines && line[at] ~ /^[ \t]*(#.*)?$/) at++
	return at <= lines && !ends_document(line[at])
}

function ends_document(text) {
	return text ~ /^(---|\.\.\.)([ \t]|$)/
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

# node: whatever stands at the cursor, at least so far to the right
function node(path, least,  column, text, name, first) {
	if (++depth > MOST_DEPTH) return fail("nested too deeply")
	if (!content() || (column = indent(line[at])) < least) put(path, "", 1)
	else {
		text = substr(line[at], column + 1)
		if (text ~ /^[&!][^ \t]*([ \t]+[&!][^ \t]*)*[ \t]*(#.*)?$/) {
			properties(text)
			name = take_anchor()
			first = values + 1
			at++
			node(path, least)
			keep_anchor(name, path, first)
		} else if (text ~ /^-([ \t]|$)/) list(path, column)
		else if (split_key(text)) map(path, column)
		else scalar(path, text, least - 1)
	}
	depth--
}

function list(path, column,  count, rest, gap) {
	tag = ""
	while (!failed && content() && indent(line[at]) == column && substr(line[at], column + 1, 2) ~ /^-([ \t]|$)/) {
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
	shape = "list"
}

function map(path, column,  id, key, merges) {
	tag = ""
	id = ++maps
	while (!failed && content() && indent(line[at]) == column) {
		if (!split_key(substr(line[at], column + 1))) return fail("KEY: VALUE is needed here")
		key = KEY
		merges = MERGES
		begin_value(id, path, key)
		entry(below, REST, column, 1)
		end_value(id, key, merges)
	}
	if (!failed && content() && indent(line[at]) > column) fail("more to the right than the map it should belong to")
	end_map(id, path)
}

# begin_value: sets below to the path of a key's value
function begin_value(id, path, key) {
	tag = ""
	first_row[id] = values + 1
	below = join(path, key)
}

# end_value: what was read since begin_value belongs to the key; an equal key before it counts no more
function end_value(id, key, merges,  n) {
	if (failed) return
	if (merges) {
		n = ++merges_of[id]
		merge_first[id, n] = first_row[id]
		merge_last[id, n] = values
		merge_shape[id, n] = shape
		return
	}
	keys_of[id]++
	gsub(/[^A-Za-z0-9_.@:+-]/, "_", key)
	if ((id, key) in first_of) for (n = first_of[id, key]; n <= last_of[id, key]; n++) bury(n)
	first_of[id, key] = first_row[id]
	last_of[id, key] = values
}

function bury(n) {
	if (!(n in dead)) dead[n] = ++deaths
}

# end_map: what is merged into a map comes after its own keys, and never in their place; of several << the last one counts first
function end_map(id, path,  n) {
	for (n = merges_of[id]; n > 0 && !failed; n--) merge(id, path, n)
	if (!keys_of[id] && !failed) put(path, "{}")
	shape = "map"
}

function merge(id, path, number,  n, last, source, rest, key, skip) {
	if (merge_shape[id, number] == "scalar") return fail("<< needs a map, or a list of maps")
	skip = length(path) + (path == "" ? 4 : 5)
	last = merge_last[id, number]
	for (n = merge_first[id, number]; n <= last && !failed; n++) {
		if (n in dead) continue
		bury(n)
		rest = substr(path_of[n], skip)
		source = number
		if (merge_shape[id, number] == "list" && rest != "") {
			source = rest
			if (!sub(/\/.*/, "", source)) rest = ""
			source = number "." source
			sub(/^[^\/]*\//, "", rest)
		}
		if (rest == "") {
			if (value_of[n] == "{}" || value_of[n] == "[]") continue
			return fail("<< needs a map, or a list of maps")
		}
		key = rest
		sub(/\/.*/, "", key)
		if ((id, key) in first_of) continue
		if (!((id, key) in source_of)) source_of[id, key] = source
		if (source_of[id, key] != source) continue
		copy(n, path == "" ? rest : path "/" rest)
		keys_of[id]++
	}
}

# entry: what follows "KEY:" or "-"; the list of a key may stand right below it
function entry(path, rest, column, in_map,  name, first) {
	rest = properties(rest)
	name = take_anchor()
	first = values + 1
	if (rest != "" && rest !~ /^#/) scalar(path, rest, column)
	else {
		at++
		if (content() && line[at] ~ /^ *\t/) return fail("a tab where spaces are needed")
		if (content() && (indent(line[at]) > column || (in_map && indent(line[at]) == column && substr(line[at], column + 1, 2) ~ /^-([ \t]|$)/)))
			node(path, in_map && indent(line[at]) == column ? column : column + 1)
		else put(path, "", 1)
	}
	keep_anchor(name, path, first)
}

# properties: what follows tags and anchors, which go to tag and anchor
function properties(text,  word, count) {
	while (count++ < 4 && match(text, /^[!&][^][{}, \t]*/)) {
		word = substr(text, 1, RLENGTH)
		text = substr(text, RLENGTH + 1)
		sub(/^[ \t]+/, "", text)
		if (length(word) > 100) fail("too long a name")
		else if (word ~ /^&/) anchor = substr(word, 2)
		else {
			tag = word == "!" ? "str" : substr(word, 3)
			if (word !~ /^(!|!!(null|bool|int|float|binary|str|timestamp|seq|map|set|omap|pairs|python\/unicode))$/) fail("a tag that is not known")
		}
	}
	return text
}

# take_anchor: the name of the value that follows; until it has ended nobody can mean it
function take_anchor(  name) {
	name = anchor
	anchor = ""
	if (name != "") delete anchor_first[name]
	return name
}

function keep_anchor(name, path, first) {
	if (name == "" || failed) return
	anchor_path[name] = path
	anchor_first[name] = first
	anchor_last[name] = values
	anchor_shape[name] = shape
	anchor_deaths[name] = deaths
}

# alias: what was named before, once more
function alias(path, name,  n) {
	if (!(name in anchor_first)) return fail("nothing that has ended before it has the name after \"*\"")
	for (n = anchor_first[name]; n <= anchor_last[name] && !failed; n++) {
		if ((n in dead) && dead[n] <= anchor_deaths[name]) continue
		copy(n, path substr(path_of[n], length(anchor_path[name]) + 1))
	}
	shape = anchor_shape[name]
}

# split_key: sets KEY, REST and MERGES where the text is KEY: REST
function split_key(text,  head) {
	head = substr(text, 1, MOST_KEY + 1)
	if (match(head, /^!!(str|int|float|bool|null)[ \t]+/)) {
		head = substr(head, RLENGTH + 1)
		text = substr(text, RLENGTH + 1)
	}
	MERGES = 0
	if (head ~ /^"/) {
		if (!match(head, /^"([^"\\]|\\.)*"[ \t]*:([ \t]|$)/)) return 0
	} else if (head ~ /^'/) {
		if (!match(head, /^'([^']|'')*'[ \t]*:([ \t]|$)/)) return 0
	} else {
		if (head ~ /^([][{}|>#%@`*!&,\t]|[?-]([ \t]|$))/ || !match(head, /:([ \t]|$)/) || RSTART == 1) return 0
		RLENGTH = RSTART
		if (substr(head, 1, RLENGTH) ~ /[ \t]#/) return 0
	}
	if (RLENGTH > MOST_KEY) return 0
	KEY = substr(head, 1, RLENGTH)
	REST = substr(text, RLENGTH + 1)
	sub(/[ \t]*:[ \t]*$/, "", KEY)
	if (KEY ~ /^["']/) {
		open_text(KEY)
		KEY = quoted(substr(KEY, 1, 1))
	} else MERGES = KEY == "<<"
	sub(/^[ \t]+/, "", REST)
	return 1
}

# scalar: a value that begins at the cursor's line with text; what belongs to it is right of column
function scalar(path, text, column,  first) {
	text = properties(text)
	first = substr(text, 1, 1)
	if (first == "|" || first == ">") return block(path, text, column)
	if (first ~ /[*\[{"']/) {
		open_text(text)
		flow(path)
		sub(/^[ \t]*(#.*)?$/, "", F)
		sub(/^[ \t]+/, "", F)
		if (!failed && F ~ /^[^#]/) return fail("something follows a value that has ended")
		at++
		return
	}
	if (text ~ /^\?([ \t]|$)/) return fail("a key after \"?\" is not read")
	if (text ~ /^-([ \t]|$)/) return fail("a list begins on a line of its own")
	if (!may_begin(text)) return
	plain_lines(text, column)
	put(path, taken(), 1)
}

# may_begin: whether text without quotes may begin so
function may_begin(text) {
	if (text !~ /^([][{}|>%@`*!&,#]|[?:-]([ \t]|$))/) return 1
	return fail("\"" substr(text, 1, 1) "\" begins no value here")
}

# plain_lines: text without quotes, over the lines that are right of column
function plain_lines(text, column,  gap) {
	for (;;) {
		if (match(text, /:([ \t]|$)/) && substr(text, 1, RSTART) !~ /[ \t]#/) return fail("a key inside of a value")
		gap = match(" " text, /[ \t]#/)
		add(trimmed(gap ? substr(text, 1, RSTART - 1) : text))
		at++
		if (gap) return
		for (gap = 1; at <= lines && line[at] ~ /^[ \t]*$/; gap++) at++
		if (at > lines || line[at] ~ /^[ \t]*#/ || indent(line[at]) <= column || ends_document(line[at])) return
		add(breaks(gap))
		text = line[at]
		sub(/^[ \t]+/, "", text)
	}
}

# block: a literal (|) or folded (>) scalar
function block(path, header, column,  fold, keep, edge, text, gap, more, was_more, started) {
	if (header !~ /^[|>]([+-]?[1-9]?|[1-9][+-])[ \t]*(#.*)?$/) return fail("not the head of a block")
	fold = header ~ /^>/
	sub(/#.*/, "", header)
	keep = header ~ /[+]/ ? 1 : header ~ /-/ ? -1 : 0
	if (match(header, /[1-9]/)) edge = (column < 0 ? 0 : column) + substr(header, RSTART, 1)
	for (at++; at <= lines; at++) {
		text = line[at]
		if (text ~ /^ *$/ && (edge == "" || length(text) <= edge)) {
			gap++
			continue
		}
		if (edge == "") edge = indent(text)
		if (indent(text) < edge || edge <= column || edge < 1) break
		text = substr(text, edge + 1)
		more = text ~ /^[ \t]/
		if (!started) {
			if (gap) add(newlines(gap))
		} else if (fold && !more && !was_more) add(breaks(gap + 1))
		else add(newlines(gap + 1))
		add(text)
		started = 1
		was_more = more
		gap = 0
	}
	if (started && keep >= 0) add("\n")
	if (keep > 0 && gap) add(newlines(gap))
	put(path, taken())
}

# open_text: begins to read flow style; F is the window that is looked at, PLACE where the next one begins in SOURCE
function open_text(text) {
	SOURCE = text
	LENGTH = length(text)
	PLACE = 1
	F = ""
	fill()
}

# fill: looks further where the window has become small
function fill() {
	if (length(F) > 128 || PLACE > LENGTH) return 0
	F = F substr(SOURCE, PLACE, WINDOW)
	PLACE += WINDOW
	return 1
}

# next_line: goes on below in flow style, after empty lines; gives how many ends of lines that were
function next_line(what,  count) {
	do {
		if (at >= lines || ends_document(line[at + 1])) return fail("the document ends inside of a " what)
		count++
	} while (line[++at] ~ /^[ \t]*$/)
	open_text(line[at])
	skip_space()
	return count
}

function skip_space() {
	do sub(/^[ \t]+/, "", F)
	while (fill())
}

# skip: to the next sign, which it gives; over ends of lines and comments
function skip() {
	while (!failed) {
		skip_space()
		if (F ~ /^[^#]/) return substr(F, 1, 1)
		next_line("value")
	}
}

function drop(count) {
	F = substr(F, count + 1)
	fill()
}

function flow(path, in_list,  sign, name, first) {
	if (++depth > MOST_DEPTH) return fail("nested too deeply")
	sign = skip()
	if (sign == "!" || sign == "&") {
		F = properties(F)
		name = take_anchor()
		sign = skip()
	}
	first = values + 1
	if (sign == "{") flow_map(path)
	else if (sign == "[") flow_list(path)
	else if (sign == "*") flow_alias(path)
	else flow_scalar(path, sign, in_list)
	keep_anchor(name, path, first)
	depth--
}

function flow_alias(path,  name) {
	if (!match(F, /^\*[A-Za-z0-9_-]+/) || RLENGTH > 100) return fail("\"*\" begins no value here")
	name = substr(F, 2, RLENGTH - 1)
	drop(RLENGTH)
	alias(path, name)
}

# flow_scalar: a text; in a list, KEY: VALUE is a map of one key
function flow_scalar(path, sign, in_list,  text, id) {
	if (tag != "str" && sign ~ /[,\]}]/ && tag != "") return put(path, "")
	text = flow_text(sign)
	if (!in_list || skip() != ":") return put(path, text, sign !~ /["']/)
	tag = ""
	id = ++maps
	flow_value(id, path, text, sign)
	end_map(id, path)
}

function flow_text(sign) {
	return sign ~ /["']/ ? quoted(sign) : plain()
}

# flow_value: the value of a key, behind its ":" where there is one
function flow_value(id, path, key, sign,  merges) {
	merges = key == "<<" && sign == "<"
	begin_value(id, path, key)
	if (skip() == ":") {
		drop(1)
		if (skip() ~ /[],}]/) put(below, "", 1)
		else flow(below)
	} else put(below, "", 1)
	end_value(id, key, merges)
}

function flow_map(path,  sign, id) {
	tag = ""
	id = ++maps
	for (drop(1); !failed;) {
		if ((sign = skip()) == "}") break
		if (sign == "!") {
			F = properties(F)
			sign = skip()
		}
		flow_value(id, path, flow_text(sign), sign)
		if ((sign = skip()) == ",") drop(1)
		else if (sign != "}") return fail("\",\" or \"}\" is needed")
	}
	drop(1)
	end_map(id, path)
}

function flow_list(path,  sign, count) {
	tag = ""
	for (drop(1); !failed; count++) {
		if ((sign = skip()) == "]") break
		flow(join(path, count + 0), 1)
		if ((sign = skip()) == ",") drop(1)
		else if (sign != "]") return fail("\",\" or \"]\" is needed")
	}
	drop(1)
	if (!count && !failed) put(path, "[]")
	shape = "list"
}

# plain: text without quotes in flow style, over lines
function plain(  gap, text) {
	if (F ~ /^[],}]/) return fail("a value is needed before \"" substr(F, 1, 1) "\"")
	if (!may_begin(F)) return
	while (!failed) {
		if (match(F, /^[^][{},:# \t]+/) || (F !~ /^:([] \t,[{}]|$)/ && match(F, /^[:#]/))) {
			add(gap substr(F, 1, RLENGTH))
			drop(RLENGTH)
			gap = ""
			continue
		}
		if (!match(F, /^[ \t]+/) && F != "") break
		gap = gap substr(F, 1, RLENGTH > 0 ? RLENGTH : 0)
		skip_space()
		if (F == "") gap = breaks(next_line("value"))
		if (F ~ /^#/) break
	}
	return taken()
}

# quoted: the string that the window begins with; it may go over several lines
function quoted(quote,  gap) {
	drop(1)
	while (!failed) {
		if (quote == "\"" ? match(F, /^[^"\\ \t]+/) : match(F, /^[^' \t]+/)) {
			add(substr(F, 1, RLENGTH))
			drop(RLENGTH)
		} else if (match(F, /^[ \t]+/)) {
			gap = substr(F, 1, RLENGTH)
			drop(RLENGTH)
			while (match(F, /^[ \t]+/)) {
				gap = gap substr(F, 1, RLENGTH)
				drop(RLENGTH)
			}
			if (F != "") add(gap)
		} else if (F == "") add(breaks(next_line("string")))
		else if (F ~ /^\\/) add(escaped())
		else if (quote == "'" && F ~ /^''/) {
			add("'")
			drop(2)
		} else {
			drop(1)
			return taken()
		}
	}
}

# escaped: what stands after a backslash; a half of a surrogate pair is no character
function escaped(  sign, code, low) {
	sign = substr(F, 2, 1)
	if (sign == "") {
		code = next_line("string")
		return code > 1 ? newlines(code - 1) : ""
	}
	if (sign !~ /[xuU]/) {
		if (!(sign in ESCAPES)) return fail("not an escape")
		drop(2)
		return ESCAPES[sign]
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
	if (length(text) < digits || text ~ /[^0-9a-f]/) return fail("not an escape")
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
	ESCAPES["\t"] = "\t"
	ESCAPES["r"] = "\r"
	ESCAPES["b"] = "\b"
	ESCAPES["f"] = "\f"
	ESCAPES["a"] = "\a"
	ESCAPES["v"] = "\v"
	ESCAPES["e"] = "\033"
	ESCAPES["0"] = ""
	ESCAPES[" "] = " "
	ESCAPES["\""] = "\""
	ESCAPES["/"] = "/"
	ESCAPES["\\"] = "\\"
	ESCAPES["N"] = utf8(133)
	ESCAPES["_"] = utf8(160)
	ESCAPES["L"] = utf8(8232)
	ESCAPES["P"] = utf8(8233)
	split("null bool int float binary", names)
	for (n in names) KINDS[names[n]] = 1
}
