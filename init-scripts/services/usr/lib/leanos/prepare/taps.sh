# shellcheck shell=dash
# shellcheck disable=SC2154 # TAPS is of the row, ids of find_user
# Network cards for a payload: tapN is 10.0.N.1/24 on this side, and the payload's own.
[ -z "$TAPS" ] || {
	find_user "$RUN_AS" || exit 1
	[ -e "$ROOT/dev/net/tun" ] || modprobe tun
	chown "root:${ids#*:}" "$ROOT/dev/net/tun"
	chmod 0660 "$ROOT/dev/net/tun"
	echo 1 >"$ROOT/proc/sys/net/ipv4/ip_forward"
}
for tap in $TAPS; do
	[ ! -e "$ROOT/sys/class/net/$tap" ] || continue
	leanos-tap "$tap" "${ids%:*}" || exit 1
	ip addr add "10.0.${tap#tap}.1/24" dev "$tap"
	ip link set "$tap" up
done
