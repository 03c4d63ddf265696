# For cloud.awk: Scaleway's /conf?format=json (https://www.scaleway.com/en/docs/instances/how-to/use-cloud-init/). mac is that of
# the first network card, own the addresses that DHCP gave it.

function cloud(  n, tag, c) {
	fact("instance-id", "id")
	fact("local-hostname", "hostname")
	fact("availability-zone", "location/zone_id")
	each_line("public-keys", "ssh_public_keys", "key")
	for (n = 0; ("tags/" n) in said; n++) {
		tag = said["tags/" n]
		if (!sub(/^AUTHORIZED_KEY=/, "", tag)) continue
		gsub(/_/, " ", tag)
		add_lines("public-keys", tag)
	}
	for (n = 0; ("public_ips/" n "/address") in said; n++) extra("public_ips/" n)
	if (said["private_ip"] != "" || !n) extra("ipv6")
}

# extra PATH: an address beside that of DHCP
function extra(path) {
	if (said[path "/address"] == "" || index(own, " " said[path "/address"] " ")) return
	if (!cards) dhcp[card(mac)] = 1
	address(cards, said[path "/address"], bits(said[path "/netmask"]))
	if (said[path "/address"] ~ /:/) gateway(cards, said[path "/gateway"])
}
