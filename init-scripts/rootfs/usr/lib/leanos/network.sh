# shellcheck shell=dash
# Drivers, network and disks of the running system. Everything is found below $ROOT.

# load_drivers BUS [PATTERN]: what the devices of a bus ask for by their modalias
load_drivers() {
	found=''
	# shellcheck disable=SC2231 # a bus, or * for all
	for file in "$ROOT"/sys/bus/$1/devices/*/modalias; do
		read -r alias <"$file" 2>/dev/null || continue
		# shellcheck disable=SC2254 # a pattern
		case $alias in ${2:-*}) ;; *) continue ;; esac
		case " $found " in *" $alias "*) ;; *) found="$found $alias" ;; esac
	done
	# shellcheck disable=SC2086 # one word each
	[ -z "$found" ] || modprobe -a -q $found 2>/dev/null || :
}

# ethernets: names of the network cards, in the order of the kernel
ethernets() {
	for link in "$ROOT"/sys/class/net/*; do
		[ -e "$link/device" ] || continue
		read -r index <"$link/ifindex" && echo "$index ${link##*/}"
	done | sort -n | cut -d' ' -f2
}

# start_dhcp: a client for every card that has none. It goes on asking in the background for as long as nobody answers.
start_dhcp() {
	read -r name <"$ROOT/proc/sys/kernel/hostname"
	for interface in $(ethernets); do
		[ ! -e "$ROOT/run/leanos/dhcp.$interface" ] || continue
		: >"$ROOT/run/leanos/dhcp.$interface"
		ip link set dev "$interface" up
		udhcpc -b -S -R -t 3 -T 1 -A 5 -i "$interface" -p "$ROOT/run/udhcpc.$interface.pid" \
			-s /usr/lib/leanos/dhcp-event -x "hostname:$name" >/dev/null 2>&1 &
	done
}

# restore_random_seed: what the last boot saved, and at once a new one, so that no seed is used twice
restore_random_seed() {
	seed=$ROOT/var/lib/leanos/random-seed
	[ ! -s "$seed" ] || cat "$seed" >"$ROOT/dev/urandom"
	(umask 077 && dd if="$ROOT/dev/urandom" of="$seed" bs=512 count=1 2>/dev/null)
}

# grow_state: fills the STATE partition with its filesystem, online
grow_state() {
	read -r device <"$ROOT/run/leanos/root"
	case $device in
	/dev/*) resize2fs "$device" >/dev/null 2>&1 ;;
	esac
}
