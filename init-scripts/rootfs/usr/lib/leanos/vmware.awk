# For flatten() and subtree.awk: the network of VMware's metadata into dir: network-config, or, where it is in a text, that, with
# network-config.encoding.list beside it; and report, the names of settings that are to be taken away once they are applied.

function emit(path, value) {
	if (path ~ /^network([\/.!]|$)/) keep(path, value)
	if (path ~ /^(redact|cleanup-guestinfo)(\/[0-9]+)?$/ && value ~ /^(metadata|userdata|vendordata)$/) print value > (dir "/report")
}

function finish() {
	if (write_json("network", dir "/network-config") || value_at["network"] == "") return
	print value_at["network"] > (dir "/network-config")
	print value_at["network.encoding"] > (dir "/network-config.encoding.list")
}
