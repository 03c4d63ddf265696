# shellcheck shell=dash
# shellcheck disable=SC2034 # the configuration is for whoever sources this
# The steps of the system's start. Everything is found below $ROOT.

# load_config: what the image was built with, then what this machine says
load_config() {
	LOGIN_USER=leanos PASSWORD_LOGIN=0 DATASOURCE_LIST=nocloud DATASOURCES_ON_DISK='' DATASOURCE_DEADLINE=10 UPDATES=never NETWORK_DEADLINE=60 SSH_PORT=22
	# shellcheck source=/dev/null # made by the builder
	. "$ROOT/etc/leanos-init/config"
	# shellcheck source=/dev/null # made in the guest
	[ ! -f "$ROOT/etc/leanos-init/local" ] || . "$ROOT/etc/leanos-init/local"
}

# flatten WORDS…: awk with what reads YAML and JSON; WORDS name what is done with the values, and the document
flatten() {
	reader=$ROOT/usr/lib/leanos/flatten
	awk -f "$reader/document.awk" -f "$reader/values.awk" -f "$reader/block.awk" -f "$reader/flow.awk" -f "$reader/scalars.awk" "$@"
}

MOST_TOLD=256 # characters of a message: what it quotes may have come from anywhere

# as_told TEXT: sets text to it on one line, without what a terminal would obey. Whoever says anything says it through this; a
# value that may be a secret is never part of a message.
as_told() {
	text=$*
	case $text in *[!\ -~]*) text=$(printf %s "$text" | tr -c ' -~' '?') ;; esac
	[ "${#text}" -le "$MOST_TOLD" ] || text=$(printf "%.${MOST_TOLD}s..." "$text")
}

# say TEXT: on the console
say() {
	as_told "$*"
	printf '%s\n' "$text" 2>/dev/null >>"$ROOT/dev/console"
}

# say_lines: stdin, line by line
say_lines() {
	while IFS= read -r line || [ -n "$line" ]; do say "$line"; done
}

# tell TEXT: on the console, and for leanos-status as root
tell() {
	say "$*"
	(umask 077 && printf '%s\n' "$text" >>"$ROOT/run/leanos/notes") 2>/dev/null
}

# make_private FOLDER…: folders that are for root alone, as are those on the way that are new
make_private() {
	umask 077
	mkdir -p "$@"
	umask 022
}

# is_root: whether this machine is ours to change; a look, for to start id(1) takes longer
is_root() { [ -w "$ROOT/run/leanos" ]; }

# need_root WORDS…: ends a program that was called with WORDS where that takes more rights: 77 is EX_NOPERM of sysexits.h
need_root() {
	is_root && return 0
	echo "${0##*/}: this needs root: sudo ${0##*/}${*:+ $*}" >&2
	exit 77
}

# nap SECONDS: sleeps without a program, whose start takes longer than a nap does: nobody writes to the pipe, which is root's
nap() {
	[ -w "$ROOT/run/leanos/nap" ] || mkfifo "$ROOT/run/leanos/nap" 2>/dev/null || {
		sleep "$1"
		return 0
	}
	# shellcheck disable=SC3045 # BusyBox's ash has it
	read -r -t "$1" _ <>"$ROOT/run/leanos/nap" || :
}

# set_priority NUMBER: of this shell, which may be a part of another, and of what it starts from here on: nice(1)
set_priority() {
	priority=$1
	read -r self _ <"$ROOT/proc/self/stat"
	renice "$1" -p "$self" >/dev/null
}

# as_ever COMMAND: with the priority that everything else has, for what stays
as_ever() {
	earlier=${priority:-0}
	[ "$earlier" = 0 ] || set_priority 0
	"$@"
	[ "$earlier" = 0 ] || set_priority "$earlier"
}

# begin_run: what the initramfs leaves in /run, where there was none: in a container. What an earlier start left there is gone.
begin_run() {
	made=container
	[ ! -e "$ROOT/run/leanos/root" ] || read -r made <"$ROOT/run/leanos/root"
	[ "$made" = container ] || return 0
	mount -t tmpfs -o mode=0755,nosuid,nodev run "$ROOT/run" 2>/dev/null || rm -rf "$ROOT/run/leanos"
	mkdir -p "$ROOT/run/lock" "$ROOT/run/leanos/resolver"
	echo "$made" >"$ROOT/run/leanos/root"
}

