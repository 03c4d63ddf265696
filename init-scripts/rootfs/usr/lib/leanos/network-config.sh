# shellcheck shell=dash
# shellcheck disable=SC2154 # data is set by apply.sh
# Applies network configuration: network/plan.awk says the steps, this does them. Needs drivers.sh, network.sh and system.sh.
# Everything is found below $ROOT.

# plan_network [FAILED]: the steps that what the datasource brought comes to, if it brought any. FAILED are links that the
# kernel cannot make.
plan_network() {
	network=$ROOT/usr/lib/leanos/network
	common="-f $network/address.awk -f $network/links.awk -f $network/plan.awk"
	document="-v tables=$ROOT/usr/lib/leanos/understood -f $ROOT/usr/lib/leanos/understood.awk -f $network/tree.awk"
	list_cards
	# shellcheck disable=SC2086 # words
	if [ -s "$data/network-config" ]; then
		CARDS=$cards FAILED=${1:-} flatten $document $common -f "$network/config.awk" "$data/network-config"
	elif [ -s "$data/network_data.json" ]; then
		CARDS=$cards FAILED=${1:-} flatten $document $common -f "$network/openstack.awk" "$data/network_data.json"
	elif [ -s "$data/network-interfaces" ]; then
		CARDS=$cards FAILED=${1:-} awk $common -f "$network/interfaces.awk" "$data/network-interfaces"
	fi
}

# list_cards: sets cards to a line for each network card: its name, its own address, its driver. Virtual links, which borrow
# addresses, are no cards.
list_cards() {
	cards=''
	for link in "$ROOT"/sys/class/net/*; do
		[ -e "$link/device" ] || continue
		{ read -r address <"$link/bonding_slave/perm_hwaddr" || read -r address <"$link/address"; } 2>/dev/null || continue
		driver=$(cd -P "$link/device/driver" 2>/dev/null && echo "${PWD##*/}")
		cards="$cards${link##*/} $address $driver
"
	done
}

# apply_network: what cannot be done is said, the rest is done. Without a configuration DHCP goes on as it is.
apply_network() {
	steps=${data%/*}/network-steps # where root alone gets
	plan_network >"$steps" 2>"$steps.complaint"
	! grep -q '^missing$' "$steps" || ! wait_for_drivers || plan_network >"$steps" 2>"$steps.complaint"
	failed=''
	while read -r step kind name _; do
		[ "$step $kind" = 'make vlan' ] || [ "$step" != make ] || make_link "$kind" "$name" || failed="$failed $name"
	done <"$steps"
	[ -z "$failed" ] || plan_network "$failed" >"$steps" 2>"$steps.complaint"
	while read -r complaint; do say_network "$complaint"; done <"$steps.complaint"
	! grep -qE '^(leave|free|dhcp4) ' "$steps" || : >"$ROOT/run/leanos/network-configured"
	while read -r step; do
		# shellcheck disable=SC2086 # words, which the plan has checked
		do_step $step
	done <"$steps"
	write_resolver
}

say_network() {
	tell "warning: network configuration: $*"
}

# do_step WORDS: one line of the plan
do_step() {
	step=$1
	shift
	case $step in
	make) make_link "$@" || : ;;
	leave) leave_card "$1" ;;
	free) free_card "$1" ;;
	rename) rename_card "$1" "$2" ;;
	member) join_link "$@" ;;
	set) set_value "$1" "$2" ;;
	ip) change ip "$@" ;;
	rule) replace_rule "$@" ;;
	dhcp4 | dhcp6) ask_dhcp "$step" "$@" ;;
	esac
}

# change COMMAND…: does it, and says when it cannot be done
change() {
	complaint=$("$@" 2>&1) || {
		say_network "$*: $complaint"
		return 1
	}
}

# set_value FILE VALUE
set_value() {
	{ echo "$2" >"$ROOT/$1"; } 2>/dev/null || say_network "the kernel does not take $2 for ${1##*/net/}"
}

# make_link KIND NAME [PARENT NUMBER]: unless it is there; 1 when the kernel has no such links
make_link() {
	[ ! -e "$ROOT/sys/class/net/$2" ] || return 0
	# Drivers would make links of their own that nobody asked for.
	case $1 in
	bond) driver='bonding max_bonds=0' ;;
	dummy) driver='dummy numdummies=0' ;;
	vlan) driver=8021q ;;
	*) driver=$1 ;;
	esac
	# shellcheck disable=SC2086 # words
	! have_modules || modprobe -q $driver 2>/dev/null
	if [ "$1" = vlan ]; then
		change ip link add link "$3" name "$2" type vlan id "$4"
	else
		ip link add name "$2" type "$1" 2>/dev/null
	fi
}

# leave_card CARD: one that the configuration does not name is as if it were not there
leave_card() {
	free_card "$1"
	ip link set dev "$1" down
}

# free_card CARD: has what the configuration says and nothing else
free_card() {
	rm -f "$ROOT/run/leanos/dhcp4.$1" "$ROOT/run/leanos/dhcp6.$1"
	end_process "$ROOT/run/udhcpc6.$1.pid" || :
	! end_process "$ROOT/run/udhcpc.$1.pid" || ip -4 addr flush dev "$1"
}

# rename_card CARD NAME
rename_card() {
	change ip link set dev "$1" down && change ip link set dev "$1" name "$2"
}

# join_link CARD LINK KIND: as a part of a bond or bridge; a bond takes none that is up
join_link() {
	[ ! -e "$ROOT/sys/class/net/$1/master" ] || return 0
	[ "$3" != bond ] || ip link set dev "$1" down
	change ip link set dev "$1" master "$2"
}

# replace_rule FAMILY WORDS: once, however often this is run
replace_rule() {
	family=$1
	shift
	ip "-$family" rule del "$@" 2>/dev/null
	change ip "-$family" rule add "$@"
}

# ask_dhcp dhcp4|dhcp6 CARD OPTIONS: a client that goes by other options is another
ask_dhcp() {
	options=$ROOT/run/leanos/$1.$2
	earlier=''
	[ ! -e "$options" ] || read -r earlier <"$options"
	kind=$1 name=$2
	shift 2
	if [ "$kind" = dhcp4 ]; then
		[ "$earlier" = "$*" ] || end_process "$ROOT/run/udhcpc.$name.pid" || :
		echo "$*" >"$options"
		as_ever start_client "$name"
	else
		echo "$*" >"$options"
		as_ever start_client6 "$name"
	fi
}

# write_resolver: servers and domains of the configuration take the place of those that DHCP tells
write_resolver() {
	servers='' domains=''
	while read -r step word; do
		case $step in
		dns) servers="$servers $word" ;;
		search) domains="$domains $word" ;;
		esac
	done <"$steps"
	[ -z "$servers$domains" ] || write_resolv_conf "$servers" "${domains# }" configured
}
