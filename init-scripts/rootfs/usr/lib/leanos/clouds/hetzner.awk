# For cloud.awk: Hetzner's /hetzner/v1/metadata (https://docs.hetzner.cloud/reference/cloud#server-metadata). Its network-config is
# cloud-init's, as it stands.

{ raw[NR] = $0 } # document.awk changes what it reads

function cloud() {
	fact("instance-id", "instance-id")
	fact("local-hostname", "hostname")
	fact("availability-zone", "availability-zone")
	each_line("public-keys", "public-keys")
	whole("vendor-data", "vendor_data")
	cut("network-config")
}

# cut KEY: what is below a key of the document, which is in block style
function cut(key,  n, inside) {
	for (n = 1; n in raw; n++) {
		if (raw[n] ~ /^[^ \t#-]/) inside = index(raw[n], key ":") == 1
		else if (inside) print raw[n] > (dir "/" key)
	}
}
