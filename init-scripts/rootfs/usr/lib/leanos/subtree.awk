# For flatten(): writes what is below one key of a document as a JSON document of its own, with write_json(KEY, FILE): a flat
# document has every value, but not what kind of YAML it came from. Another file has emit() and finish(); emit() calls keep().

# keep: a value of the document, or its mark
function keep(path, value,  name, above) {
	if (sub(/!$/, "", path)) {
		mark_at[path] = value
		return
	}
	value_at[path] = value
	while (path != "" && !(path in seen)) {
		seen[path] = 1
		name = path
		sub(/.*\//, "", name)
		above = substr(path, 1, length(path) - length(name) - 1)
		child[above, ++children[above]] = name
		path = above
	}
}

# write_json: 1 where there is something
function write_json(key, file) {
	if (!children[key]) return 0
	print json(key) > file
	close(file)
	return 1
}

function json(path,  n, list, out) {
	if (!children[path]) return leaf(path, value_at[path])
	list = child[path, 1] == "0"
	for (n = 1; n <= children[path]; n++)
		out = out (n == 1 ? "" : ", ") (list ? "" : json_text(child[path, n]) ": ") json(path "/" child[path, n])
	return list ? "[" out "]" : "{" out "}"
}

function leaf(path, value) {
	if (mark_at[path] == "null") return "null"
	if (mark_at[path] == "bool") return tolower(value) ~ /^(true|yes|on)$/ ? "true" : "false"
	if (mark_at[path] == "int" && value ~ /^(0|[1-9][0-9]*)$/) return value
	if (value == "{}" || value == "[]") return value
	return json_text(value)
}

function json_text(text) {
	gsub(/\\/, "&&", text)
	gsub(/"/, "\\\\&", text)
	gsub(/\t/, "\\\\t", text)
	gsub(/\r/, "\\\\r", text)
	gsub(/\n/, "\\\\n", text)
	gsub(/[\001-\037\177]/, "?", text)
	return "\"" text "\""
}
