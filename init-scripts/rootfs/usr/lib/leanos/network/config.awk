# network-config of cloud-init, version 1 and 2
# (https://docs.cloud-init.io/en/latest/reference/network-config.html): what it says, as links.awk takes it.

function table_name() {
	if (value_at["config"] == "disabled") return ""
	if (value_at["version"] ~ /^[12]$/) return "network-" value_at["version"]
	return refuse("", "version 1 or 2 is needed")
}

function rows() {
	if (value_at["version"] == 1) version_1("config")
	else version_2()
}

function version_1(config,  n, item, type, id, k, total) {
	for (n = 0; has(config "/" n); n++) {
		item = config "/" n
		type = at_path(item "/type")
		id = at_path(item "/name")
		if (type == "nameserver") {
			each_dns(item "/address")
			each_search(item "/search")
		} else if (type == "route") route_1("-", item)
		else if (type !~ /^(physical|infiniband|loopback|bond|bridge|vlan)$/ || id == "") refuse(item, type == "" || id == "" ? "a type and a name are needed" : "the type " type " is not understood")
		else link_1(id, type, item)
	}
}

function link_1(id, type, item,  k) {
	if (type == "vlan") vlan_on(id, at_path(item "/vlan_link"), at_path(item "/vlan_id"), item)
	else link(id, type == "loopback" || id == "lo" ? "lo" : type ~ /^b/ ? type : "card")
	if (type == "bond") bond_1(id, item "/params", item "/bond_interfaces")
	else if (type == "bridge") bridge_1(id, item "/params", item "/bridge_interfaces")
	else if (type != "vlan") {
		mac[id] = tolower(at_path(item "/mac_address"))
		wanted[id] = id
	}
	if (type ~ /^(bond|bridge|vlan)$/) new_mac[id] = as_mac(item "/mac_address", at_path(item "/mac_address"))
	mtu[id] = number_at(item "/mtu", 68, 65535)
	accept_ra[id] = truth(item "/accept-ra")
	for (k = 0; has(item "/subnets/" k); k++) subnet(id, item "/subnets/" k)
}

# bond_1: parameters as ifenslave names them, "bond-miimon" or "bond_miimon"
function bond_1(id, path, parts,  n, name) {
	for (n = 1; n <= children[path]; n++) {
		name = child[path, n]
		sub(/^bond[-_]/, "", name)
		gsub(/-/, "_", name)
		parameter(id, name, text_of(path "/" child[path, n]), path "/" child[path, n])
	}
	watch(id)
	join_links(id, parts)
}

# text_of: a value, or the items of a list with spaces between them
function text_of(path,  words, n, total, out) {
	total = words_at(path, words)
	for (n = 1; n <= total; n++) out = out (n == 1 ? "" : " ") words[n]
	return out
}

# bridge_1: parameters as bridge-utils names them
function bridge_1(id, path, parts,  n, name) {
	for (n = 1; n <= children[path]; n++) {
		name = child[path, n]
		if (name ~ /^bridge_(pathcost|portprio)$/) ports_1(id, name, path "/" name)
		else bridge_option(id, name, text_of(path "/" name), path "/" name)
	}
	join_links(id, parts)
}

function ports_1(id, name, path,  n, word, total, item) {
	total = children[path]
	for (n = total ? 1 : 0; n <= total; n++) {
		item = n ? path "/" child[path, n] : path
		split(value_at[item], word, " ")
		if (is_word(word[1])) port_value(id, word[1], name ~ /cost/ ? "path_cost" : "priority", word[2], item)
	}
}

function subnet(id, path,  type, k, address_at, bytes) {
	type = at_path(path "/type")
	bytes = number_at(path "/mtu", 68, 65535)
	if (value_at[path "/control"] !~ /^(auto)?$/) refuse(path "/control", "not understood")
	if (type == "dhcp" || type == "dhcp4") dhcp4[id] = value_at[path "/metric"] == "" ? "" : " metric=" number_at(path "/metric", 0, 4294967295)
	else if (type == "dhcp6" || type ~ /^ipv6_dhcpv6-state(ful|less)$/) dhcp6[id] = ""
	else if (type ~ /^static6?$/) address(id, at_path(path "/address"), at_path(path "/netmask") at_path(path "/prefix"), path "/address")
	else if (type !~ /^(manual|loopback|ipv6_slaac)$/) refuse(path "/type", "not understood")
	if (type ~ /6/ || value_at[path "/address"] ~ /:/) {
		if (bytes != "") mtu6[id] = bytes
	} else if (bytes != "") mtu[id] = bytes
	if (type ~ /^ipv6_/) accept_ra[id] = 1
	if (at_path(path "/gateway") != "") route(id, "", "", at_path(path "/gateway"), number_at(path "/metric", 0, 4294967295), path "/gateway")
	for (k = 0; has(path "/routes/" k); k++) route_1(id, path "/routes/" k)
	each_dns(path "/dns_nameservers")
	each_search(path "/dns_search")
}

