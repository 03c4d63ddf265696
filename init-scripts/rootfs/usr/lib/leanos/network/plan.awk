# Prints what is to be done, in its order, one step a line; network-config.sh does it:
#   missing                           a card that is named is not there
#   make KIND NAME [PARENT NUMBER]    a link, unless it is there
#   leave CARD | free CARD            ends DHCP: of a card that is not named, of one that is to have no address from it
#   rename CARD NAME | member CARD LINK
#   set FILE VALUE                    below /, as the kernel shows it
#   ip WORDS                          as ip(8) takes them
#   dhcp4 CARD OPTIONS | dhcp6 CARD OPTIONS | dns SERVER | search DOMAIN

function plan(  n) {
	for (n = 1; n <= references; n++) if (!(reference[n] in is_link)) link(reference[n], "card")
	find_cards()
	if (missing) print "missing"
	if (asked && !present) {
		refuse("", "no card of it is there: DHCP goes on")
		return
	}
	name_links()
	drop_failed()
	for (n = 1; n <= links; n++) if (kind_of[link_of[n]] ~ /^(bond|bridge|dummy)$/ && device_of(link_of[n]) != "") print "make", kind_of[link_of[n]], device_of(link_of[n])
	if (present) plan_cards()
	for (n = 1; n <= links; n++) plan_link(link_of[n])
	for (n = 1; n <= links; n++) plan_addresses(link_of[n])
	for (n = 1; n <= routes; n++) plan_route(n)
	for (n = 1; n <= rules; n++) print rule_of[n]
	for (n = 1; n <= links; n++) plan_dhcp(link_of[n])
	for (n = 1; n <= server_count; n++) print "dns", server_of[n]
	for (n = 1; n <= domain_count; n++) print "search", domain_of[n]
}

# drop_failed: a bond or bridge that the kernel cannot make is forgotten, and what it is made of has DHCP: it had so far
function drop_failed(  n) {
	for (n = 1; n <= links; n++)
		if (device_of(link_of[n]) != "" && index(" " ENVIRON["FAILED"] " ", " " device_of(link_of[n]) " ")) forget(link_of[n])
}

function forget(id,  part, n) {
	refuse("", "this kernel has no " kind_of[id] " for " id ": DHCP goes on")
	device[id] = ""
	for (n = split(members[id], part, " "); n > 0; n--) {
		delete master_of[part[n]]
		if (kind_of[part[n]] == "card" && !(part[n] in dhcp4)) dhcp4[part[n]] = ""
	}
}

# plan_cards: DHCP ends where it is not wanted, then cards get their names. A card that has the name of another, and is to
# lose it, makes room first.
function plan_cards(  n, old, id) {
	for (n = 1; n <= cards; n++) {
		old = card[n]
		id = owner[old]
		if (id == "") print "leave", old
		else if (!(id in dhcp4) || new_name[old] != old) print "free", old
		if (new_name[old] != old) wanted_by[new_name[old]] = old
	}
	for (n = 1; n <= cards; n++)
		if (new_name[card[n]] != card[n] && card[n] in wanted_by) {
			between[card[n]] = cut("leanos" n)
			print "rename", card[n], between[card[n]]
		}
	for (n = 1; n <= cards; n++) if (new_name[card[n]] != card[n]) print "rename", card[n] in between ? between[card[n]] : card[n], new_name[card[n]]
}

# plan_link: what a link is made of comes before it
function plan_link(id,  part, n, total) {
	if (id in planned || device[id] == "") return
	planned[id] = 1
	if (kind_of[id] == "vlan") {
		plan_link(under[id])
		if (device_of(under[id]) == "" || !(under[id] in planned)) {
			device[id] = ""
			refuse("", id ": there is no link " under[id])
			return
		}
		print "make vlan", device_of(id), device_of(under[id]), vlan[id]
	}
	total = split(device[id], part, " ")
	for (n = 1; n <= total; n++) plan_device(id, part[n])
}

function plan_device(id, name) {
	if (new_mac[id] != "") print "ip link set dev", name, "address", new_mac[id]
	if (kind_of[id] == "bond" || kind_of[id] == "bridge") plan_parts(id, name)
	if (mtu[id] != "") print "ip link set dev", name, "mtu", mtu[id]
	plan_six(id, name)
	if (kind_of[master_of[id]] != "bond") print "ip link set dev", name, "up"
	if (mtu6[id] != "") print "set proc/sys/net/ipv6/conf/" name "/mtu", mtu6[id]
}

