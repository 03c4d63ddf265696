# For document.awk: flow style, which JSON is: maps and lists in brackets, seen through a window.

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
