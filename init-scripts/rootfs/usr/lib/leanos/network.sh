# shellcheck shell=dash
# Network and disks of the running system. Needs drivers.sh and system.sh. Everything is found below $ROOT.

# start_power_button: what answers to it. Without a button acpid ends by itself, so its device is waited for, a while.
start_power_button() {
	! have_modules || modprobe -a -q button evdev 2>/dev/null # evdev is no device's alias
	tries=0
	until [ -e "$ROOT/dev/input/event0" ] || [ "$tries" -ge 50 ]; do
		tries=$((tries + 1))
		nap 0.1
	done
	as_ever acpid -p "$ROOT/run/acpid.pid"
}

# find_cards: sets cards to the names of the network cards, in the order of the kernel
find_cards() {
	cards='' numbered=''
	for link in "$ROOT"/sys/class/net/*; do
		[ -e "$link/device" ] || continue
		read -r index <"$link/ifindex" || continue
		cards="$cards ${link##*/}"
		numbered="$numbered$index ${link##*/}
"
	done
	case $cards in *' '*' '*) cards=$(printf %s "$numbered" | sort -n | cut -d' ' -f2) ;; esac
}

# start_dhcp: a client for every card that has none. It goes on asking in the background for as long as nobody answers.
start_dhcp() {
	find_cards
	for interface in $cards; do
		[ ! -e "$ROOT/run/leanos/dhcp.$interface" ] || continue
		: >"$ROOT/run/leanos/dhcp.$interface"
		as_ever start_client "$interface"
	done
}

# start_dhcp6: asks once for what SLAAC does not say: servers, and addresses where the router has them from there. A card
# that the instance configures is left to its configuration.
start_dhcp6() {
	find_cards
	for interface in $cards; do
		[ -e "$ROOT/run/leanos/configured.$interface" ] || as_ever start_client6 "$interface"
	done
}

# start_client CARD: a DHCP client, unless it has one
start_client() {
	[ ! -s "$ROOT/run/udhcpc.$1.pid" ] || return 0
	read -r name <"$ROOT/proc/sys/kernel/hostname"
	ip link set dev "$1" up
	udhcpc -b -S -R -t 3 -T 1 -A 5 -i "$1" -p "$ROOT/run/udhcpc.$1.pid" -s /usr/sbin/leanos-dhcpc \
		-x "hostname:$name" >/dev/null 2>&1 &
}

# start_client6 CARD: a DHCPv6 client, unless it has one. Addresses by SLAAC are the kernel's work.
start_client6() {
	[ ! -s "$ROOT/run/udhcpc6.$1.pid" ] || return 0
	ip link set dev "$1" up
	udhcpc6 -b -S -R -t 3 -T 1 -A 30 -i "$1" -p "$ROOT/run/udhcpc6.$1.pid" -s /usr/sbin/leanos-dhcpc6 >/dev/null 2>&1 &
}

# write_resolv_conf SERVERS DOMAINS FROM: what a client learned, beside what others did; a configuration of the instance
# wins over all
write_resolv_conf() {
	[ -d "$ROOT/run/leanos/resolver" ] || mkdir -p "$ROOT/run/leanos/resolver"
	{
		[ -z "$2" ] || echo "search $2"
		for server in $1; do echo "nameserver $server"; done
	} >"$ROOT/run/leanos/resolver/$3"
	[ ! -e "$ROOT/run/leanos/static-resolver" ] || return 0
	# By the shell: starting cat takes longer than reading a few lines does.
	for file in "$ROOT"/run/leanos/resolver/*; do
		while read -r line; do echo "$line"; done <"$file"
	done >"$ROOT/etc/resolv.conf.new" && mv "$ROOT/etc/resolv.conf.new" "$ROOT/etc/resolv.conf"
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
	/dev/*)
		read -r sectors <"$ROOT/sys/class/block/${device##*/}/size"
		leanos-grow "$ROOT/" "$sectors" 2>/dev/null || resize2fs "$device" >/dev/null 2>&1
		;;
	esac
}

# mount_fstab: what an earlier boot wrote there, and is on no other machine
mount_fstab() {
	[ -s "$ROOT/etc/fstab" ] || return 0
	mount -a -O no_netdev
	swapon -a 2>/dev/null
}

# mount_ephemeral: the disk that the cloud made for this instance alone
mount_ephemeral() {
	[ ! -e "$ROOT/run/leanos/no-ephemeral" ] || return 0
	ephemeral=$(findfs LABEL=ephemeral0 2>/dev/null) || return 0
	grep -q " $ROOT/mnt " "$ROOT/proc/mounts" || mount "$ephemeral" "$ROOT/mnt"
}
