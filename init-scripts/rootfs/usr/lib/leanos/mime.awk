# Takes a MIME message apart (RFC 2045, 2046) as Python's email package does, which cloud-init uses: every part of a multipart
# body, or the one body of another, goes into dir/NUMBER.part, its type and encoding into dir/NUMBER.head as two words, and
# as a third how it is merged, where it says so (Merge-Type). A part that is multipart itself keeps its Content-Type, so that it
# can be read again.

BEGIN {
	MOST_PARTS = 64
	MOST_HEADER = 8192
	in_head = 1
	part = ""
}

{ sub(/\r$/, "") }

boundary != "" && index($0, "--" boundary) == 1 && substr($0, length(boundary) + 3) ~ /^(--)?[ \t]*$/ {
	if (in_head) begin_body()
	close(file)
	file = ""
	if (substr($0, length(boundary) + 3) ~ /^--/ || count >= MOST_PARTS) {
		ended = 1
		exit
	}
	part = count++
	in_head = 1
	next
}

in_head && header != "" && /^[ \t]/ {
	if (length(header) < MOST_HEADER) header = header " " substr($0, 1, MOST_HEADER)
	next
}

in_head && (/^[^ \t:]+:/ || /^From /) {
	note_header()
	header = substr($0, 1, MOST_HEADER)
	seen = 1
	next
}

in_head && $0 == "" && !seen { next }

# What is no header begins the body; an empty line only parts the two.
in_head {
	begin_body()
	if ($0 == "") next
}

file != "" {
	printf "%s%s", gap, $0 > file
	gap = "\n"
}

END {
	if (ended) exit
	if (in_head && (seen || part != "")) begin_body()
	if (file != "" && gap != "") print "" > file
	exit count == 0
}

function note_header(  name, value) {
	if (!match(header, /^[^ \t:]+:/)) return
	name = tolower(substr(header, 1, RLENGTH - 1))
	value = substr(header, RLENGTH + 1)
	header = ""
	sub(/^[ \t]+/, "", value)
	if (name == "content-transfer-encoding") encoding = tolower(word(value))
	if (name == "merge-type" || (name == "x-merge-type" && merge == "")) merge = value
	if (name != "content-type") return
	whole_type = value
	type = tolower(word(value))
	boundary_of = parameter(value, "boundary")
}

# word: what stands before white space or a semicolon
function word(text) {
	sub(/[ \t;].*/, "", text)
	return text
}

# parameter: NAME=VALUE or NAME="VALUE" of a header
function parameter(text, wanted,  item, name) {
	while (match(text, /;[ \t]*[^ \t;="]+[ \t]*=[ \t]*("([^"\\]|\\.)*"|[^;]*)/)) {
		item = substr(text, RSTART + 1, RLENGTH - 1)
		text = substr(text, RSTART + RLENGTH)
		name = tolower(item)
		sub(/[ \t]*=.*/, "", name)
		sub(/^[ \t]+/, "", name)
		if (name != wanted) continue
		sub(/^[^=]*=[ \t]*/, "", item)
		if (item !~ /^"/) return word(item)
		gsub(/^"|"[ \t]*$/, "", item)
		gsub(/\\/, "", item)
		sub(/[ \t]+$/, "", item)
		return item
	}
	return ""
}

# begin_body: the head has ended: of a part, or of the message, which is one part where it is not multipart
function begin_body() {
	note_header()
	in_head = 0
	if (part != "") start_part()
	else if (type !~ /^multipart\//) {
		part = count++
		start_part()
	} else {
		boundary = boundary_of
		if (boundary == "") exit
	}
	type = encoding = boundary_of = merge = ""
	seen = 1
}

function start_part(  name) {
	gsub(/[^a-z0-9\/.+-]/, "_", type)
	gsub(/[^a-z0-9-]/, "_", encoding)
	gsub(/[^A-Za-z0-9_(),+-]/, "", merge)
	if (type ~ /^(multipart|message)\//) encoding = ""
	name = sprintf("%s/%03d", dir, part)
	print (type == "" ? "text/plain" : type), (encoding == "" ? "7bit" : encoding), merge > (name ".head")
	close(name ".head")
	file = name ".part"
	printf "" > file
	gap = ""
	if (type ~ /^multipart\//) printf "Content-Type: %s\n\n", whole_type > file
}
