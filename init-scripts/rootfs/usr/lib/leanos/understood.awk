# What is understood of a flat document, path_of[1..values] and value_of[1..values] as flatten() leaves them: sift() compares
# it with the table in the file `table` and sets dropped[n] for each row that is not understood, so that nobody acts on it. It
# says the topmost such path on stderr, once. A row of a table is PATH, tab, SHAPES, tab, what is done with it. In PATH, "*" is
# any item or key, "/**" anything below. SHAPES are words of: text number bool null
# list map; true and false may be quoted.

BEGIN {
	MOST_COMPLAINTS = 20
}

function sift(  n) {
	while ((getline row < table) > 0) {
		split(row, column, "\t")
		shapes[column[1]] = " " column[2] " "
	}
	for (n = 1; n <= values; n++) note_shape(path_of[n], value_of[n])
	if (shape_of[""] != "map") {
		if (values) object("the document is " named(shape_of[""]) ", not a map of keys")
		for (n = 1; n <= values; n++) dropped[n] = 1
		return
	}
	row_of[""] = ""
	for (n = 1; n <= values; n++) if (!is_understood(bare(path_of[n]))) dropped[n] = 1
	if (complaints > MOST_COMPLAINTS) print complaints - MOST_COMPLAINTS " more are passed over" > "/dev/stderr"
}

# bare: the path that a mark is of
function bare(path) {
	sub(/!$/, "", path)
	return path
}

function parent(path) {
	return sub(/\/[^\/]*$/, "", path) ? path : ""
}

# note_shape: of the value, and of what it is in: a list begins with item 0
function note_shape(path, value,  name) {
	if (path ~ /!$/) {
		path = bare(path)
		if (value == "int" || value == "float") shape_of[path] = "number"
		else if (value == "null" || value == "bool") shape_of[path] = value
		return
	}
	shape_of[path] = value == "[]" ? "list" : value == "{}" ? "map" : "text"
	if (tolower(value) ~ /^(true|false|yes|no|on|off|1|0)$/) is_flag[path] = 1
	while (path != "") {
		name = path
		path = parent(path)
		if (path in shape_of) return
		sub(/.*\//, "", name)
		shape_of[path] = name == "0" ? "list" : "map"
	}
}

# is_understood: whether the path has a row, and the shape that the row asks for, as everything that it is in has
function is_understood(path,  above, row) {
	if (path in row_of) return row_of[path] != "-"
	row_of[path] = "-"
	above = parent(path)
	if (!is_understood(above)) return 0
	row = row_for(row_of[above], path)
	if (row == "") return object(path " is not known and passed over")
	row_of[path] = row
	if (index(shapes[row], " " shape_of[path] " ") || (path in is_flag && index(shapes[row], " bool "))) return 1
	row_of[path] = "-"
	misshapen[path] = 1
	if (shape_of[path] == "null") return object(path " has no value")
	return object(path " is " named(shape_of[path]) ", where " any_of(shapes[row]) " is understood: passed over")
}

# row_for: the row of what stands below another row
function row_for(above, path,  name) {
	if (above ~ /\/\*\*$/) return above
	name = path
	sub(/.*\//, "", name)
	if (above != "") above = above "/"
	if (above name in shapes) return above name
	if (above "*" in shapes) return above "*"
	return above "**" in shapes ? above "**" : ""
}

function named(shape) {
	return shape == "bool" ? "true or false" : shape == "text" ? "text" : "a " shape
}

# any_of: the shapes in words; that a value may be left out needs no word
function any_of(shapes,  count, n, shape, text) {
	count = split(shapes, shape, " ")
	for (n = 1; n <= count; n++) if (shape[n] != "null") text = text (text == "" ? "" : " or ") named(shape[n])
	return text
}

function object(text) {
	if (++complaints <= MOST_COMPLAINTS) print text > "/dev/stderr"
	return 0
}
