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

# start_dhcp: a client for every card that has none. It goes on asking in the background for as long as nobody answers. Once
# the instance has configured its network, cards that it does not name are left alone.
start_dhcp() {
	find_cards
	for interface in $cards; do
		[ ! -e "$ROOT/run/leanos/network-configured" ] || return 0
		[ ! -e "$ROOT/run/leanos/dhcp.$interface" ] || continue
		: >"$ROOT/run/leanos/dhcp.$interface"
		as_ever start_client "$interface"
	done
}

# start_dhcp6: asks once for what SLAAC does not say: servers, and addresses where the router has them from there
start_dhcp6() {
	find_cards
	for interface in $cards; do
		[ -e "$ROOT/run/leanos/network-configured" ] || as_ever start_client6 "$interface"
	done
}

# dhcp_option FILE NAME: sets option to that of the configuration for a client of DHCP (dhcp4.CARD or dhcp6.CARD); 1 where
# there is none
dhcp_option() {
	option=''
	[ -s "$ROOT/run/leanos/$1" ] || return 1
	read -r options <"$ROOT/run/leanos/$1"
	for option in $options; do
		case $option in "$2="*) option=${option#*=} && return 0 ;; esac
	done
	option=''
	return 1
}

# has_client FILE: one that goes into the background has another number, and for a moment none
has_client() {
	[ -s "$1" ] || return 1
	runs "$1" || { nap 0.1 && runs "$1"; }
}

# start_client CARD: a DHCP client, unless it has one
start_client() {
	! has_client "$ROOT/run/udhcpc.$1.pid" || return 0
	read -r name <"$ROOT/proc/sys/kernel/hostname"
	! dhcp_option "dhcp4.$1" hostname || name=$option
	name="-x hostname:$name"
	! dhcp_option "dhcp4.$1" send || name=''
	ip link set dev "$1" up
	# shellcheck disable=SC2086 # two words or none
	udhcpc -b -S -R -t 3 -T 1 -A 5 -i "$1" -p "$ROOT/run/udhcpc.$1.pid" -s /usr/sbin/leanos-dhcpc \
		$name >/dev/null 2>&1 &
}

# start_client6 CARD: a DHCPv6 client, unless it has one. Addresses by SLAAC are the kernel's work.
start_client6() {
	! has_client "$ROOT/run/udhcpc6.$1.pid" || return 0
	ip link set dev "$1" up
	udhcpc6 -b -S -R -t 3 -T 1 -A 30 -i "$1" -p "$ROOT/run/udhcpc6.$1.pid" -s /usr/sbin/leanos-dhcpc6 >/dev/null 2>&1 &
}

# write_resolv_conf SERVERS DOMAINS FROM: what a client learned, beside what others did; what the instance's configuration
# says ("configured") takes the place of that
write_resolv_conf() {
	[ -d "$ROOT/run/leanos/resolver" ] || mkdir -p "$ROOT/run/leanos/resolver"
	{
		[ -z "$2" ] || echo "search $2"
		for server in $1; do echo "nameserver $server"; done
	} >"$ROOT/run/leanos/resolver/$3"
	join_resolvers >"$ROOT/etc/resolv.conf.new" && mv "$ROOT/etc/resolv.conf.new" "$ROOT/etc/resolv.conf"
}

# join_resolvers: all that is known, in one; by the shell, for starting a program takes longer than reading a few lines does
join_resolvers() {
	all_servers='' all_domains='' servers_from='' domains_from=''
	for file in "$ROOT/run/leanos/resolver/configured" "$ROOT"/run/leanos/resolver/*; do
		[ -e "$file" ] || continue
		while read -r kind words; do
			if [ "$kind" = search ]; then
				[ "$domains_from" != configured ] || continue
				all_domains="$all_domains $words"
				[ "${file##*/}" != configured ] || domains_from=configured
			else
				[ "$servers_from" != configured ] || [ "${file##*/}" = configured ] || continue
				case " $all_servers " in *" $words "*) continue ;; esac
				all_servers="$all_servers $words"
				[ "${file##*/}" != configured ] || servers_from=configured
			fi
		done <"$file"
	done
	[ -z "$all_domains" ] || echo "search$all_domains"
	for server in $all_servers; do echo "nameserver $server"; done
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
