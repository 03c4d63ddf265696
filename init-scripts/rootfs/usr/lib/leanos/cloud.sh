# shellcheck shell=dash
# What datasources of clouds share that tell all of a machine in one or two documents. Needs seed.sh and http.sh.

DOCUMENT_BYTES=1048576 # with user-data in it

# read_cloud NAME FILE WORDS…: what a document says, into DIR, by clouds/NAME.awk; WORDS are awk's variables. A document that
# cannot be read is said, and 1.
read_cloud() {
	cloud_rules=$ROOT/usr/lib/leanos/clouds
	cloud_name=$1 document=$2
	shift 2
	for word; do
		shift
		set -- "$@" -v "$word"
	done
	complaints=$(flatten -v MOST_BYTES="$DOCUMENT_BYTES" -v dir="$DIR" "$@" -f "$cloud_rules/cloud.awk" -f "$cloud_rules/$cloud_name.awk" "$document" 2>&1) || {
		warn "${document##*/}: line $complaints"
		return 1
	}
	tell_complaints
	decode user-data
}

# find_system_users: sets system_users to the users that are not for people, between spaces
find_system_users() {
	system_users=' root '
	[ -r "$ROOT/etc/passwd" ] || return 0
	while IFS=: read -r known _ id _; do
		case $id in [1-9][0-9][0-9][0-9] | [1-5][0-9][0-9][0-9][0-9]) ;; *) system_users="$system_users$known " ;; esac
	done <"$ROOT/etc/passwd"
}

# tell_complaints: each line of complaints
tell_complaints() {
	[ -z "$complaints" ] || while read -r complaint; do warn "$complaint"; done <<TEXT
$complaints
TEXT
}

# decode NAME [FROM]: DIR/NAME from base64 in DIR/FROM.base64, where that is there
decode() {
	encoded=$DIR/${2:-$1}.base64
	[ -s "$encoded" ] || return 0
	tr -d ' \t\r\n' <"$encoded" | base64 -d >"$DIR/$1" 2>/dev/null || {
		rm -f "$DIR/$1"
		warn "$1 is no base64, and is not read"
	}
	rm -f "$encoded"
}

# read_service NAME PATH WORDS…: finds the service by a document, which is all of what it says, and reads that; and that it has
# come by the network
read_service() {
	cloud_path=$2
	cloud_of=$1
	shift 2
	find_service "$cloud_path" metadata.list "$TRIES" || return 1
	get "$cloud_path" metadata.list "$DOCUMENT_BYTES" && read_cloud "$cloud_of" "$DIR/metadata.list" "$@" || return 1
	rm -f "$DIR/metadata.list"
	echo net >"$DIR/dsmode"
	[ -s "$DIR/instance-id" ]
}

# first_card: sets card to the name of the network card that the kernel saw first, and mac to its address; 1 where there is none
first_card() {
	card='' mac='' lowest=''
	for link in "$ROOT"/sys/class/net/*; do
		[ -e "$link/device" ] || continue
		read -r index <"$link/ifindex" || continue
		[ -z "$lowest" ] || [ "$index" -lt "$lowest" ] || continue
		lowest=$index card=${link##*/}
		read -r mac <"$link/address"
	done 2>/dev/null
	[ -n "$card" ]
}

# join_link: an address of 169.254/16 for the first card, unless DHCP gave it one: for a cloud that has no DHCP, but a service on the
# link. Which one it is follows from the card's own address.
join_link() {
	[ -z "${link_address:-}" ] && first_card && [ ! -e "$ROOT/run/leanos/lease.$card" ] || return 0
	low=${mac##*:} high=${mac%:*}
	link_address=169.254.$((0x${high##*:} % 168 + 1)).$((0x$low))/16 link_card=$card
	ip link set dev "$card" up
	ip addr add "$link_address" dev "$card" scope link 2>/dev/null || link_address=''
}

# leave_link: without it
leave_link() {
	[ -z "${link_address:-}" ] || ip addr del "$link_address" dev "$link_card" 2>/dev/null
	link_address=''
}

# from_low_ports COMMAND…: runs it while connections go out from ports below 1024, by which a service knows that root asks. No
# program here can be told its port, so the kernel is told for all of them; it wants these ports to be everybody's then, so they are
# few, and none that a service is known by.
from_low_ports() (
	ports=$ROOT/proc/sys/net/ipv4/ip_local_port_range
	edge=$ROOT/proc/sys/net/ipv4/ip_unprivileged_port_start
	known_ports=$(cat "$ports") && known_edge=$(cat "$edge") || exit 1 # the kernel gives such a number to one read alone
	trap 'echo "$known_ports" >"$ports" && echo "$known_edge" >"$edge"' EXIT
	trap 'exit 1' TERM
	echo 1000 >"$edge" && echo '1000 1023' >"$ports" || exit 1
	"$@"
)
