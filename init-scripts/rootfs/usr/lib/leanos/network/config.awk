# network-config of cloud-init, version 1 and 2
# (https://docs.cloud-init.io/en/latest/reference/network-config.html), to rows.

function rows(  top) {
	top = has("network") ? "network/" : ""
	if (value_at[top "version"] == 1) version_1(top "config")
	else if (value_at[top "version"] == 2) version_2(top)
	else print "version 1 or 2 is needed" > "/dev/stderr"
}

function version_1(config,  n, item, type, id, k) {
	for (n = 0; has(config "/" n); n++) {
		item = config "/" n
		type = at_path(item "/type")
		id = at_path(item "/name")
		if (type == "nameserver") {
			each("dns", "", item "/address")
			each("search", "", item "/search")
			continue
		}
		if (type == "route") {
			route("-", at_path(item "/destination"), at_path(item "/netmask"), at_path(item "/gateway"), at_path(item "/metric"))
			continue
		}
		if (type == "vlan") row("vlan", id, at_path(item "/vlan_link"), at_path(item "/vlan_id"))
		else if (type == "bond") {
			row("bond", id, at_path(item "/params/bond-mode") == "" ? "active-backup" : at_path(item "/params/bond-mode"), at_path(item "/params/bond-miimon") == "" ? 100 : at_path(item "/params/bond-miimon"))
			each("member", id, item "/bond_interfaces")
		} else if (type == "physical") {
			row("mac", id, tolower(at_path(item "/mac_address")))
			row("name", id, id)
		} else {
			print "type " type " is not known" > "/dev/stderr"
			continue
		}
		row("mtu", id, at_path(item "/mtu"))
		print "up", id
		for (k = 0; has(item "/subnets/" k); k++) subnet(id, item "/subnets/" k)
	}
}

function subnet(id, path,  type, k) {
	type = at_path(path "/type")
	if (type == "dhcp" || type == "dhcp4") print "dhcp4", id
	else if (type == "dhcp6" || type ~ /^ipv6_dhcpv6/) print "dhcp6", id
	else if (type ~ /^static/) {
		row("address", id, cidr(at_path(path "/address"), at_path(path "/netmask")))
		if (at_path(path "/gateway") != "") route(id, "", "", at_path(path "/gateway"))
	}
	for (k = 0; has(path "/routes/" k); k++)
		route(id, at_path(path "/routes/" k "/destination") at_path(path "/routes/" k "/network"), at_path(path "/routes/" k "/netmask"), at_path(path "/routes/" k "/gateway"), at_path(path "/routes/" k "/metric"))
	each("dns", "", path "/dns_nameservers")
	each("search", "", path "/dns_search")
}

function version_2(top,  kinds, k, kind, ids, n, total, path) {
	split("ethernets bonds vlans", kinds, " ")
	for (k = 1; k <= 3; k++) {
		kind = kinds[k]
		total = children(top kind, ids)
		for (n = 1; n <= total; n++) {
			path = top kind "/" ids[n]
			if (kind == "vlans") row("vlan", ids[n], at_path(path "/link"), at_path(path "/id"))
			if (kind == "bonds") {
				row("bond", ids[n], at_path(path "/parameters/mode") == "" ? "active-backup" : at_path(path "/parameters/mode"), at_path(path "/parameters/mii-monitor-interval") == "" ? 100 : at_path(path "/parameters/mii-monitor-interval"))
				each("member", ids[n], path "/interfaces")
			}
			row("mac", ids[n], tolower(at_path(path "/match/macaddress")))
			row("match", ids[n], value_at[path "/match/name"] ~ /^[A-Za-z0-9_.*?-]+$/ ? value_at[path "/match/name"] : "")
			row("name", ids[n], at_path(path "/set-name"))
			device(ids[n], path)
		}
	}
}

function device(id, path,  k) {
	row("mtu", id, at_path(path "/mtu"))
	print "up", id
	if (is_true(path "/dhcp4")) print "dhcp4", id
	if (is_true(path "/dhcp6")) print "dhcp6", id
	for (k = 0; has(path "/addresses/" k); k++) row("address", id, cidr(at_path(path "/addresses/" k), ""))
	if (at_path(path "/gateway4") != "") route(id, "", "", at_path(path "/gateway4"))
	if (at_path(path "/gateway6") != "") route(id, "", "", at_path(path "/gateway6"))
	for (k = 0; has(path "/routes/" k); k++)
		route(id, at_path(path "/routes/" k "/to"), "", at_path(path "/routes/" k "/via"), at_path(path "/routes/" k "/metric"))
	each("dns", "", path "/nameservers/addresses")
	each("search", "", path "/nameservers/search")
}
