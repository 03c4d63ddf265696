# For document.awk: block style, which indentation makes: maps, lists, and what stands before a value.

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
