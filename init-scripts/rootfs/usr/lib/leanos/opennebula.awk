# For context.awk and network/address.awk: what OpenNebula's context says of the machine, into files of dir: instance-id,
# local-hostname, public-keys, user-data, start-script, network-config (JSON), and NAME.encoding.list. Of the network, the
# variables of a card are ETHn_NAME (https://docs.opennebula.io, "Virtual Machine Template", "Context Section").

BEGIN {
	MOST_CARDS = 64
	MOST_ITEMS = 256 # of a list
}

function finish(  n, names) {
	put("instance-id", variable["VMID"] == "" ? "iid-dsopennebula" : "opennebula-" variable["VMID"])
	put("local-hostname", host_name())
	put("public-keys", "SSH_KEY" in variable ? variable["SSH_KEY"] : variable["SSH_PUBLIC_KEY"])
	put("user-data", "USER_DATA" in variable ? variable["USER_DATA"] : variable["USERDATA"])
	put("user-data.encoding.list", "USERDATA_ENCODING" in variable ? variable["USERDATA_ENCODING"] : variable["USER_DATA_ENCODING"])
	put("start-script", variable["START_SCRIPT_BASE64"] == "" ? variable["START_SCRIPT"] : variable["START_SCRIPT_BASE64"])
	if (variable["START_SCRIPT_BASE64"] != "") put("start-script.encoding.list", "base64")
	split("PASSWORD PASSWORD_BASE64 CRYPTED_PASSWORD CRYPTED_PASSWORD_BASE64", names)
	for (n in names)
		if (variable[names[n]] != "") print names[n] " is passed over: passwords are those of user-data" > "/dev/stderr"
	put("network-config", network_config())
}

function put(file, text) {
	if (text == "") return
	printf "%s\n", text > (dir "/" file)
	close(dir "/" file)
}

# host_name: as it is set; else made of the first address
function host_name(  text) {
	if (variable["SET_HOSTNAME"] != "") return variable["SET_HOSTNAME"]
	if (variable["HOSTNAME"] != "") return variable["HOSTNAME"]
	text = variable["PUBLIC_IP"]
	if (text == "") text = variable["IP_PUBLIC"]
	if (text == "") text = variable["ETH0_IP"]
	if (quad(text) == "") return text
	gsub(/[.]/, "-", text)
	return "ip-" text
}

function network_config(  name, n, out) {
	for (name in variable) {
		if (!match(name, /^ETH[0-9]+_/)) continue
		n = substr(name, 4, RLENGTH - 4)
		if (n + 0 < MOST_CARDS && n == n + 0) is_card[n] = 1
		if (name ~ /^ETH[0-9]+_(IP|METHOD$)/) wanted = 1
	}
	if (!wanted) return ""
	for (n = 0; n < MOST_CARDS; n++)
		if (n in is_card) out = out (out == "" ? "" : ",\n") " " card(n)
	return "{\"version\": 2, \"ethernets\": {\n" out "}}"
}

# most: how many of so many items are read
function most(total) {
	if (total <= MOST_ITEMS) return total
	print "a list has more than " MOST_ITEMS " items: the rest is passed over" > "/dev/stderr"
	return MOST_ITEMS
}

function of(n, field) {
	return variable["ETH" n "_" field]
}

# card: one of the ethernets
function card(n,  out, mac) {
	mac = of(n, "MAC")
	if (mac ~ /^[0-9A-Fa-f:]+$/) out = ", \"match\": {\"macaddress\": \"" tolower(mac) "\"}"
	if (of(n, "METHOD") == "dhcp") out = out ", \"dhcp4\": true"
	if (of(n, "IP6_METHOD") == "dhcp") out = out ", \"dhcp6\": true"
	if (of(n, "MTU") ~ /^[0-9]+$/) out = out ", \"mtu\": " of(n, "MTU")
	out = out list("addresses", addresses(n)) list("routes", routes(n))
	out = out ", \"nameservers\": {" substr(list("addresses", only_addresses(of(n, "DNS") " " variable["DNS"])) \
		list("search", domains(of(n, "SEARCH_DOMAIN") " " variable["SEARCH_DOMAIN"])), 3) "}"
	return "\"eth" n "\": {" substr(out, 3) "}"
}

