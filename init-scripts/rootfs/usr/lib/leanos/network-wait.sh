# shellcheck shell=dash
# What needs the network waits for it here; ssh, and what needs none, do not. Needs system.sh and user-data.sh. Everything is
# found below $ROOT.

# wait_for_network WHAT: until there is a way out of here, or a network without one; NETWORK_DEADLINE seconds at most, and once
wait_for_network() {
	[ -z "${network_awaited:-}" ] || return 0
	network_awaited=1
	naps=0
	until has_way_out; do
		if ! is_asking; then
			[ -n "$network" ] || echo "info: $1 goes on without a network: there is none" >>"$ROOT/dev/console"
			return 0
		fi
		[ "$naps" != 0 ] || echo "info: $1 waits for the network, at most $NETWORK_DEADLINE seconds" >>"$ROOT/dev/console"
		if [ "$naps" -ge $((NETWORK_DEADLINE * 4)) ]; then
			tell "warning: $1: there is no network after $NETWORK_DEADLINE seconds"
			return 0
		fi
		naps=$((naps + 1))
		nap 0.25
	done
}

# has_way_out: whether there is a default route; sets network where there is a route at all
has_way_out() {
	network=''
	while read -r card to _; do
		[ "$to" != 00000000 ] || return 0
		[ "$card" = Iface ] || network=$card
	done <"$ROOT/proc/net/route"
	while read -r _ bits _ _ _ _ _ _ _ card; do
		case $bits-$card in 00-lo) ;; 00-*) return 0 ;; esac
	done <"$ROOT/proc/net/ipv6_route"
	return 1
} 2>/dev/null

# is_asking: whether a DHCP client has no lease yet, or a card's driver may still come
is_asking() {
	[ -e "$ROOT/run/leanos/drivers" ] || return 0
	for client in "$ROOT"/run/udhcpc.*.pid; do
		card=${client##*/udhcpc.}
		[ ! -s "$client" ] || [ -e "$ROOT/run/leanos/lease.${card%.pid}" ] || return 0
	done
	return 1
}