function route_1(id, path,  to, mask, n) {
	to = at_path(path "/destination") at_path(path "/network") at_path(path "/to")
	mask = at_path(path "/netmask") at_path(path "/prefix")
	n = route(id, to, mask, at_path(path "/gateway") at_path(path "/via"), number_at(path "/metric", 0, 4294967295), path)
	if (n && value_at[path "/mtu"] != "") route_more[n] = " mtu " number_at(path "/mtu", 68, 65535)
}

BEGIN {
	KIND_2["ethernets"] = "card"
	KIND_2["bonds"] = "bond"
	KIND_2["bridges"] = "bridge"
	KIND_2["dummy-devices"] = "dummy"
	KIND_2["vlans"] = "vlan"
	OWN["match"] = OWN["set-name"] = OWN["wakeonlan"] = "card"
	OWN["interfaces"] = OWN["parameters"] = "bond bridge"
	OWN["id"] = OWN["link"] = "vlan"
}

function version_2(  n, k, key) {
	for (n = 1; n <= children[""]; n++) {
		key = child["", n]
		if (key in KIND_2) for (k = 1; k <= children[key]; k++) link_2(child[key, k], KIND_2[key], key "/" child[key, k])
		else if (key != "version" && key != "renderer") refuse(key, "not understood")
	}
}

function link_2(id, kind, item,  n) {
	for (n = 1; n <= children[item]; n++)
		if (child[item, n] in OWN && !index(OWN[child[item, n]], kind)) refuse(item "/" child[item, n], "not understood there")
	if (kind == "vlan") vlan_on(id, at_path(item "/link"), at_path(item "/id"), item)
	else link(id, id == "lo" ? "lo" : kind)
	if (kind == "card") card_2(id, item)
	else if (kind == "bond") bond_2(id, item "/parameters", item "/interfaces")
	else if (kind == "bridge") bridge_2(id, item "/parameters", item "/interfaces")
	device_2(id, item)
}

function card_2(id, item) {
	mac[id] = tolower(at_path(item "/match/macaddress"))
	pattern[id] = patterns_at(item "/match/name")
	driver[id] = patterns_at(item "/match/driver")
	if (has(item "/match") && mac[id] pattern[id] driver[id] == "") pattern[id] = "*"
	wanted[id] = at_path(item "/set-name")
	if (is_true(item "/wakeonlan")) refuse(item "/wakeonlan", "not understood")
}

function bond_2(id, path, parts,  n, name, value) {
	for (n = 1; n <= children[path]; n++) {
		name = child[path, n]
		value = text_of(path "/" name)
		if (value ~ /^[0-9]+ms$/) sub(/ms/, "", value)
		else if (value ~ /^[0-9]+s$/) value = value * 1000
		parameter(id, name in BOND_2 ? BOND_2[name] : name, value, path "/" name)
	}
	watch(id)
	join_links(id, parts)
}

function bridge_2(id, path, parts,  n, name, k, item) {
	join_links(id, parts)
	for (n = 1; n <= children[path]; n++) {
		name = child[path, n]
		item = path "/" name
		if (name == "path-cost" || name == "port-priority")
			for (k = 1; k <= children[item]; k++) port_value(id, child[item, k], name == "path-cost" ? "path_cost" : "priority", value_at[item "/" child[item, k]], item)
		else parameter(id, name in BRIDGE_2 ? BRIDGE_2[name] : name, at_path(item), item)
	}
}

BEGIN {
	total = split("mode mode mii-monitor-interval miimon min-links min_links transmit-hash-policy xmit_hash_policy lacp-rate lacp_rate ad-select ad_select " \
		"all-slaves-active all_slaves_active all-members-active all_slaves_active arp-interval arp_interval arp-ip-targets arp_ip_target " \
		"arp-validate arp_validate arp-all-targets arp_all_targets up-delay updelay down-delay downdelay fail-over-mac-policy fail_over_mac " \
		"gratuitous-arp num_grat_arp gratuitious-arp num_grat_arp packets-per-slave packets_per_slave packets-per-member packets_per_slave " \
		"primary-reselect-policy primary_reselect resend-igmp resend_igmp learn-packet-interval lp_interval primary primary", WORDS_2, " ")
	for (n = 1; n < total; n += 2) BOND_2[WORDS_2[n]] = WORDS_2[n + 1]
	total = split("ageing-time ageing_time aging-time ageing_time priority priority forward-delay forward_delay hello-time hello_time max-age max_age stp stp_state", WORDS_2, " ")
	for (n = 1; n < total; n += 2) BRIDGE_2[WORDS_2[n]] = WORDS_2[n + 1]
}