# list: KEY: [ITEMS], where ITEMS are JSON already; nothing where there is none
function list(key, items) {
	return items == "" ? "" : ", \"" key "\": [" substr(items, 3) "]"
}

# addresses: of both families, and of the card's aliases
function addresses(n,  out, k, ip) {
	ip = of(n, "IP")
	if (ip == "" && of(n, "IP6") == "" && of(n, "METHOD") !~ /^(dhcp|skip)$/) ip = address_in(of(n, "MAC"))
	if (of(n, "METHOD") !~ /^(dhcp|skip)$/) out = out address(n, "IP", ip, "MASK", "255.255.255.0")
	if (of(n, "IP6_METHOD") !~ /^(dhcp|auto|skip|disable)$/)
		out = out address(n, "IP6", of(n, "IP6"), "IP6_PREFIX_LENGTH", 64) address(n, "IP6_ULA", of(n, "IP6_ULA"), "IP6_PREFIX_LENGTH", 64)
	for (k = 0; k < 16; k++)
		out = out address(n, "ALIAS" k "_IP", of(n, "ALIAS" k "_IP"), "ALIAS" k "_MASK", "255.255.255.0") \
			address(n, "ALIAS" k "_IP6", of(n, "ALIAS" k "_IP6"), "ALIAS" k "_IP6_PREFIX_LENGTH", 64)
	return out
}

function address(n, field, ip, mask, usual,  text) {
	if (ip == "") return ""
	text = cidr(ip, of(n, mask) == "" ? usual : of(n, mask))
	if (text != "") return ", \"" text "\""
	print "ETH" n "_" field " or its mask is none, and is passed over" > "/dev/stderr"
	return ""
}

# address_in: that of a card which OpenNebula named after it: 02:00, then its four bytes
function address_in(mac,  part) {
	if (tolower(mac) !~ /^02:00(:[0-9a-f][0-9a-f])+$/ || split(tolower(mac), part, ":") != 6) return ""
	return byte(part[3]) "." byte(part[4]) "." byte(part[5]) "." byte(part[6])
}

function byte(hex) {
	return (index("0123456789abcdef", substr(hex, 1, 1)) - 1) * 16 + index("0123456789abcdef", substr(hex, 2, 1)) - 1
}

# routes: the ways out, then those of ETHn_ROUTES: NETWORK via ADDRESS, with commas between
function routes(n,  out, part, word, k, total, gateway6) {
	gateway6 = of(n, "IP6_GATEWAY") == "" ? of(n, "GATEWAY6") : of(n, "IP6_GATEWAY")
	if (of(n, "METHOD") !~ /^(dhcp|skip)$/) out = way(n, "0.0.0.0/0", of(n, "GATEWAY"), of(n, "METRIC"))
	if (of(n, "IP6_METHOD") !~ /^(dhcp|auto|skip|disable)$/) out = out way(n, "::/0", gateway6, of(n, "IP6_METRIC"))
	total = most(split(of(n, "ROUTES"), part, ","))
	for (k = 1; k <= total; k++) out = out (split(part[k], word) == 3 && word[2] == "via" ? way(n, word[1], word[3]) : "")
	return out
}

function way(n, to, via, metric) {
	if (via == "") return ""
	to = cidr(to, "", 32, 128)
	if (bits(via) != "" && to != "")
		return ", {\"to\": \"" to "\", \"via\": \"" via "\"" (metric ~ /^[0-9]+$/ ? ", \"metric\": " metric : "") "}"
	print "a gateway or route of ETH" n " is no address, and is passed over" > "/dev/stderr"
	return ""
}

function only_addresses(text,  word, n, total, out) {
	total = most(split(text, word))
	for (n = 1; n <= total; n++) if (bits(word[n]) != "") out = out ", \"" word[n] "\""
	return out
}

function domains(text,  word, n, total, out) {
	total = most(split(text, word))
	for (n = 1; n <= total; n++) if (word[n] ~ /^[A-Za-z0-9_.-]+$/) out = out ", \"" word[n] "\""
	return out
}
