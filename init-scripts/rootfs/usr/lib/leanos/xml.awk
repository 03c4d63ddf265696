# Reads an XML document and calls emit(path, text) for each element that has any, then finish(): both come from an awk file named
# after this. A path is the names of the elements without their namespaces, joined with "/"; of equal ones beside each other, the
# second has "/1" after its name, and so on. Attributes, comments and instructions are passed over, and no entity but XML's own is
# known. What is no document is said on stderr, and the status is 1.

BEGIN {
	RS = "<"
	MOST_ELEMENTS = 4096
	MOST_DEPTH = 32
}

NR == 1 { next }
skipping != "" { if (index($0, skipping)) skipping = ""; else next; if (depth) inside[depth] = inside[depth] rest_of($0); next }
/^!--/ { if (!index($0, "-->")) skipping = "-->"; next }
/^!\[CDATA\[/ { add_data($0); next }
/^[!?]/ { next }
/^\// { close_element($0); next }
{ open_element($0) }

END {
	if (!failed && (depth || !elements)) bad("it is no whole document")
	if (failed) exit 1
	finish()
}

function bad(what) {
	if (!failed) print "1: " what > "/dev/stderr"
	failed = 1
}

# rest_of RECORD: the text after the tag
function rest_of(record) {
	sub(/^[^>]*>/, "", record)
	return record
}

function add_data(record,  data) {
	data = substr(record, 9)
	sub(/\]\]>.*/, "", data)
	inside[depth] = inside[depth] data
}

function open_element(record,  tag_text, name, path) {
	if (failed || ++elements > MOST_ELEMENTS || depth >= MOST_DEPTH || !index(record, ">")) return bad("too much, too deep, or cut off")
	tag_text = name = record
	sub(/>.*/, "", tag_text)
	sub(/[ \t\r\n\/>].*/, "", name)
	sub(/.*:/, "", name)
	path = depth ? path_to[depth] "/" name : name
	if (depth && seen_before[path]++) path = path "/" (seen_before[path] - 1)
	path_to[++depth] = path
	inside[depth] = rest_of(record)
	has_children[depth] = 0
	if (depth > 1) has_children[depth - 1] = 1
	if (tag_text ~ /\/$/) leave(rest_of(record))
}

function close_element(record) {
	if (!depth) return bad("an element ends that did not begin")
	leave(rest_of(record))
}

# leave TEXT: the element ends; the text that follows it is its parent's
function leave(after,  value) {
	value = has_children[depth] ? "" : inside[depth]
	if (value ~ /[^ \t\r\n]/) emit(path_to[depth], as_text(value))
	depth--
	if (depth) inside[depth] = inside[depth] after
}

function as_text(value) {
	gsub(/&lt;/, "<", value)
	gsub(/&gt;/, ">", value)
	gsub(/&quot;/, "\"", value)
	gsub(/&apos;/, "\047", value)
	gsub(/&#(x[dD]|13);/, "", value)
	gsub(/&#(x[aA]|10);/, "\n", value)
	gsub(/&amp;/, "\\&", value)
	return value
}
