# For understood.awk and tree.awk: several flat cloud-configs become one, which is printed as far as it is understood. The first
# `vendors` files are vendor-data. The rules are cloud-init's (cloudinit/mergers): a later document's key takes the place of an
# earlier one's, unless its merge_how, or its part's header Merge-Type (the row "!merge"), says otherwise; then user-data wins
# over vendor-data, but maps are joined.

BEGIN {
	MOST_ROWS = 16384
	tree = "vendor|"
	kind["vendor|"] = kind["user|"] = "map"
}

FNR == 1 {
	merge_part()
	if (++files > vendors) tree = "user|"
}

NR > MOST_ROWS {
	if (NR == MOST_ROWS + 1) object("more than " MOST_ROWS " values: the rest is not read")
	next
}

{
	path = $0
	sub(/\t.*/, "", path)
	text = substr($0, length(path) + 2)
	if (path == "!merge") header = text
	else if (path ~ /!$/) note_mark("part|" bare(path), text)
	else plant("part|" path, text)
}

END {
	merge_part()
	set_mergers("list()+dict()+str()")
	merge("user|", "vendor|")
	normalise()
	print_tree("user|", "")
	sift()
	for (n = 1; n <= values; n++) if (!(n in dropped)) print path_of[n] "\t" value_of[n]
	for (path in misshapen) print path "!\tmisshapen"
}

# merge_part: the document that was read last
function merge_part(  key, words) {
	if (!files) return
	if (kind["part|"] == "map") {
		key = is_in("part|", "merge_how") ? "merge_how" : "merge_type"
		if (is_in("part|", key)) {
			words = merge_words("part|" key)
			remove("part|", key)
		}
		if (set_mergers((words == "" ? "" : words "+") header)) merge(tree, "part|")
	} else if (kind["part|"] != "" && kind["part|"] != "null") object("a document is " (kind["part|"] == "list" ? "a list" : "text") ", not a map of keys: passed over")
	forget("part|")
	header = ""
}

# merge_words: a list of mergers in the form that they have as text; each is a map of name and settings, or a list
function merge_words(node,  n, item, text) {
	text = value[node]
	for (n = 1; n <= count[node]; n++) {
		item = at(node, child[node, n])
		if (kind[item] == "map") text = text value[item "/name"] "(" options(item "/settings", 1) ")+"
		else text = text value[item "/0"] "(" options(item, 2) ")+"
	}
	return text == "[]" ? "" : text
}

# options: the items of a list from the given one on
function options(node, first,  n, text) {
	for (n = first; n <= count[node]; n++) text = text value[at(node, child[node, n])] ","
	return text
}

# set_mergers: by "NAME(OPTION,…)+…"; without any, those of cloud-init's parts
function set_mergers(text,  n, parts, part, name) {
	delete merger
	gsub(/[ \t]/, "", text)
	gsub(/-/, "_", text)
	parts = split(tolower(text) == "" ? "dict(replace)+list()+str()" : tolower(text), part, "+")
	for (n = 1; n <= parts; n++) {
		if (part[n] == "") continue
		name = part[n]
		sub(/\(.*/, "", name)
		if (part[n] !~ /^(dict|list|str)\(.*\)$/) return object("merge_how: " part[n] " is not known: the document is passed over")
		if (name in merger) continue
		part[n] = substr(part[n], length(name) + 2)
		sub(/\)$/, ",", part[n])
		merger[name] = "," part[n]
	}
	if ("dict" in merger) return 1
	return object("merge_how has no dict(): the document is passed over")
}

function has_option(name, option) {
	return index(merger[name], "," option ",")
}

# recurses: whether a merger goes on inside of a value of that kind
function recurses(name, node) {
	if (kind[node] == "map") return name == "dict" || has_option(name, "recurse_dict")
	if (kind[node] == "list") return has_option(name, "recurse_array") || has_option(name, "recurse_list")
	return kind[node] == "text" && has_option(name, "recurse_str")
}

