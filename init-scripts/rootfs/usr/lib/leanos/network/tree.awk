# A document that flatten() has read and understood.awk has compared with its table, as a tree: value_at[path], and the names
# below each path in their order. Tables are in the folder `tables`.

function emit(path, value) {
	said_path[++said] = path
	said_value[said] = value
}

# finish: each reader says with table_name() which table is its document's, and with rows() what the document says
function finish(  n) {
	for (n = 1; n <= said; n++) if (said_path[n] ~ /^network\//) wrapped = 1
	for (n = 1; n <= said; n++) {
		path_of[n] = said_path[n]
		value_of[n] = said_value[n]
		if (wrapped) sub(/^network\//, "", path_of[n])
		value_at[path_of[n]] = value_of[n]
	}
	values = said
	if ((table = table_name()) == "") return
	table = tables "/" table
	sift()
	delete value_at
	for (n = 1; n <= values; n++) {
		if (n in dropped || path_of[n] ~ /!$/) continue
		value_at[path_of[n]] = value_of[n]
		grow(path_of[n])
	}
	rows()
	plan()
}

function grow(path,  name, folder) {
	if (path == "" || path in known) return
	known[path] = 1
	name = path
	sub(/.*\//, "", name)
	folder = substr(path, 1, length(path) - length(name) - 1)
	child[folder, ++children[folder]] = name
	grow(folder)
}

# has: whether there is anything at a path or below it
function has(path) {
	return path in known
}

# at_path: the value at a path; one with other signs than addresses and names have is none, nor is what could be an option
function at_path(path,  value) {
	value = value_at[path]
	return is_word(value) ? value : refuse(path, "not a value")
}

# number_at: the value at a path, when it is a number from LEAST to MOST
function number_at(path, least, most) {
	if (value_at[path] == "") return ""
	if (value_at[path] ~ /^[0-9]+$/ && length(value_at[path]) < 11 && value_at[path] + 0 >= least && value_at[path] + 0 <= most) return value_at[path] + 0
	return refuse(path, "a number from " least " to " most " is needed")
}

function is_true(path) {
	return tolower(value_at[path]) ~ /^(true|yes|on|1)$/
}

function is_false(path) {
	return tolower(value_at[path]) ~ /^(false|no|off|0)$/
}

# truth: 1, 0, or nothing where there is none
function truth(path) {
	if (is_true(path)) return 1
	if (is_false(path)) return 0
	return value_at[path] == "" ? "" : refuse(path, "true or false is needed")
}

# words_at: the items of a list, or the words of one text, into words; gives how many. Where an item is a map, its key counts:
# flatten() has made "_" of the "/" in it.
function words_at(path, words,  n, total, item, found, part) {
	if (value_at[path] ~ /[^ ]/ && value_at[path] != "[]" && value_at[path] != "{}") {
		total = split(value_at[path], part, /[ ,\n\t]+/)
		for (n = 1; n <= total; n++) {
			if (part[n] == "") continue
			if (is_word(part[n])) words[++found] = part[n]
			else refuse(path, "not a value")
		}
		return found + 0
	}
	for (n = 1; n <= children[path]; n++) {
		item = path "/" child[path, n]
		words[found + 1] = at_path(item)
		if (words[found + 1] == "" && children[item]) {
			words[found + 1] = child[item, 1]
			gsub(/_/, "/", words[found + 1])
		}
		if (words[found + 1] != "") found++
	}
	return found + 0
}
