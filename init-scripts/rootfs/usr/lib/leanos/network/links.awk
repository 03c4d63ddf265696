# What the readers of network configuration say of links, and which devices those are. A link is known by its ID; CARDS, in the
# environment, has a line for each network card: NAME ADDRESS DRIVER. FAILED has the links that the kernel cannot make.

# refuse: says what is there and cannot be used, a while
function refuse(path, text) {
	if (++refused <= 20) print (path == "" ? "" : path ": ") text > "/dev/stderr"
	return ""
}

# as_mac: a hardware address that a link is to have; what is none is refused
function as_mac(path, value) {
	if (value == "" || tolower(value) ~ /^([0-9a-f][0-9a-f]:)+[0-9a-f][0-9a-f]$/) return value
	return refuse(path, "not a hardware address")
}

# is_word: whether a text has only the signs that addresses and names have, and can be no option
function is_word(text) {
	return text !~ /[^A-Za-z0-9_.:\/%@+-]/ && text !~ /^-/
}

function link(id, kind) {
	if (id == "") return 0
	if (!(id in is_link)) link_of[++links] = id
	is_link[id] = 1
	kind_of[id] = kind
	return 1
}

# address: gives a link one; without a prefix it has the usual one
function address(id, text, mask, where,  found) {
	if (text == "") return
	found = cidr(text, mask, 24, 64)
	if (found == "") refuse(where, "not an address")
	else addresses[id] = addresses[id] found " "
}

# route: by way of a link, or of the one whose network has the gateway ("-"). Its number, or 0; route_table, route_more and
# others may say more of it
function route(id, to, mask, via, metric, where,  found) {
	if (via != "" && bits(via) == "") return refuse(where, "not a gateway") + 0
	if (to == "" || to == "default" || to ~ /^(0\.0\.0\.0|::|0)(\/0)?$/) to = (via == "" ? to : via) ~ /:/ ? "::/0" : "0.0.0.0/0"
	found = cidr(to, mask, 32, 128)
	if (found == "") return refuse(where, "not a network") + 0
	route_id[++routes] = id
	route_to[routes] = network(found)
	route_via[routes] = via
	route_metric[routes] = metric
	return routes
}

function dns(server, where) {
	if (bits(server) == "") return refuse(where, "not a name server")
	if (!(server in servers)) server_of[++server_count] = server
	servers[server] = 1
}

function search(domain, where) {
	if (domain !~ /^[A-Za-z0-9._-]+$/ || domain ~ /[.][.]/) return refuse(where, "not a domain")
	if (!(domain in domains)) domain_of[++domain_count] = domain
	domains[domain] = 1
}

function each_dns(path,  words, n, total) {
	total = words_at(path, words)
	for (n = 1; n <= total; n++) dns(words[n], path)
}

function each_search(path,  words, n, total) {
	total = words_at(path, words)
	for (n = 1; n <= total; n++) search(words[n], path)
}

# refer: to a link that another is made of; where nothing else is said of it, it is a card
function refer(id) {
	reference[++references] = id
	return id
}

function join_links(id, path,  words, n, total) {
	total = words_at(path, words)
	for (n = 1; n <= total; n++) member(id, words[n])
}

function member(id, other) {
	if (other in master_of) return
	members[id] = members[id] refer(other) " "
	master_of[other] = id
}

# vlan_on: makes a link one
function vlan_on(id, below, number, where) {
	if (below == "" || number !~ /^[0-9]+$/ || number + 0 > 4094) return refuse(where, "a link and a number up to 4094 are needed")
	link(id, "vlan")
	under[id] = refer(below)
	vlan[id] = number + 0
}

# parameter: of a bond or a bridge, as the kernel's files name it; one that there is not is said
function parameter(id, name, value, where,  part, n, total) {
	if (value == "") return
	if (!index(kind_of[id] == "bond" ? BOND : BRIDGE, " " name " ")) return refuse(where, "not understood")
	if (value ~ /[\/%@]/) return refuse(where, "not a value")
	if (tolower(value) ~ /^(true|yes|on)$/) value = 1
	if (tolower(value) ~ /^(false|no|off)$/) value = 0
	if (name ~ /_(time|delay|age)$/) value = int(value * 100)
	given[id, name] = value
	total = name == "arp_ip_target" ? split(value, part, /[ ,]+/) : split(value, part, "\n")
	for (n = 1; n <= total; n++) parameters[id] = parameters[id] (kind_of[id] == "bond" ? "bonding/" : "bridge/") name (name == "arp_ip_target" ? " +" : " ") part[n] "\n"
}

# watch: a bond looks after its parts, even where nothing is said of how
function watch(id) {
	if (!((id, "miimon") in given) && !((id, "arp_interval") in given)) parameter(id, "miimon", 100)
}

# port_value: of a part of a bridge
function port_value(id, part, name, value, where) {
	if (value ~ /^[0-9]+$/) port[id, part] = port[id, part] name " " value "\n"
	else refuse(where, "a number is needed")
}

BEGIN {
	BOND = " mode miimon lacp_rate ad_select ad_actor_sys_prio ad_actor_system ad_user_port_key all_slaves_active arp_interval arp_ip_target " \
		"arp_validate arp_all_targets updelay downdelay fail_over_mac num_grat_arp num_unsol_na packets_per_slave primary " \
		"primary_reselect resend_igmp lp_interval min_links xmit_hash_policy tlb_dynamic_lb use_carrier "
	BRIDGE = " ageing_time priority forward_delay hello_time max_age stp_state "
}

