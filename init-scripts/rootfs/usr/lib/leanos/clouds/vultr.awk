# For cloud.awk: Vultr's /v1.json (https://www.vultr.com/metadata/)

function cloud(  n) {
	fact("instance-id", "instance-v2-id")
	fact("local-hostname", "hostname")
	fact("availability-zone", "region/countrycode")
	fact("availability-zone", "region/regioncode")
	fact("availability-zone", "region")
	each_line("public-keys", "public-keys")
	whole("user-data", "user-data")
	whole("vendor-data", "vendor-data")
	if ("cloud_interfaces/config/0/type" in said) return configuration("cloud_interfaces/config")
	for (n = 0; ("interfaces/" n "/mac") in said; n++) interface("interfaces/" n, n == 0)
	server(1, "108.61.10.10")
	server(1, "2001:19f0:300:1704::6")
}

# interface PATH IS_FIRST: the first has DHCP, and what the machine was given beside that
function interface(path, is_first,  c, n, place) {
	if (!is_first && tolower(said[path "/unconfigured"]) == "true") return
	c = card(said[path "/mac"])
	mtu[c] = said[path "/mtu"]
	if (is_first) dhcp[c] = 1
	else address(c, said[path "/ipv4/address"], bits(said[path "/ipv4/netmask"]))
	for (n = 0; (path "/ipv4/additional/" n "/address") in said; n++) {
		place = path "/ipv4/additional/" n
		address(c, said[place "/address"], bits(said[place "/netmask"]))
	}
	for (n = 0; (path "/ipv6/additional/" n "/network") in said; n++) {
		place = path "/ipv6/additional/" n
		address(c, said[place "/network"], said[place "/prefix"])
	}
	ways(c, path "/routes")
}

# ways CARD PATH: a list of routes
function ways(c, path,  n, to, size) {
	for (n = 0; (path "/" n "/gateway") in said; n++) {
		to = said[path "/" n "/network"]
		size = bits(said[path "/" n "/netmask"] said[path "/" n "/prefix"])
		route(c, to (to ~ /\// || size == "" ? "" : "/" size), said[path "/" n "/gateway"])
	}
}

# configuration PATH: the items of a network-config, version 1, without names of cards
function configuration(path,  n, c, k, name) {
	for (n = 0; (path "/" n "/type") in said; n++) {
		if (said[path "/" n "/type"] == "nameserver") name = path "/" n "/address"
		if (said[path "/" n "/type"] != "physical") continue
		c = card(said[path "/" n "/mac_address"])
		mtu[c] = said[path "/" n "/mtu"]
		for (k = 0; (path "/" n "/subnets/" k "/type") in said; k++) subnet(c, path "/" n "/subnets/" k)
	}
	for (n = 0; (name "/" n) in said; n++) server(1, said[name "/" n])
}

function subnet(c, path,  part) {
	if (said[path "/type"] ~ /^dhcp4?$/) dhcp[c] = 1
	if (said[path "/type"] !~ /^static/) return
	split(said[path "/address"], part, "/")
	address(c, part[1], part[2] != "" ? part[2] : bits(said[path "/netmask"]))
	gateway(c, said[path "/gateway"])
	ways(c, path "/routes")
}
