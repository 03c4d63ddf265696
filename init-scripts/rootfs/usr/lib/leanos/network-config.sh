# shellcheck shell=dash
# shellcheck disable=SC2154 # data is set by apply.sh
# Applies network configuration: rows as network/rows.awk describes them. Needs drivers.sh, network.sh and system.sh. Everything is found below $ROOT.

# network_rows: the rows of what the datasource brought, if it brought any
network_rows() {
	library=$ROOT/usr/lib/leanos
	if [ -s "$data/network-config" ]; then
		awk -f "$library/flatten.awk" -f "$library/network/prefix.awk" -f "$library/network/rows.awk" -f "$library/network/config.awk" "$data/network-config"
	elif [ -s "$data/network_data.json" ]; then
		awk -f "$library/flatten.awk" -f "$library/network/prefix.awk" -f "$library/network/rows.awk" -f "$library/network/openstack.awk" "$data/network_data.json"
	elif [ -s "$data/network-interfaces" ]; then
		awk -f "$library/network/prefix.awk" -f "$library/network/interfaces.awk" "$data/network-interfaces"
	fi
}

# apply_network: what cannot be done is said, the rest is done. Without a configuration DHCP goes on as it is.
apply_network() {
	rows=$ROOT/run/leanos/network-rows
	network_rows >"$rows" 2>"$rows.complaint"
	[ ! -s "$rows.complaint" ] || head -n 5 "$rows.complaint" | while IFS= read -r complaint; do tell "warning: network configuration: $complaint"; done
	[ -s "$rows" ] || return 0
	[ -e "$ROOT/run/leanos/drivers" ] || has_cards || wait_for_drivers
	# Names first, then links, so that addresses find them.
	for step in 'name match' 'mac' 'bond vlan member address-of' 'mtu' 'up' 'stop' 'address' 'route' 'dhcp4 dhcp6'; do
		for kind in $step; do apply_rows "$kind"; done
	done
	write_resolver
}

# has_cards: whether every card that the rows name is there; bonds and VLANs are made of others
has_cards() {
	while read -r id; do
		[ -z "$id" ] || { device=$(card "$id") && [ -e "$ROOT/sys/class/net/$device" ]; } || return 1
	done <<EOF
$(awk '$1 == "bond" || $1 == "vlan" { made[$2] = 1 } $1 == "up" { up[$2] = 1 }
	END { for (id in up) if (!(id in made)) print id }' "$rows")
EOF
}

# apply_rows KIND: runs apply_KIND for each row of that kind
apply_rows() {
	while read -r kind_of_row id a b c; do
		case $1:$kind_of_row in
		stop:up) stop_dhcp "$(card "$id")" "$id" ;;
		"$1:$1") "apply_$(echo "$1" | tr - _)" "$id" "$a" "$b" "$c" || : ;;
		esac
	done <"$rows"
}

# change COMMAND…: does it, and says when it cannot be done
change() {
	complaint=$("$@" 2>&1) || {
		tell "warning: network configuration: $*: $complaint"
		return 1
	}
}

# by_mac ADDRESS: the name of the card with that address; virtual links, which borrow addresses, are no cards
by_mac() {
	for link in "$ROOT"/sys/class/net/*; do
		[ -e "$link/device" ] || continue
		read -r address <"$link/address" && [ "$address" = "$1" ] && echo "${link##*/}" && return 0
	done
	return 1
}

# card ID: the name of the network card (or link) that a row's ID means: by its MAC, by a pattern, or by name
card() {
	mac=$(awk -v id="$1" '$1 == "mac" && $2 == id { print $3; exit }' "$rows")
	if [ -n "$mac" ]; then
		by_mac "$mac"
		return
	fi
	pattern=$(awk -v id="$1" '$1 == "match" && $2 == id { print $3; exit }' "$rows")
	[ -n "$pattern" ] || {
		echo "$1"
		return
	}
	for link in "$ROOT"/sys/class/net/*; do
		# shellcheck disable=SC2254 # a pattern
		case ${link##*/} in $pattern) echo "${link##*/}" && return 0 ;; esac
	done
	return 1
}

