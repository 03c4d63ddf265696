# For cloud.awk: DigitalOcean's /metadata/v1.json (https://docs.digitalocean.com/reference/api/metadata/)

function cloud(  c, n) {
	fact("instance-id", "droplet_id")
	fact("local-hostname", "hostname")
	fact("availability-zone", "region")
	each_line("public-keys", "public_keys")
	whole("user-data", "user_data")
	whole("vendor-data", "vendor_data")
	c = interface("interfaces/public/0", 1)
	for (n = 0; ("dns/nameservers/" n) in said; n++) server(c, said["dns/nameservers/" n])
	interface("interfaces/private/0", 0)
}

# interface PATH IS_PUBLIC: gives its number; an anchor is an address for what reaches the machine by another one
function interface(path, is_public,  c) {
	if (!((path "/mac") in said)) return 0
	c = card(said[path "/mac"])
	family(c, path "/ipv4", "netmask", is_public)
	family(c, path "/ipv6", "cidr", is_public)
	family(c, path "/anchor_ipv4", "netmask", 0)
	family(c, path "/anchor_ipv6", "cidr", 0)
	return c
}

function family(c, path, size, has_gateway) {
	if (said[path "/ip_address"] == "") return
	address(c, said[path "/ip_address"], bits(said[path "/" size]))
	if (has_gateway) gateway(c, said[path "/gateway"])
}
