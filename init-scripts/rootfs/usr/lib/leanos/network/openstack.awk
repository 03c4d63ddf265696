# OpenStack's network_data.json (nova/doc/api_schemas/network_data.json) to rows.

function rows(  ids, n, total, link, id, type, network, k, routes) {
	total = children("links", ids)
	for (n = 1; n <= total; n++) {
		link = "links/" ids[n]
		id = at_path(link "/id")
		type = at_path(link "/type")
		if (type == "vlan" || type == "bond") id = short[id] = substr(id, 1, 15) # IFNAMSIZ of linux/if.h
		if (type == "vlan") {
			row("vlan", id, at_path(link "/vlan_link"), at_path(link "/vlan_id"))
			row("address-of", id, at_path(link "/vlan_mac_address"))
		} else if (type == "bond") {
			row("bond", id, at_path(link "/bond_mode") == "" ? "active-backup" : at_path(link "/bond_mode"), at_path(link "/bond_miimon") == "" ? 100 : at_path(link "/bond_miimon"))
			each("member", id, link "/bond_links")
		} else row("mac", id, tolower(at_path(link "/ethernet_mac_address")))
		row("mtu", id, at_path(link "/mtu"))
		print "up", id
	}
	total = children("networks", ids)
	for (n = 1; n <= total; n++) {
		network = "networks/" ids[n]
		id = at_path(network "/link")
		if (id in short) id = short[id]
		type = at_path(network "/type")
		if (type == "ipv4_dhcp") print "dhcp4", id
		else if (type ~ /^ipv6_dhcp/) print "dhcp6", id
		else if (type == "ipv4" || type == "ipv6") row("address", id, cidr(at_path(network "/ip_address"), at_path(network "/netmask")))
		if (at_path(network "/gateway") != "") route(id, "", "", at_path(network "/gateway"))
		for (k = 0; has(network "/routes/" k); k++) {
			routes = network "/routes/" k
			route(id, at_path(routes "/network"), at_path(routes "/netmask"), at_path(routes "/gateway"))
		}
		each("dns", "", network "/dns_nameservers")
		services(network "/services")
	}
	services("services")
}

function services(path,  k) {
	for (k = 0; has(path "/" k); k++)
		if (at_path(path "/" k "/type") == "dns" && at_path(path "/" k "/address") != "") print "dns", at_path(path "/" k "/address")
}
