# For cloud.awk: UpCloud's /metadata/v1.json (https://upcloud.com/docs/guides/upcloud-metadata-service/)

function cloud(  n) {
	fact("instance-id", "instance_id")
	fact("local-hostname", "hostname")
	fact("availability-zone", "region")
	each_line("public-keys", "public_keys")
	whole("user-data", "user_data")
	whole("vendor-data", "vendor_data")
	for (n = 0; ("network/interfaces/" n "/mac") in said; n++) interface("network/interfaces/" n)
	for (n = 0; ("network/dns/" n) in said; n++) server(1, said["network/dns/" n])
}

# interface PATH: where DHCP gives out addresses of IPv6, routers tell them
function interface(path,  c, n, ip, size) {
	c = card(said[path "/mac"])
	for (n = 0; (path "/ip_addresses/" n "/address") in said; n++) {
		ip = path "/ip_addresses/" n
		if (tolower(said[ip "/dhcp"]) == "true") {
			if (said[ip "/family"] != "IPv6") dhcp[c] = 1
			continue
		}
		size = said[ip "/network"]
		sub(/.*\//, "", size)
		address(c, said[ip "/address"], size)
		gateway(c, said[ip "/gateway"])
	}
}