function device_2(id, path,  k, words, total, item) {
	mtu[id] = number_at(path "/mtu", 68, 65535)
	mtu6[id] = number_at(path "/ipv6-mtu", 1280, 65535)
	new_mac[id] = as_mac(path "/macaddress", at_path(path "/macaddress"))
	accept_ra[id] = truth(path "/accept-ra")
	if (value_at[path "/dhcp-identifier"] ~ /[^ ]/ && value_at[path "/dhcp-identifier"] != "mac") refuse(path "/dhcp-identifier", "not understood")
	if (has(path "/link-local")) link_local(id, path "/link-local")
	if (truth(path "/dhcp4")) dhcp4[id] = overrides(path "/dhcp4-overrides", id)
	if (truth(path "/dhcp6")) dhcp6[id] = overrides(path "/dhcp6-overrides", id)
	total = words_at(path "/addresses", words)
	for (k = 1; k <= total; k++) address(id, words[k], "", path "/addresses")
	for (k = 0; has(path "/addresses/" k); k++) lifetime(id, path "/addresses/" k)
	if (at_path(path "/gateway4") != "") route(id, "", "", at_path(path "/gateway4"), "", path "/gateway4")
	if (at_path(path "/gateway6") != "") route(id, "", "", at_path(path "/gateway6"), "", path "/gateway6")
	for (k = 0; has(path "/routes/" k); k++) route_2(id, path "/routes/" k)
	for (k = 0; has(path "/routing-policy/" k); k++) rule_2(path "/routing-policy/" k)
	each_dns(path "/nameservers/addresses")
	each_search(path "/nameservers/search")
}

# lifetime: an address of which it is 0 is not used by itself
function lifetime(id, path,  text) {
	if (!children[path] || value_at[path "/" child[path, 1] "/lifetime"] != "0") return
	text = child[path, 1]
	gsub(/_/, "/", text)
	address_more[id, cidr(text, "", 24, 64)] = " preferred_lft 0"
}

function link_local(id, path,  words, n, total, six) {
	total = words_at(path, words)
	for (n = 1; n <= total; n++) {
		if (words[n] == "ipv6") six = 1
		else refuse(path, words[n] " is not understood")
	}
	no_link_local[id] = !six
}

# overrides: what a client of DHCP is told, as leanos-dhcpc takes it
function overrides(path, id,  out) {
	if (value_at[path "/route-metric"] != "") out = " metric=" number_at(path "/route-metric", 0, 4294967295)
	if (path ~ /6-/) {
		ra_metric[id] = number_at(path "/route-metric", 1, 4294967295)
		out = ""
	}
	if (is_false(path "/use-dns")) out = out " dns=no"
	if (is_false(path "/use-routes")) out = out " routes=no"
	if (is_false(path "/use-mtu")) out = out " mtu=no"
	if (is_false(path "/use-domains") || value_at[path "/use-domains"] == "route") out = out " domains=no"
	if (is_false(path "/send-hostname")) out = out " send=no"
	if (at_path(path "/hostname") != "") out = out " hostname=" at_path(path "/hostname")
	if (is_true(path "/use-hostname")) refuse(path "/use-hostname", "not understood")
	if (is_true(path "/use-ntp")) refuse(path "/use-ntp", "not understood")
	return out
}

function route_2(id, path,  n, type) {
	type = at_path(path "/type")
	if (type == "unicast") type = ""
	if (type !~ /^(|local|blackhole|unreachable|prohibit|throw|broadcast|multicast|anycast|nat)$/) return refuse(path "/type", "not understood")
	n = route(id, at_path(path "/to"), "", at_path(path "/via"), number_at(path "/metric", 0, 4294967295), path)
	if (!n) return
	route_kind[n] = type
	route_table[n] = number_at(path "/table", 1, 4294967295)
	route_onlink[n] = is_true(path "/on-link")
	if (at_path(path "/from") != "") route_more[n] = route_more[n] " src " at_path(path "/from")
	if (at_path(path "/scope") != "") route_more[n] = route_more[n] " scope " at_path(path "/scope")
	if (number_at(path "/mtu", 68, 65535) != "") route_more[n] = route_more[n] " mtu " value_at[path "/mtu"]
}

function rule_2(path,  out) {
	out = word_at("from", path "/from") word_at("to", path "/to") word_at("fwmark", path "/mark") word_at("tos", path "/type-of-service") word_at("priority", path "/priority")
	if (value_at[path "/table"] == "") return refuse(path, "a table is needed")
	rule_of[++rules] = "rule " ((value_at[path "/from"] value_at[path "/to"]) ~ /:/ ? 6 : 4) out " table " number_at(path "/table", 1, 4294967295)
}

function word_at(word, path) {
	return at_path(path) == "" ? "" : " " word " " at_path(path)
}