# merge: what is at a node, with what is at another
function merge(old, new) {
	if (kind[old] == "map" && "dict" in merger) merge_maps(old, new)
	else if (kind[old] == "list" && "list" in merger) merge_lists(old, new)
	else if (kind[old] == "text" && "str" in merger) {
		if (!has_option("str", "append")) copy(new, old)
		else if (kind[new] == "text") value[old] = value[old] value[new]
	}
}

function merge_maps(old, new,  n, name, here, there) {
	if (kind[new] != "map") return
	for (n = 1; n <= count[new]; n++) {
		name = child[new, n]
		here = at(old, name)
		there = at(new, name)
		if (!is_in(old, name)) {
			add(old, name)
			copy(there, here)
		} else if (kind[there] == "null" && has_option("dict", "allow_delete")) remove(old, name)
		else if (has_option("dict", "replace")) copy(there, here)
		else if (recurses("dict", there)) merge(here, there)
	}
}

function merge_lists(old, new,  n, name) {
	if (kind[new] != "list") {
		if (merger["list"] !~ /,(append|prepend|no_replace),/) copy(new, old)
	} else if (has_option("list", "append")) extend(old, new)
	else if (has_option("list", "prepend")) {
		extend("joined|", new)
		extend("joined|", old)
		kind["joined|"] = "list"
		copy("joined|", old)
		forget("joined|")
	} else if (merger["list"] ~ /,replace,/ || !has_option("list", "no_replace")) {
		for (n = 1; n <= count[old] && n <= count[new]; n++) {
			name = child[old, n]
			if (recurses("list", at(new, name))) merge(at(old, name), at(new, name))
			else copy(at(new, name), at(old, name))
		}
	}
}

# normalise: other forms of users:, user: and groups: that cloud-init takes
function normalise(  n, users, node, text) {
	users = "user|users"
	split_text(users)
	group_map("user|groups")
	for (n = count[users]; n >= 1; n--) {
		node = at(users, child[users, n])
		if (kind[node] == "map") underscore(node)
		if (kind[users] != "map") continue
		if (kind[node] == "map") plant(node "/name", child[users, n])
		else if (tolower(value[node]) ~ /^(true|yes|on|1)$/) plant(node, child[users, n])
		else if (tolower(value[node]) ~ /^(false|no|off|0)$/) remove(users, child[users, n])
	}
	node = "user|user"
	if (kind[node] == "text") {
		text = value[node]
		forget(node)
		plant(node "/name", text)
	} else if (kind[node] == "map") underscore(node)
}

# split_text: a text with commas becomes a list
function split_text(node,  n, names, name) {
	if (kind[node] != "text") return
	names = split(value[node], name, ",")
	forget(node)
	kind[node] = "list"
	for (n = 1; n <= names; n++) plant(at(node, n - 1), trimmed(name[n]))
}

# group_map: a list of names, and of maps from names to members, becomes one map
function group_map(node,  n, item) {
	split_text(node)
	if (kind[node] != "list") return
	copy(node, "groups|")
	forget(node)
	kind[node] = "map"
	for (n = 1; n <= count["groups|"]; n++) {
		item = at("groups|", child["groups|", n])
		if (kind[item] == "map") merge_maps(node, item)
		else if (!is_in(node, value[item])) {
			plant(at(node, value[item]), "")
			note_mark(at(node, value[item]), "null")
		}
	}
}

function trimmed(text) {
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

# underscore: keys with dashes are an older spelling of those of a user
function underscore(node,  n, keys, key, name) {
	for (n = 1; n <= count[node]; n++) key[++keys] = child[node, n]
	for (n = 1; n <= keys; n++) {
		name = key[n]
		if (!gsub(/-/, "_", name)) continue
		add(node, name)
		copy(at(node, key[n]), at(node, name))
		remove(node, key[n])
	}
}
