# Takes a MIME message apart (RFC 2045, 2046): every part of a multipart body goes into dir/NUMBER.part, its type and encoding
# into dir/NUMBER.head as two words. A part that is multipart itself keeps its Content-Type, so that it can be read again.

BEGIN {
	MOST_PARTS = 64
	in_head = 1
	part = ""
}

{ sub(/\r$/, "") }

in_head && /^[ \t]/ {
	header = header " " $0
	next
}

in_head {
	note_header()
	header = $0
	if ($0 != "") next
	in_head = 0
	if (part == "") {
		boundary = boundary_of
		if (boundary == "") exit 1
	} else start_part()
	type = encoding = boundary_of = header = ""
	next
}

boundary != "" && index($0, "--" boundary) == 1 {
	close(file)
	file = ""
	rest = substr($0, length(boundary) + 3)
	if (rest ~ /^--/ || count >= MOST_PARTS) exit
	part = count++
	in_head = 1
	next
}

file != "" {
	printf "%s%s", gap, $0 > file
	gap = "\n"
}

function note_header(  name, value) {
	if (!match(header, /^[A-Za-z-]+:/)) return
	name = tolower(substr(header, 1, RLENGTH - 1))
	value = substr(header, RLENGTH + 1)
	gsub(/^[ \t]+|[ \t]+$/, "", value)
	if (name == "content-transfer-encoding") encoding = tolower(value)
	if (name != "content-type") return
	whole_type = value
	type = tolower(value)
	sub(/[ \t]*;.*/, "", type)
	if (match(value, /[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]=/)) {
		boundary_of = substr(value, RSTART + RLENGTH)
		if (boundary_of ~ /^"/) {
			boundary_of = substr(boundary_of, 2)
			sub(/".*/, "", boundary_of)
		} else sub(/[ ;].*/, "", boundary_of)
	}
}

function start_part(  name) {
	gsub(/[^a-z0-9\/.+-]/, "_", type)
	gsub(/[^a-z0-9-]/, "_", encoding)
	name = sprintf("%s/%03d", dir, part)
	print (type == "" ? "text/plain" : type), (encoding == "" ? "7bit" : encoding) > (name ".head")
	close(name ".head")
	file = name ".part"
	printf "" > file
	gap = ""
	if (type ~ /^multipart\//) printf "Content-Type: %s\n\n", whole_type > file
}
