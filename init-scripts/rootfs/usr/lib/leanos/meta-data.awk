# Reads NoCloud's meta-data (YAML: KEY: VALUE, or a list below KEY:; or JSON of the same keys) and writes the known keys to
# files in dir, a list one item a line. Values are text and nothing else: none is ever run.

function put(key, value) {
	if (!(key in known)) return
	file = dir "/" known[key]
	print value > file
}

function unquoted(text) {
	sub(/^[ \t]+/, "", text)
	sub(/[ \t]+$/, "", text)
	if (text ~ /^".*"$/ || text ~ /^'.*'$/) return substr(text, 2, length(text) - 2)
	sub(/[ \t]#.*$/, "", text)
	return text
}

# next_string: takes the JSON string that rest starts with
function next_string(  out, c) {
	out = ""
	for (rest = substr(rest, 2); rest != ""; rest = substr(rest, 2)) {
		c = substr(rest, 1, 1)
		if (c == "\"") break
		if (c == "\\") {
			rest = substr(rest, 2)
			c = substr(rest, 1, 1)
			if (c == "n") c = "\n"
			if (c == "t") c = "\t"
		}
		out = out c
	}
	rest = substr(rest, 2)
	return out
}

function read_json(text,  c, depth, key, word, list) {
	rest = text
	depth = 0
	while (rest != "") {
		c = substr(rest, 1, 1)
		if (c == "\"") {
			word = next_string()
			if (depth == 1 && match(rest, /^[ \t\r\n]*:/)) {
				key = word
				rest = substr(rest, RLENGTH + 1)
				continue
			}
			if (depth == 1 || (depth == 2 && list)) put(key, word)
			continue
		}
		if (c == "{" || c == "[") {
			depth++
			if (depth == 2) list = (c == "[") || key == "public-keys"
		}
		if (c == "}" || c == "]") depth--
		rest = substr(rest, 2)
	}
}

BEGIN {
	known["instance-id"] = "instance-id"
	known["instance_id"] = "instance-id"
	known["local-hostname"] = "local-hostname"
	known["local_hostname"] = "local-hostname"
	known["hostname"] = "local-hostname"
	known["public-keys"] = "public-keys"
	known["public_keys"] = "public-keys"
	known["availability-zone"] = "availability-zone"
	known["launch-index"] = "launch-index"
}

{
	sub(/\r$/, "")
	if (NR == 1 && $0 ~ /^[ \t]*\{/) json = 1
	if (json) {
		whole = whole $0 "\n"
		next
	}
	if ($0 ~ /^[ \t]*(#|$)/) next
	if (match($0, /^[A-Za-z0-9_-]+:/)) {
		key = substr($0, 1, RLENGTH - 1)
		value = unquoted(substr($0, RLENGTH + 1))
		if (value != "") put(key, value)
		next
	}
	if (match($0, /^[ \t]*-[ \t]+/) && key != "") put(key, unquoted(substr($0, RLENGTH + 1)))
	else if (match($0, /^[ \t]+[A-Za-z0-9_-]+:[ \t]*/) && key ~ /^public.keys$/) put(key, unquoted(substr($0, RLENGTH + 1)))
}

END {
	if (json) read_json(whole)
}
