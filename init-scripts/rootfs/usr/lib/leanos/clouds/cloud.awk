# For flatten() and xml.awk: what a cloud's metadata says, at its paths in said[]. An awk file of the cloud's own has cloud(), which
# says what becomes which file of dir. Values are text and nothing else: none is ever run.

BEGIN {
	ADDRESS = "^[0-9A-Fa-f][0-9A-Fa-f.:]*(/[0-9]+)?$"
	MOST_USERS = 64
}

function emit(path, value) {
	if (value != "[]" && value != "{}") said[path] = value
}

function finish() {
	cloud()
	write_network()
}

# fact FILE PATH: a value on one line; the first of several calls that finds one counts
function fact(file, path) {
	if (said[path] == "" || file in told) return
	told[file] = 1
	print said[path] > (dir "/" file)
	close(dir "/" file)
}

# whole FILE PATH: a value as it is, byte for byte
function whole(file, path) {
	if (said[path] == "") return
	printf "%s", said[path] > (dir "/" file)
	close(dir "/" file)
}

# each_line FILE PATH [KEY]: the lines of a text; or of each item of a list, or of what is at KEY of each
function each_line(file, path, key,  n) {
	add_lines(file, said[path])
	for (n = 0; n < 4096 && (item(path, n, key) in said); n++) add_lines(file, said[item(path, n, key)])
}

function item(path, n, key) {
	return path "/" n (key == "" ? "" : "/" key)
}

function add_lines(file, value,  part, total, n) {
	total = split(value, part, "\n")
	for (n = 1; n <= total; n++) if (part[n] != "") print part[n] > (dir "/" file)
}

# in_quotes TEXT: for YAML, between double quotes
function in_quotes(value) {
	gsub(/[\\"]/, "\\\\&", value)
	gsub(/\n/, "\\n", value)
	gsub(/[\001-\037]/, " ", value)
	return "\"" value "\""
}

# add_user_key NAME KEY: of a user beside the login user, who may do all
function add_user_key(name, key) {
	if (!(name in admitted)) admitted[name] = is_user(name)
	if (!admitted[name]) return
	print key >> (dir "/users." name)
	close(dir "/users." name)
}

# is_user NAME: whether it may be one's; system_users are nobody's to come in as
function is_user(name) {
	if (name !~ /^[a-z_][a-z0-9_-]*$/ || length(name) > 32) return refuse("a user's name is none: passed over")
	if (index(system_users, " " name " ")) return refuse(name " is a user of the system, and gets no keys")
	if (++users > MOST_USERS) return users == MOST_USERS + 1 ? refuse("more than " MOST_USERS " users are named: the rest is passed over") : 0
	return 1
}

function refuse(what) {
	warning(what)
	return 0
}

function warning(what) {
	print what > "/dev/stderr"
}

# bits MASK: of a dotted netmask; a number stays as it is
function bits(mask,  part, n, byte, sum) {
	if (mask !~ /\./) return mask
	split(mask, part, ".")
	for (n = 1; n <= 4; n++) for (byte = part[n] + 0; byte > 0; byte = int(byte / 2)) sum += byte % 2
	return sum + 0
}

# card MAC: a network card to be configured; gives its number
function card(mac) {
	if (mac !~ /^[0-9A-Fa-f:]+$/) return 0
	mac_of[++cards] = mac
	return cards
}

# address CARD ADDRESS BITS
function address(c, value, size) {
	if (c && value "/" size ~ ADDRESS) addresses[c] = addresses[c] (addresses[c] == "" ? "" : ", ") in_quotes(value "/" size)
}

# route CARD TO GATEWAY: also where the gateway is outside of the card's networks
function route(c, to, via) {
	if (c && to != "" && via ~ ADDRESS) routes[c] = routes[c] (routes[c] == "" ? "" : ", ") "{to: " in_quotes(to) ", via: " in_quotes(via) ", on-link: true}"
}

# gateway CARD ADDRESS: the way to everywhere
function gateway(c, via) {
	route(c, via ~ /:/ ? "::/0" : "0.0.0.0/0", via)
}

# server CARD ADDRESS: of DNS
function server(c, value) {
	if (c && value ~ ADDRESS) servers[c] = servers[c] (servers[c] == "" ? "" : ", ") in_quotes(value)
}

# write_network: network-config, version 2, where the cloud named any card
function write_network(  c, file) {
	if (!cards) return
	file = dir "/network-config"
	print "version: 2\nethernets:" > file
	for (c = 1; c <= cards; c++) {
		print "  card" c ":\n    match: {macaddress: " in_quotes(mac_of[c]) "}" > file
		if (dhcp[c]) print "    dhcp4: true" > file
		if (mtu[c] ~ /^[0-9]+$/) print "    mtu: " mtu[c] > file
		if (addresses[c] != "") print "    addresses: [" addresses[c] "]" > file
		if (routes[c] != "") print "    routes: [" routes[c] "]" > file
		if (servers[c] != "") print "    nameservers: {addresses: [" servers[c] "]}" > file
	}
	close(file)
}