# plan_parts: how a bond or bridge works, and what it is made of. A bond's mode comes first, for others depend on it; which of
# its parts is the primary one can be told when that is there.
function plan_parts(id, name,  part, n, total) {
	plan_parameters(id, name, "^bonding/mode ", 1)
	plan_parameters(id, name, "^bonding/miimon ", 1)
	plan_parameters(id, name, "^bonding/(mode|miimon|primary) ", 0)
	total = split(members[id], part, " ")
	for (n = 1; n <= total; n++) {
		plan_link(part[n])
		plan_members(id, name, part[n])
	}
	if (given[id, "primary"] != "") print "set sys/class/net/" name "/bonding/primary", device_of(given[id, "primary"])
}

function plan_parameters(id, name, pattern, whether,  line, n, total) {
	total = split(parameters[id], line, "\n")
	for (n = 1; n < total; n++) if ((line[n] ~ pattern) == whether) print "set sys/class/net/" name "/" line[n]
}

function plan_members(id, name, part,  other, n, total, line, k) {
	total = split(device[part], other, " ")
	if (!total) refuse("", id ": there is no link " part)
	for (n = 1; n <= total; n++) {
		print "set proc/sys/net/ipv6/conf/" other[n] "/disable_ipv6", 1
		print "member", other[n], name, kind_of[id]
		for (k = split(port[id, part], line, "\n") - 1; k > 0; k--) print "set sys/class/net/" other[n] "/brport/" line[k]
	}
}

# plan_six: how IPv6 behaves there. What the card has learned of routers before goes when it is switched off and on.
function plan_six(id, name,  conf) {
	conf = "set proc/sys/net/ipv6/conf/" name "/"
	if (accept_ra[id] != "") print conf "accept_ra", accept_ra[id] ? 2 : 0
	if (ra_metric[id] != "") print conf "ra_defrtr_metric", ra_metric[id]
	if (no_link_local[id]) print conf "addr_gen_mode", 1
	if (accept_ra[id] == "0" || ra_metric[id] != "" || no_link_local[id]) {
		print conf "disable_ipv6", 1
		print conf "disable_ipv6", 0
	}
}

function plan_addresses(id,  part, all, n, total, k, count) {
	total = split(device[id], part, " ")
	count = split(addresses[id], all, " ")
	for (n = 1; n <= total; n++) for (k = 1; k <= count; k++) print "ip addr replace", all[k], "dev", part[n] address_more[id, all[k]]
}

# plan_route: of two routes to one network the second comes after the first, in place of taking its place
function plan_route(n,  id, part, k, total, key, metric) {
	id = route_id[n] == "-" ? link_with(route_via[n]) : route_id[n]
	if (id != "" && device[id] == "") return
	total = id == "" ? 1 : split(device[id], part, " ")
	for (k = 1; k <= total; k++) {
		key = route_to[n] " " route_table[n] " "
		metric = route_metric[n]
		if ((key, metric, route_via[n], part[k]) in seen_route) continue
		seen_route[key, metric, route_via[n], part[k]] = 1
		while ((key metric) in seen_route) metric = (metric != "" ? metric : route_to[n] ~ /:/ ? 1024 : 0) + 1
		seen_route[key metric] = 1
		print "ip route replace" (route_kind[n] == "" ? "" : " " route_kind[n]), route_to[n] (route_via[n] == "" ? "" : " via " route_via[n]) \
			(id == "" || route_kind[n] ~ /^(blackhole|unreachable|prohibit|throw)$/ ? "" : " dev " part[k]) \
			(metric == "" ? "" : " metric " metric) (route_table[n] == "" ? "" : " table " route_table[n]) route_more[n] (is_beyond(id, n) ? " onlink" : "")
	}
}

# link_with: the link whose network has an address; the only one that has networks, or none
function link_with(address,  n, id, part, k, total, found, count) {
	for (n = 1; n <= links; n++) {
		id = link_of[n]
		total = split(addresses[id], part, " ")
		for (k = 1; k <= total; k++) if (inside(address, part[k])) return id
		if (family_of(id, family(address))) {
			found = id
			count++
		}
	}
	return count == 1 ? found : ""
}

# family_of: whether a link has addresses of a family
function family_of(id, which,  part, n) {
	for (n = split(addresses[id], part, " "); n > 0; n--) if (family(part[n]) == which) return 1
	return 0
}

# is_beyond: whether the gateway of a route is in no network of its link: it is on the link all the same
function is_beyond(id, n,  part, k) {
	if (route_via[n] == "" || id == "") return 0
	if (route_onlink[n]) return 1
	if (tolower(route_via[n]) ~ /^fe[89ab]/) return 0
	for (k = split(addresses[id], part, " "); k > 0; k--) if (inside(route_via[n], part[k])) return 0
	return 1
}

function plan_dhcp(id,  part, n, total) {
	total = split(device[id], part, " ")
	for (n = 1; n <= total; n++) {
		if (id in dhcp4) print "dhcp4", part[n] dhcp4[id] (mtu[id] == "" ? "" : " mtu=no")
		if (id in dhcp6) print "dhcp6", part[n] dhcp6[id]
	}
}
