# OpenStack's network_data.json (nova/doc/api_schemas/network_data.json): what it says, as links.awk takes it.

function table_name() {
	return "network_data"
}

function rows(  n) {
	for (n = 1; n <= children["links"]; n++) link_row("links/" child["links", n])
	for (n = 1; n <= children["networks"]; n++) network_row("networks/" child["networks", n])
	services("services")
}

function link_row(path,  id, type, n, name) {
	id = at_path(path "/id")
	type = at_path(path "/type")
	if (id == "") return refuse(path, "an id is needed")
	if (type == "vlan") {
		vlan_on(id, at_path(path "/vlan_link"), at_path(path "/vlan_id"), path)
		new_mac[id] = as_mac(path "/vlan_mac_address", at_path(path "/vlan_mac_address"))
	} else if (type == "bond") {
		link(id, type)
		new_mac[id] = as_mac(path "/ethernet_mac_address", at_path(path "/ethernet_mac_address"))
		for (n = 1; n <= children[path]; n++) {
			name = child[path, n]
			if (name ~ /^bond_/ && name != "bond_links") parameter(id, substr(name, 6), at_path(path "/" name), path "/" name)
		}
		watch(id)
		join_links(id, path "/bond_links")
	} else {
		link(id, "card")
		mac[id] = tolower(at_path(path "/ethernet_mac_address"))
		wanted[id] = at_path(path "/name")
	}
	mtu[id] = number_at(path "/mtu", 68, 65535)
}

function network_row(path,  id, type, k) {
	id = at_path(path "/link")
	type = at_path(path "/type")
	if (!(id in is_link)) return refuse(path "/link", "there is no such link")
	if (type == "ipv4_dhcp") dhcp4[id] = ""
	else if (type ~ /^ipv6_dhcp(v6-state(ful|less))?$/) dhcp6[id] = ""
	else if (type ~ /^(ipv4|ipv6|static|static6)$/) address(id, at_path(path "/ip_address"), at_path(path "/netmask"), path "/ip_address")
	else if (type != "ipv6_slaac") refuse(path "/type", "not understood")
	if (type ~ /^(ipv6|static6)$/) accept_ra[id] = 0 # as cloud-init does it: the addresses are those that OpenStack knows
	else if (type ~ /^ipv6_/) accept_ra[id] = 1
	if (at_path(path "/gateway") != "") route(id, "", "", at_path(path "/gateway"), "", path "/gateway")
	for (k = 0; has(path "/routes/" k); k++) {
		route(id, at_path(path "/routes/" k "/network"), at_path(path "/routes/" k "/netmask"), at_path(path "/routes/" k "/gateway"), number_at(path "/routes/" k "/metric", 0, 4294967295), path "/routes/" k)
		services(path "/routes/" k "/services")
	}
	each_dns(path "/dns_nameservers")
	each_search(path "/dns_search")
	services(path "/services")
}

function services(path,  k) {
	for (k = 0; has(path "/" k); k++) {
		if (value_at[path "/" k "/type"] != "dns") refuse(path "/" k, "not understood")
		else if (at_path(path "/" k "/address") != "") dns(at_path(path "/" k "/address"), path "/" k)
	}
}
