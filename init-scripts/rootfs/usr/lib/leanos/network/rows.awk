# What the readers of network configuration share. After flatten.awk, a value is value_at[path]; each reader's rows(),
# called at the end, prints what it found as rows of words, which network-config.sh applies:
#   mac ID ADDRESS | name ID NAME | mtu ID BYTES | vlan ID PARENT NUMBER | bond ID MODE MIIMON | member BOND ID | up ID |
#   dhcp4 ID | dhcp6 ID | address ID CIDR | route ID TO VIA METRIC | dns SERVER | search DOMAIN     ("-" is: none)

function emit(path, value) {
	if (path ~ /!$/) return
	if (!(path in value_at)) paths[++count] = path
	value_at[path] = value
}

function finish() {
	if ("" in value_at) print "KEY: VALUE is needed" > "/dev/stderr"
	else rows()
}

# at: the value at a path; one with other signs than addresses and names have is none
function at_path(path,  value) {
	value = value_at[path]
	if (value !~ /[^A-Za-z0-9_.:\/%@+-]/) return value
	print "not a value for " path > "/dev/stderr"
	return ""
}

# has: whether there is anything at a path or below it
function has(path,  n) {
	if (path in value_at) return 1
	for (n = 1; n <= count; n++) if (index(paths[n], path "/") == 1) return 1
	return 0
}

function is_true(path) {
	return value_at[path] ~ /^([Tt]rue|TRUE|[Yy]es|YES|[Oo]n|ON)$/
}

# children: the names below a path, in their order, into names; gives how many
function children(path, names,  n, rest, found, seen) {
	delete names
	for (n = 1; n <= count; n++) {
		if (path != "" && index(paths[n], path "/") != 1) continue
		rest = path == "" ? paths[n] : substr(paths[n], length(path) + 2)
		sub(/\/.*/, "", rest)
		if (!((path, rest) in seen)) names[++found] = rest
		seen[path, rest] = 1
	}
	return found + 0
}

function row(kind, id, a, b, c) {
	if (id == "" || a == "") return
	print kind, id, a (b == "" ? "" : " " b) (c == "" ? "" : " " c)
}

# cidr: an address with its prefix; the mask may be a prefix, dotted, or IPv6's own
function cidr(address, mask) {
	if (address == "" || address ~ /\//) return address
	if (mask == "") mask = address ~ /:/ ? 64 : 24
	return address "/" prefix(mask)
}

# route: a row for a route; "default" and networks of zeros are the same
function route(id, to, mask, via, metric) {
	if (to == "" || to == "::" || to == "0.0.0.0" || to == "::/0" || to == "0.0.0.0/0" || to == "default")
		to = via ~ /:/ ? "::/0" : "0.0.0.0/0"
	else if (to !~ /\//) to = to "/" (mask == "" ? (to ~ /:/ ? 128 : 32) : prefix(mask))
	row("route", id, to, via == "" ? "-" : via, metric == "" ? "-" : metric)
}

# each: a row for every item of a list, or for the words of one value
function each(kind, id, path,  n, part, total, value) {
	if (value_at[path] ~ /[^ ]/ && value_at[path] != "[]") {
		total = split(value_at[path], part, /[ ,]+/)
		for (n = 1; n <= total; n++) if (part[n] !~ /[^A-Za-z0-9_.:\/%@+-]/ && part[n] != "") listed(kind, id, part[n])
	}
	for (n = 0; (path "/" n) in value_at; n++) {
		value = at_path(path "/" n)
		if (value != "") listed(kind, id, value)
	}
}

function listed(kind, id, value) {
	if (id == "") print kind, value
	else row(kind, id, value)
}