# bridge_option: NAME is bridge-utils' own
function bridge_option(id, name, value, where) {
	if (name == "bridge_hw") new_mac[id] = value
	else if (name == "bridge_ports") split_members(id, value)
	else if (name in BRIDGE_UTILS) parameter(id, BRIDGE_UTILS[name], value, where)
	else if (name !~ /^bridge_(waitport|maxwait)$/) refuse(where, "not understood")
}

function split_members(id, text,  part, n, total) {
	total = split(text, part, " ")
	for (n = 1; n <= total; n++) if (part[n] != "none") member(id, part[n])
}

BEGIN {
	BRIDGE_COUNT = split("ageing ageing_time bridgeprio priority fd forward_delay hello hello_time maxage max_age stp stp_state", BRIDGE_WORDS, " ")
	for (n = 1; n < BRIDGE_COUNT; n += 2) BRIDGE_UTILS["bridge_" BRIDGE_WORDS[n]] = BRIDGE_WORDS[n + 1]
}

# cut: a name that the kernel takes (linux/if.h: 15 signs), and that no other link has
function cut(name,  short, n) {
	gsub(/[^A-Za-z0-9_.@+-]/, "_", name)
	sub(/^[.-]/, "_", name)
	short = substr(name, 1, 15)
	for (n = 2; short in taken; n++) short = substr(name, 1, 15 - length(n)) n
	taken[short] = 1
	return short
}

# find_cards: the card or cards that each ID means, a MAC address before a name, and a name before a pattern
function find_cards(  line, word, n, total, turn, id) {
	total = split(ENVIRON["CARDS"], line, "\n")
	for (n = 1; n <= total; n++) {
		if (split(line[n], word, " ") < 2) continue
		card[++cards] = word[1]
		mac_of[word[1]] = word[2]
		driver_of[word[1]] = word[3]
	}
	for (turn = 1; turn <= 3; turn++)
		for (n = 1; n <= links; n++) {
			id = link_of[n]
			if (kind_of[id] == "card" && turn == (mac[id] != "" ? 1 : pattern[id] driver[id] == "" ? 2 : 3)) claim(id)
		}
}

# claim: the cards that nobody has claimed and that have all that the ID asks for
function claim(id,  n, found) {
	for (n = 1; n <= cards; n++) {
		if (card[n] in owner) continue
		if (mac[id] != "" && mac_of[card[n]] != mac[id]) continue
		if (pattern[id] != "" && !fits(card[n], pattern[id]) && card[n] != wanted[id]) continue
		if (driver[id] != "" && !fits(driver_of[card[n]], driver[id])) continue
		if (mac[id] pattern[id] driver[id] == "" && card[n] != id && card[n] != wanted[id]) continue
		owner[card[n]] = id
		device[id] = device[id] card[n] " "
		found = 1
		if (mac[id] != "") break
	}
	asked = 1
	if (!found) {
		missing = 1
		refuse("", "there is no card " (mac[id] != "" ? "with the address " mac[id] : id))
	}
	present += found
}

# fits: whether a text is of one of the patterns, as the shell has them
function fits(text, patterns,  part, n, total) {
	total = split(patterns, part, " ")
	for (n = 1; n <= total; n++) {
		gsub(/[.]/, "[.]", part[n])
		gsub(/[*]/, ".*", part[n])
		gsub(/[?]/, ".", part[n])
		gsub(/\[!/, "[^", part[n])
		if (text ~ ("^" part[n] "$")) return 1
	}
	return 0
}

# patterns_at: globs at a path, one or a list
function patterns_at(path,  n, all) {
	if (value_at[path] != "") all = value_at[path]
	for (n = 1; n <= children[path]; n++) all = all value_at[path "/" child[path, n]] " "
	if (all ~ /[^A-Za-z0-9_.*?:@+ \[\]-]/ || all ~ /\[[^]]*$/ || all ~ /\[\]/) return refuse(path, "not a pattern")
	return all
}

# name_links: names that all have. A card keeps its own unless it is to have another; one that is in the way of such a name
# makes room.
function name_links(  n, id, name) {
	taken["lo"] = 1
	for (n = 1; n <= links; n++) {
		id = link_of[n]
		if (kind_of[id] != "card" || wanted[id] == "" || device[id] == "") continue
		name = new_name[device_of(id)] = cut(wanted[id])
		if (name != wanted[id]) refuse("", "the name " wanted[id] " became " name)
	}
	for (n = 1; n <= cards; n++) if (!(card[n] in new_name)) new_name[card[n]] = cut(card[n])
	for (n = 1; n <= links; n++) {
		id = link_of[n]
		if (kind_of[id] == "card") rename_devices(id)
		else device[id] = (kind_of[id] == "lo" ? "lo" : cut(id)) " "
	}
}

function rename_devices(id,  part, n, total, out) {
	total = split(device[id], part, " ")
	for (n = 1; n <= total; n++) out = out new_name[part[n]] " "
	device[id] = out
}

# device_of: the first device of an ID
function device_of(id,  part) {
	return split(device[id], part, " ") ? part[1] : ""
}