# apply_hostname: from /etc/hostname
apply_hostname() {
	read -r name <"$ROOT/etc/hostname" || name=leanos
	echo "$name" >"$ROOT/proc/sys/kernel/hostname"
}

# ensure_host_key: an Ed25519 key, at the first boot. dropbearkey writes it whole or not at all; an empty one is none. Nobody reads
# the public half that it leaves beside it, which lost power may have left empty.
ensure_host_key() {
	key=$ROOT/etc/dropbear/dropbear_ed25519_host_key
	[ ! -e "$key.pub" ] || rm -f "$key.pub"
	[ ! -s "$key" ] || return 0
	[ -d "${key%/*}" ] || mkdir -m 0700 "${key%/*}"
	[ ! -e "$key" ] || rm -f "$key"
	dropbearkey -t ed25519 -f "$key" >/dev/null 2>&1
	rm -f "$key.pub"
}

# start_ssh: dropbear in the background, on all addresses there are and will be. It has the keys that are named, and offers no
# other kind; where there is none (-R) it tries to make one for each client.
start_ssh() {
	[ "$SSH_PORT" != 0 ] || return 0
	ensure_host_key
	options=''
	for key in "$ROOT/etc/dropbear/dropbear_ed25519_host_key" "$ROOT/etc/dropbear/dropbear_rsa_host_key"; do
		[ ! -s "$key" ] || options="$options -r $key"
	done
	options=${options:--R}
	[ "$PASSWORD_LOGIN" = 1 ] || options="$options -s"
	[ "$SSH_PORT" = 22 ] || options="$options -p $SSH_PORT"
	# shellcheck disable=SC2086 # options are words
	dropbear $options -P "$ROOT/run/dropbear.pid"
}

# runs FILE: whether the process whose number is in FILE is the one that was told to leave it there; sets pid to it. One that
# died leaves its file, and its number may be anybody's by now.
runs() {
	pid='' words=''
	{ read -r pid <"$1"; } 2>/dev/null
	case $pid in '' | *[!0-9]*) return 1 ;; esac
	{ read -r words <"$ROOT/proc/$pid/cmdline"; } 2>/dev/null # without the zeros between its words
	case $words in *"$1"*) ;; *) return 1 ;; esac
}

# end_process FILE: ends the process whose number is in the file, and waits for its last deed, five seconds at most; 1 when there
# is none
end_process() {
	[ -s "$1" ] || return 1
	runs "$1" || {
		rm -f "$1"
		return 1
	}
	kill "$pid" 2>/dev/null
	tries=0
	while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
		tries=$((tries + 1))
		nap 0.05
	done
	[ ! -e "$1" ] || rm -f "$1"
}

# restart_ssh: with the host keys and options of now; sessions go on
restart_ssh() {
	end_process "$ROOT/run/dropbear.pid" || : # the port is free when it has ended
	start_ssh
}

# make_home USER: the home of the login user, on STATE
make_home() {
	[ -d "$ROOT/home/$1" ] && return 0
	mkdir -p "$ROOT/home/$1"
	chown "$1:" "$ROOT/home/$1"
	chmod 0750 "$ROOT/home/$1"
}

# is_host_name NAME: one label of a name: RFC 1123, section 2.1; and "_", which many have in theirs
is_host_name() {
	case $1 in '' | *[!A-Za-z0-9_-]* | -* | ????????????????????????????????????????????????????????????????*) return 1 ;; esac
}

# name_machine NAME [FQDN]: the host's name, now and later; 1 when it is none
name_machine() {
	is_host_name "$1" || return 1
	echo "$1" >"$ROOT/proc/sys/kernel/hostname"
	echo "$1" >"$ROOT/etc/hostname.new" && mv "$ROOT/etc/hostname.new" "$ROOT/etc/hostname"
	printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost\n' "${2:+$2 }$1" >"$ROOT/etc/hosts.new" &&
		mv "$ROOT/etc/hosts.new" "$ROOT/etc/hosts"
}

# wait_for_network WHAT: until there is a way out of here, or a network without one; NETWORK_DEADLINE seconds at most, and once.
wait_for_network() {
	[ -z "${network_awaited:-}" ] && [ -e "$ROOT/proc/net/route" ] || return 0
	network_awaited=1
	naps=0
	until has_way_out; do
		if ! is_asking; then
			[ -n "$network" ] || say "info: $1 goes on without a network: there is none"
			return 0
		fi
		[ "$naps" != 0 ] || say "info: $1 waits for the network, at most $NETWORK_DEADLINE seconds"
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
