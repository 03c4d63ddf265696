# For merge.awk: flat documents as trees. A node is TREE|PATH; kind[node] is map, list, text, null, or other (a number, a truth,
# bytes); value[node] is its value and marks[node] its mark; child[node, 1…count[node]] are the names in it.

# plant: a value, and the maps and lists that it is in
function plant(node, text,  up, name) {
	delete marks[node]
	value[node] = text
	kind[node] = text == "[]" ? "list" : text == "{}" ? "map" : "text"
	while (node !~ /[|]$/) {
		up = node
		sub(/[^\/|]*$/, "", up)
		name = substr(node, length(up) + 1)
		sub(/\/$/, "", up)
		add(up, name)
		if (up in kind) return
		kind[up] = name == "0" ? "list" : "map"
		node = up
	}
}

# note_mark: of a value that was planted before
function note_mark(node, word) {
	marks[node] = word
	kind[node] = word == "null" ? "null" : "other"
}

# at: the node of a name in a node
function at(node, name) {
	return node (node ~ /[|]$/ ? "" : "/") name
}

# is_in: whether a node has a name in it
function is_in(node, name) {
	return (node, "has", name) in child
}

function add(node, name) {
	if (is_in(node, name)) return
	child[node, "has", name] = 1
	child[node, ++count[node]] = name
	delete value[node]
}

function remove(node, name,  n, left) {
	forget(at(node, name))
	delete child[node, "has", name]
	for (n = 1; n <= count[node]; n++) if (child[node, n] != name) child[node, ++left] = child[node, n]
	count[node] = left
	if (!left) value[node] = kind[node] == "list" ? "[]" : "{}"
}

# forget: what is at a node
function forget(node,  n) {
	for (n = 1; n <= count[node]; n++) {
		forget(at(node, child[node, n]))
		delete child[node, "has", child[node, n]]
	}
	delete count[node]
	delete kind[node]
	delete value[node]
	delete marks[node]
}

# copy: what is at a node takes the place of what is at another
function copy(from, to,  n) {
	forget(to)
	kind[to] = kind[from]
	if (from in value) value[to] = value[from]
	if (from in marks) marks[to] = marks[from]
	for (n = 1; n <= count[from]; n++) {
		add(to, child[from, n])
		copy(at(from, child[from, n]), at(to, child[from, n]))
	}
}

# extend: the items of a list behind those of another
function extend(to, from,  n, name) {
	for (n = 1; n <= count[from]; n++) {
		name = count[to] + 0
		add(to, name)
		copy(at(from, child[from, n]), at(to, name))
	}
}

# print_tree: as the rows of a flat document, into path_of and value_of
function print_tree(node, path,  n) {
	if (node in value) {
		path_of[++values] = path
		value_of[values] = value[node]
		if (node in marks) {
			path_of[++values] = path "!"
			value_of[values] = marks[node]
		}
	}
	for (n = 1; n <= count[node]; n++) print_tree(at(node, child[node, n]), (path == "" ? "" : path "/") child[node, n])
}
