# interfaces(5) of ifupdown, as config drives and EC2-like seeds carry it, to rows. It is no YAML: this reads it by itself.

{
	gsub(/\r/, "")
	if ($0 ~ /[^A-Za-z0-9_.:\/%@+# \t-]/ || $1 ~ /^#/) next
}

$1 == "iface" {
	id = $2
	family = $3
	method = $4
	gateway = address = mask = ""
	if (id == "lo") {
		id = ""
		next
	}
	print "up", id
	if (method == "dhcp") print (family == "inet6" ? "dhcp6" : "dhcp4"), id
	next
}

id == "" { next }

$1 == "address" {
	address = $2
	if (address ~ /\//) print "address", id, address
}

$1 == "netmask" && address != "" && address !~ /\// { print "address", id, address "/" prefix($2) }

$1 == "gateway" { print "route", id, ($2 ~ /:/ ? "::/0" : "0.0.0.0/0"), $2, "-" }

$1 == "hwaddress" { print "mac", id, tolower($NF) }

$1 == "mtu" { print "mtu", id, $2 }

$1 == "vlan-raw-device" {
	number = id
	sub(/^[^0-9]*[.]?/, "", number)
	sub(/.*[.]/, "", number)
	print "vlan", id, $2, number
}

$1 == "dns-nameservers" { for (n = 2; n <= NF; n++) print "dns", $n }

$1 == "dns-search" { for (n = 2; n <= NF; n++) print "search", $n }

($1 == "up" || $1 == "post-up") && ($2 == "route" || $3 == "route") { read_route() }

# read_route: route add -net NET netmask MASK gw VIA | ip route add NET via VIA
function read_route(  n, to, mask, via) {
	for (n = 2; n < NF; n++) {
		if ($n == "-net" || $n == "-host" || ($n == "add" && $(n + 1) !~ /^-/)) to = $(n + 1)
		if ($n == "netmask") mask = $(n + 1)
		if ($n == "gw" || $n == "via") via = $(n + 1)
	}
	if (to == "default" || to == "0.0.0.0") to = "0.0.0.0/0"
	else if (to !~ /\//) to = to "/" (mask == "" ? 32 : prefix(mask))
	if (via != "") print "route", id, to, via, "-"
}
