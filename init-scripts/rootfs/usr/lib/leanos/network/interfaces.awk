# interfaces(5) of ifupdown, as config drives and EC2-like seeds carry it: what it says, as links.awk takes it. It is no YAML:
# this reads it by itself.

BEGIN {
	MOST_LINES = 2048
}

NR > MOST_LINES {
	refuse("interfaces", "more than " MOST_LINES " lines: the rest is not read")
	exit
}

{
	sub(/\r$/, "")
	line = line $0
	if (sub(/\\$/, " ", line)) next
	if (line !~ /^[ \t]*(#|$)/) stanza(line)
	line = ""
}

END {
	for (n = 1; n <= links; n++) if (kind_of[link_of[n]] == "bond") watch(link_of[n])
	plan()
}

# stanza: one line; its words are W[1] to W[count], and nothing else than words gets any further
function stanza(text,  n, option) {
	sub(/^[ \t]+/, "", text)
	count = split(text, W, /[ \t]+/)
	if (W[count] == "") count--
	option = W[1]
	gsub(/_/, "-", option)
	if (option ~ /^(up|post-up|pre-up|down|pre-down|post-down)$/) return command(option)
	for (n = 1; n <= count; n++) if (!is_word(W[n])) return refuse(id == "" ? "interfaces" : id, "not a value in a line of " (is_word(W[1]) ? W[1] : "it"))
	if (option == "iface") return interface(W[2], W[3], W[4])
	if (option == "auto" || option ~ /^allow-/ || option ~ /^no-(auto-down|scripts)$/) return
	if (option ~ /^dns-/) return name_servers(option)
	if (id == "") return refuse(W[1], "not understood")
	if (option ~ /^bond-/) bond_word(substr(option, 6))
	else if (option ~ /^bridge-/) bridge_word(option)
	else say(option, W[2])
}

# interface: a section. A name with a colon is another set of addresses of what is before it.
function interface(name, which, method) {
	id = name
	sub(/:.*/, "", id)
	six = which == "inet6"
	mask = gateway = metric = ""
	if (!(id in is_link)) {
		link(id, id == "lo" ? "lo" : "card")
		if (id ~ /[.][0-9]+$/) {
			match(id, /[.][0-9]+$/)
			vlan_on(id, substr(id, 1, RSTART - 1), substr(id, RSTART + 1), id)
		}
	}
	if (method == "dhcp" && six) dhcp6[id] = ""
	else if (method == "dhcp") dhcp4[id] = ""
	else if (method !~ /^(static|manual|loopback|auto)$/) refuse(id, "the method " method " is not understood")
}

# say: what an option says of the section's link
function say(option, value,  part) {
	if (option == "address") {
		held = value
		address(id, value, mask, id)
	} else if (option == "netmask") again(value)
	else if (option == "gateway") gateway = route(id, "", "", value, metric, id)
	else if (option == "metric") metric_is(value)
	else if (option == "mtu") size(value)
	else if (option == "hwaddress") hardware(W[count])
	else if (option == "accept-ra") accept_ra[id] = value + 0 > 0
	else if (option == "vlan-raw-device") on_top_of(value)
	else if (option !~ /^(broadcast|network|scope|vlan-id|autoconf|privext|dad-attempts|wait-delay|control.*)$/) refuse(id, option " is not understood")
}

# again: the mask of an address that was read before it
function again(value) {
	mask = value
	if (held == "" || held ~ /\//) return
	sub(/[^ ]+ $/, "", addresses[id])
	address(id, held, mask, id)
	held = ""
}

function metric_is(value) {
	if (value !~ /^[0-9]+$/) return refuse(id, "not a metric")
	metric = value
	if (gateway) route_metric[gateway] = value
	if (id in dhcp4) dhcp4[id] = " metric=" value
}

function size(value) {
	if (value !~ /^[0-9]+$/ || value + 0 > 65535) return refuse(id, "not an mtu")
	if (six) mtu6[id] = value
	else mtu[id] = value
}

# hardware: the address by which a card is found, and which another link is given
function hardware(value) {
	if (kind_of[id] == "card") mac[id] = tolower(value)
	else new_mac[id] = as_mac(id ": hwaddress", value)
	wanted[id] = id
}

# on_top_of: the number of a VLAN is the end of its name
function on_top_of(below,  digits) {
	digits = id
	sub(/^[^0-9]*[.]?/, "", digits)
	sub(/.*[.]/, "", digits)
	vlan_on(id, below, digits, id)
}

function name_servers(option,  n) {
	for (n = 2; n <= count; n++) {
		if (option ~ /^dns-nameservers?$/) dns(W[n], option)
		else if (option ~ /^dns-(search|domain)$/) search(W[n], id)
		else return refuse(option, "not understood")
	}
}

# rest: the words after the first, with one space between them
function rest(  n, out) {
	for (n = 2; n <= count; n++) out = out (n == 2 ? "" : " ") W[n]
	return out
}

function bond_word(name,  n) {
	gsub(/-/, "_", name)
	if (name == "master") {
		if (kind_of[W[2]] != "bond") link(W[2], "bond")
		return member(W[2], id)
	}
	if (kind_of[id] != "bond") made(id, "bond")
	if (name == "slaves") parts_of(id)
	else parameter(id, name, rest(), id " " W[1])
}

function bridge_word(option,  n) {
	gsub(/-/, "_", option)
	if (kind_of[id] != "bridge") made(id, "bridge")
	if (option == "bridge_ports") parts_of(id)
	else if (option == "bridge_pathcost") port_value(id, W[2], "path_cost", W[3], id)
	else if (option == "bridge_portprio") port_value(id, W[2], "priority", W[3], id)
	else bridge_option(id, option, option == "bridge_hw" ? W[count] : W[2], id " " option)
}

# made: a link that was taken for a card is another
function made(id, kind) {
	kind_of[id] = kind
	new_mac[id] = mac[id]
}

function parts_of(id,  n) {
	for (n = 2; n <= count; n++) {
		if (W[n] == "none") continue
		if (W[n] == "all" || W[n] == "regex") refuse(id, "a list of names is needed")
		else member(id, W[n])
	}
}

# command: routes are all that is understood of what is run when a link comes up; nothing takes one down
function command(option,  n, text, dev, to, net, via, k, more, adds, host) {
	text = rest()
	gsub(/\$(IFACE|[{]IFACE[}])/, id, text)
	sub(/ *\|\| *(true|:) *$/, "", text)
	count = split(text, W, /[ \t]+/)
	for (n = 1; n <= count; n++) if (!is_word(W[n]) && W[n] !~ /^-(4|6|A|net|host)$/) return refuse(id, "a command of " option " is not understood")
	for (n = 1; n <= count; n++) if (W[n] == "add" || W[n] == "replace" || W[n] == "append") adds = 1
	if (text ~ /(^|\/)(ip|route) / && text ~ / del / && option ~ /down/) return
	if (text !~ /^(\/s?bin\/|\/usr\/s?bin\/)?(ip (-[46] )?route|route) / || !adds || option ~ /down/) return refuse(id, "a command of " option " is not understood")
	read_route(option)
}

# read_route: route add -net NET netmask MASK gw VIA | ip route add NET via VIA
function read_route(option,  n, to, bits_of, via, far, table, onlink, dev, r, src, bytes) {
	for (n = 1; n <= count; n++) {
		if (W[n] ~ /^(add|replace|append)$/ || W[n] ~ /^-(net|host)$/) {
			if (W[n + 1] !~ /^-/) to = W[++n]
		} else if (W[n] == "netmask") bits_of = W[++n]
		else if (W[n] == "gw" || W[n] == "via") via = W[++n]
		else if (W[n] == "metric") far = W[++n]
		else if (W[n] == "dev") dev = W[++n]
		else if (W[n] == "table") table = W[++n]
		else if (W[n] == "src") src = W[++n]
		else if (W[n] == "mtu") bytes = W[++n]
		else if (W[n] == "onlink") onlink = 1
		else if (W[n] ~ /^(scope|proto|protocol)$/) n++
		else if (W[n] !~ /(^|\/)(ip|route)$/ && W[n] !~ /^(-[46]|-A|inet6?)$/) return refuse(id, "a command of " option " is not understood")
	}
	if ((far table bytes) ~ /[^0-9]/) return refuse(id, "a command of " option " is not understood")
	r = route(dev == "" ? id : dev, to, bits_of, via, far, id)
	if (!r) return
	if (dev != "" && !(dev in is_link)) refer(dev)
	route_table[r] = table
	route_onlink[r] = onlink
	route_more[r] = (src == "" ? "" : " src " src) (bytes == "" ? "" : " mtu " bytes)
}
