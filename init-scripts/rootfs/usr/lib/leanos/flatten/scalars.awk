# For document.awk: scalars, plain, quoted, and in blocks, whatever the style around them; what YAML 1.1 takes them for.

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

# trimmed: without the white space at its end; a search for the white space itself takes its length for each of its signs
function trimmed(text) {
	return match(text, /[^ \t][ \t]*$/) ? substr(text, 1, RSTART) : ""
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
}
