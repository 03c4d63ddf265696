# The configuration of a container, as crun takes it: the template's words in double quotes and "@" become what its image says, and what the
# machine's user says of it. Files are the image's configuration and the user's words, both as lines of PATH, tab, VALUE; then the template. `passwd`
# and `group` are files of the container, where it has them; `volumes` is the folder that keeps them, `volume_list` the file that is told
# which there are. What print.awk writes for the end of a line, a tab and a backslash is what JSON has for them.

FNR == 1 { part++ }

part < 3 {
	value = substr($0, length($1) + 2)
	if ($1 ~ /!$/) next
	if (split($1, step, "/") > 1 && ((part == 1 && step[1] == "config") || part == 2)) note_item(part, $1, value)
	said[part, $1] = value
	next
}

{ template = template $0 }

# Pieces are kept and printed when all of them are there: to put texts together takes a time that grows as their square.
END {
	if (!part) exit 1
	while (match(template, /,?"@[a-z]+@"/)) {
		word = substr(template, RSTART, RLENGTH)
		put(substr(template, 1, RSTART - 1))
		template = substr(template, RSTART + RLENGTH)
		if (word ~ /user/) put(user_of((2, "user") in said ? said[2, "user"] : said[1, "config/User"]))
		else if (word ~ /args/) put_arguments()
		else if (word ~ /env/) put_environment()
		else if (word ~ /cwd/) put(quoted(said[1, "config/WorkingDir"] == "" ? "/" : said[1, "config/WorkingDir"]))
		else put_mounts()
	}
	for (n = 1; n <= pieces; n++) printf "%s", piece[n]
	print template
}

function put(text) {
	piece[++pieces] = text
}

# note_item: of a list or a map, in its order
function note_item(part, path, value,  list, name) {
	list = name = path
	sub(/\/[^\/]*$/, "", list)
	sub(/.*\//, "", name)
	item[part, list, ++count[part, list]] = value
	item_name[part, list, count[part, list]] = name
}

function fail(text) {
	print text > "/dev/stderr"
	exit 1
}

# quoted: text as JSON
function quoted(text) {
	gsub(/"/, "\\\\\"", text)
	gsub(/[\001-\037\177]/, " ", text)
	return "\"" text "\""
}

function put_words(part, list,  n) {
	for (n = 1; n <= count[part, list]; n++) put((words++ ? "," : "") quoted(item[part, list, n]))
}

# put_arguments: an entrypoint of the user's takes the place of all that the image starts; arguments that of its command
function put_arguments() {
	put("[")
	if (is_said("entrypoint")) put_words(2, "entrypoint")
	else put_words(1, "config/Entrypoint")
	if (is_said("args")) put_words(2, "args")
	else if (!is_said("entrypoint")) put_words(1, "config/Cmd")
	if (!words) fail("the image says no program, and leanos/containers/" name "/args does not either")
	put("]")
}

function is_said(list) {
	return count[2, list] || (2, list) in said
}

# put_environment: variables that are said anew take the place of those of the image
function put_environment(  n) {
	add_variable("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	for (n = 1; n <= count[1, "config/Env"]; n++) add_variable(item[1, "config/Env", n])
	for (n = 1; n <= count[2, "environment"]; n++) add_variable(item_name[2, "environment", n] "=" item[2, "environment", n])
	put("[")
	for (n = 1; n <= variables; n++) put((n == 1 ? "" : ",") quoted(variable[n]))
	put("]")
}

function add_variable(text,  key) {
	key = text
	sub(/=.*/, "", key)
	if (!(key in number_of)) number_of[key] = ++variables
	variable[number_of[key]] = text
}

# user_of: by number; names are those of the container's own files
function user_of(text,  parts, row, uid, gid) {
	parts = split(text, half, ":")
	row = parts ? row_of(passwd, half[1]) : ""
	split(row, field, ":")
	uid = half[1] ~ /^[0-9]+$/ ? half[1] : row != "" ? field[3] : parts ? "none" : 0
	gid = row != "" ? field[4] : 0
	if (parts > 1) {
		gid = half[2]
		if (gid !~ /^[0-9]+$/) {
			split(row_of(group, half[2]), field, ":")
			gid = field[3]
		}
	}
	if (uid !~ /^[0-9]+$/ || gid !~ /^[0-9]+$/) fail("the container's files do not know the user " text)
	return "{\"uid\":" uid + 0 ",\"gid\":" gid + 0 "}"
}

# row_of: the line of a name, or else of a number
function row_of(file, name,  line, column, numbered) {
	if (file == "") return ""
	while ((getline line < file) > 0) {
		split(line, column, ":")
		if (column[1] == name) {
			close(file)
			return line
		}
		if (column[3] == name && numbered == "") numbered = line
	}
	close(file)
	return numbered
}

# put_mounts: of the image's volumes, and of the user's over them
function put_mounts(  n, path) {
	for (n = 1; n <= count[1, "config/Volumes"]; n++) {
		path = item_name[1, "config/Volumes", n]
		gsub(/%2F/, "/", path)
		gsub(/%25/, "%", path)
		if (path !~ /^\/[^\/]/ || path ~ /\/\.\.?(\/|$)/ || path ~ /[^A-Za-z0-9._\/@+-]/) fail("the image has a volume that is no path: " path)
		sub(/\/+$/, "", path)
		place(path, "", "rw")
	}
	for (n = 1; n <= count[2, "volumes"]; n++) place_said(item[2, "volumes", n])
	for (n = 1; n <= places; n++) put("," bind(place_of[n]))
}

function place_said(text,  mode, parts, part) {
	mode = sub(/:ro$/, "", text) ? "ro" : "rw"
	parts = split(text, part, ":")
	place(part[parts], parts > 1 ? part[1] : "", mode)
}

function place(path, from, mode) {
	if (!(path in from_of)) place_of[++places] = path
	from_of[path] = from
	mode_of[path] = mode
}

function bind(path,  from) {
	from = from_of[path]
	if (from == "") {
		from = volumes path
		print path > volume_list
	}
	return "{\"destination\":" quoted(path) ",\"type\":\"none\",\"source\":" quoted(from) ",\"options\":[\"rbind\",\"" mode_of[path] "\",\"nosuid\",\"nodev\"]}"
}
