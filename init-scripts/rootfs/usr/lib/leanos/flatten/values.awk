# For document.awk: the values that were read, each at its path: equal keys, merge keys, anchors and aliases, whatever the style.

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

# key_of: a key as paths have it; `exact` keeps its signs, but those that would end the row or the step: "%2F" is "/"
function key_of(key) {
	if (exact) {
		gsub(/%/, "%25", key)
		gsub("/", "%2F", key)
		gsub(/[[:cntrl:]!]/, "_", key)
	} else gsub(/[^A-Za-z0-9_.@:+-]/, "_", key)
	return key
}

function join(path, key) {
	if (length(path) + length(key) >= MOST_KEY) return fail("too long a key")
	key = key_of(key)
	return path == "" ? key : path "/" key
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
	key = key_of(key)
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
