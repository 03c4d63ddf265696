# For flatten() and network/address.awk: SmartOS' cards (sdc:nics), name servers, routes and domain as network-config, which is
# JSON. A card's gateways are for the primary one.

function emit(path, value,  part) {
	if (path ~ /!$/) return
	said[path] = value
	if (split(path, part, "/") > 2 && part[1] == "nics" && part[2] + 0 >= cards) cards = part[2] + 1
}

function finish(  n, out) {
	for (n = 0; n < cards; n++) {
		if (said["nics/" n "/interface"] !~ /^[a-z][a-z0-9]*$/) continue
		out = out (out == "" ? "" : ",\n") " \"" said["nics/" n "/interface"] "\": {" substr(card("nics/" n "/"), 3) "}"
	}
	if (out == "") print "no card is named" > "/dev/stderr"
	else print "{\"version\": 2, \"ethernets\": {\n" out "}}"
}

function card(at,  out, k, ip, addresses) {
	if (said[at "mac"] ~ /^[0-9A-Fa-f:]+$/) {
		out = ", \"match\": {\"macaddress\": \"" tolower(said[at "mac"]) "\"}, \"set-name\": \"" said[at "interface"] "\""
	}
	if (said[at "mtu"] ~ /^[0-9]+$/) out = out ", \"mtu\": " said[at "mtu"]
	for (k = 0; k < 64 && (ip = said[at "ips/" k]) != ""; k++) {
		if (ip == "dhcp") out = out ", \"dhcp4\": true"
		else if (ip == "addrconf") out = out ", \"accept-ra\": true"
		else addresses = addresses json_address(cidr(ip, "", 32, 128))
	}
	if (!k && said[at "ip"] != "dhcp") addresses = json_address(cidr(said[at "ip"], said[at "netmask"], 32, 128))
	if (!k && said[at "ip"] == "dhcp") out = out ", \"dhcp4\": true"
	return out json_list("addresses", addresses) json_list("routes", ways_out(at) routes(addresses)) servers()
}

function json_address(text) {
	return text == "" ? "" : ", \"" text "\""
}

function json_list(key, items) {
	return items == "" ? "" : ", \"" key "\": [" substr(items, 3) "]"
}

# ways_out: the first gateway of each family
function ways_out(at,  k, via, out, has) {
	if (tolower(said[at "primary"]) != "true") return ""
	for (k = 0; k < 64; k++) {
		via = said[at "gateways/" k]
		if (via == "" && k == 0) via = said[at "gateway"]
		if (via == "") break
		if (!has[family(via)]++) out = out way(family(via) == 4 ? "0.0.0.0/0" : "::/0", via)
	}
	return out
}

function way(to, via) {
	return bits(via) == "" || cidr(to, "", 32, 128) == "" ? "" : ", {\"to\": \"" cidr(to, "", 32, 128) "\", \"via\": \"" via "\"}"
}

# routes: those whose gateway is in a network of the card
function routes(addresses,  n, k, total, part, out) {
	total = split(addresses, part, "\"")
	for (n = 0; n < 64 && said["routes/" n "/dst"] != ""; n++)
		for (k = 2; k <= total; k += 2) {
			if (!inside(said["routes/" n "/gateway"], part[k])) continue
			out = out way(said["routes/" n "/dst"], said["routes/" n "/gateway"])
			break
		}
	return out
}

function servers(  n, out) {
	for (n = 0; n < 16; n++) if (bits(said["resolvers/" n]) != "") out = out ", \"" said["resolvers/" n] "\""
	out = json_list("addresses", out) (said["domain"] == "" ? "" : ", \"search\": [\"" said["domain"] "\"]")
	return out == "" ? "" : ", \"nameservers\": {" substr(out, 3) "}"
}