# apply_name ID NAME: a card gets the name that the configuration wants, where it is free
apply_name() {
	device=$(card "$1") || return 0
	[ "$device" != "$2" ] && [ -e "$ROOT/sys/class/net/$device" ] && [ ! -e "$ROOT/sys/class/net/$2" ] || return 0
	stop_client "$device"
	change ip link set dev "$device" down && change ip link set dev "$device" name "$2"
	rm -f "$ROOT/run/leanos/dhcp.$device"
	: >"$ROOT/run/leanos/dhcp.$2"
}

apply_match() { :; }
apply_mac() {
	by_mac "$2" >/dev/null || tell "warning: network configuration: there is no card with the address $2"
}

apply_bond() {
	modprobe -q bonding 2>/dev/null
	[ -e "$ROOT/sys/class/net/$1" ] || change ip link add name "$1" type bond || return 1
	echo "$2" >"$ROOT/sys/class/net/$1/bonding/mode"
	echo "$3" >"$ROOT/sys/class/net/$1/bonding/miimon"
}

apply_member() {
	device=$(card "$2") || return 0
	stop_client "$device"
	: >"$ROOT/run/leanos/dhcp.$device"
	# The last event of a client that was just stopped may set the card up again, and a bond takes none that is up.
	tries=0
	until ip link set dev "$device" down && ip link set dev "$device" master "$1" 2>/dev/null || [ "$tries" -ge 30 ]; do
		tries=$((tries + 1))
		nap 0.1
	done
	[ "$tries" -lt 30 ] || change ip link set dev "$device" master "$1"
}

apply_vlan() {
	modprobe -q 8021q 2>/dev/null
	parent=$(card "$2") || return 0
	change ip link set dev "$parent" up
	[ -e "$ROOT/sys/class/net/$1" ] || change ip link add link "$parent" name "$1" type vlan id "$3"
}

apply_address_of() { change ip link set dev "$1" address "$2"; }
apply_mtu() { device=$(card "$1") && change ip link set dev "$device" mtu "$2"; }
apply_up() { device=$(card "$1") && change ip link set dev "$device" up; }
apply_address() { device=$(card "$1") && change ip addr replace "$2" dev "$device"; }

apply_route() {
	via='' device=''
	[ "$3" = - ] || via="via $3"
	[ "$1" = - ] || device="dev $(card "$1")" || return 0
	[ "$4" = - ] || via="$via metric $4"
	# shellcheck disable=SC2086 # words
	change ip route replace "$2" $via $device
}

apply_dhcp4() { device=$(card "$1") && as_ever start_client "$device"; }
apply_dhcp6() { device=$(card "$1") && as_ever start_client6 "$device"; }

# stop_dhcp CARD ID: a card without DHCP in its rows has what its rows say and nothing else
stop_dhcp() {
	[ -n "$1" ] || return 0
	: >"$ROOT/run/leanos/dhcp.$1"
	: >"$ROOT/run/leanos/configured.$1"
	! grep -q "^dhcp4 $2\$" "$rows" || return 0
	stop_client "$1" && ip -4 addr flush dev "$1"
}

# stop_client CARD: ends the card's DHCP client; 1 when it has none
stop_client() {
	pid_file=$ROOT/run/udhcpc.$1.pid
	[ -s "$pid_file" ] || return 1
	kill "$(cat "$pid_file")" 2>/dev/null
	rm -f "$pid_file"
}

# write_resolver: servers and domains of the rows, which take the place of DHCP's
write_resolver() {
	grep -qE '^(dns|search) ' "$rows" || return 0
	awk '$1 == "dns" && !seen[$2]++ { print "nameserver " $2 } $1 == "search" { domains = domains " " $2 } END { if (domains) print "search" domains }' \
		"$rows" >"$ROOT/etc/resolv.conf.new"
	mv "$ROOT/etc/resolv.conf.new" "$ROOT/etc/resolv.conf"
	: >"$ROOT/run/leanos/static-resolver"
}
