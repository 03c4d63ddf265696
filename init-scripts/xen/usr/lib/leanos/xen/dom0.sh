# shellcheck shell=dash
# shellcheck disable=SC2034 # what is set is for whoever sources this
# What Xen's dom0 does for its one domain. Needs system.sh. Everything is found below $ROOT.

XEN=$ROOT/run/leanos/xen
PAYLOAD=$ROOT/usr/lib/leanos/payload
DATA=$ROOT/run/leanos/datasource/data
DISKS=$ROOT/var/lib/payload/disks
PATH=$ROOT/usr/lib/xen/bin:$PATH
OWN_PORTS='704 767' # those that leanos-share-card keeps for this system
NAME=payload
UP_SECONDS=5    # a domain that crashes at its start has done so by then
MOST_VALUE=4096 # XENSTORE_PAYLOAD_MAX of xen/io/xs_wire.h

# start_xen: what domains need, once: the hypervisor's devices, xenstore, and whoever reads the consoles. What an attempt before has
# come to is kept
start_xen() {
	[ -d "$ROOT/proc/xen" ] || {
		echo 'error: Xen did not start this machine: there is no domain here'
		return 1
	}
	[ ! -e "$XEN/started" ] || return 0
	for module in xen-privcmd xen-evtchn xen-gntdev xen-gntalloc xenfs xen-netback xen-blkback loop sch_ingress cls_u32 act_mirred; do
		modprobe -q "$module" || : # a kernel may have it without a module
	done
	grep -q " $ROOT/proc/xen " "$ROOT/proc/mounts" || mount -t xenfs xenfs "$ROOT/proc/xen" || return
	mkdir -p "$XEN" "$ROOT/run/xen" "$ROOT/run/xenstored" "$ROOT/var/lib/xen" "$ROOT/var/lock" "$ROOT/etc/xen"
	echo autoballoon=0 >"$ROOT/etc/xen/xl.conf"
	outlives xenstored || return
	naps=0
	until xenstore read / >/dev/null 2>&1; do
		[ "$naps" -lt 100 ] || return 1
		naps=$((naps + 1))
		nap 0.1
	done
	xen-init-dom0 >/dev/null && outlives xenconsoled || return
	keep_own_ports
	mkfifo "$XEN/input"
	: >"$XEN/started"
}

# outlives DAEMON: it runs, and does not end with this service, with whose control group everything does
outlives() (
	pid_file=$ROOT/run/$1.pid
	read -r pid 2>/dev/null <"$pid_file" && kill -0 "$pid" 2>/dev/null && return
	{ echo 0 >"$ROOT/sys/fs/cgroup/cgroup.procs"; } 2>/dev/null
	"$1" --pid-file "$pid_file"
)

# keep_own_ports: those from which this system calls others, for all that comes to others is the domain's
keep_own_ports() {
	echo "${OWN_PORTS%% *}" >"$ROOT/proc/sys/net/ipv4/ip_unprivileged_port_start"
	echo "$OWN_PORTS" >"$ROOT/proc/sys/net/ipv4/ip_local_port_range"
	for file in "$ROOT"/proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 >"$file"; done 2>/dev/null
}

# can_start: whether this machine can have a domain of the payload's type
can_start() {
	! grep -q '^type = "pvh"' "$PAYLOAD/domain.xl" || xl info | grep -q '^virt_caps .*hvm' || {
		echo 'error: the payload is for a PVH domain, which needs VT-x or SVM, and this machine has neither'
		return 1
	}
}

# card: the network card that the domain gets: the one with the default route, else the first; 1 where there is none
card() {
	card=$(ip -4 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
	[ -n "$card" ] || for path in "$ROOT"/sys/class/net/*/device; do
		[ ! -e "$path" ] || { card=${path%/device} && card=${card##*/} && break; }
	done
	[ -n "$card" ]
}

# keep_disks: those that the domain writes to are copied to where they stay, once
keep_disks() {
	for disk in "$PAYLOAD"/disks/*; do
		if [ ! -f "$disk" ] || [ -e "$DISKS/${disk##*/}" ]; then continue; fi
		mkdir -p "$DISKS" && cp "$disk" "$DISKS/.new" && mv "$DISKS/.new" "$DISKS/${disk##*/}" || return
	done
}

# write_domain: its description for xl, with what this machine has
write_domain() {
	cp "$PAYLOAD/domain.xl" "$XEN/domain.xl" || return
	given_arguments
	[ -z "$arguments" ] || echo "extra = \"$(printf %s "$arguments" | sed 's/[\\"]/\\&/g')\"" >>"$XEN/domain.xl"
	card || return 0
	read -r address <"$ROOT/sys/class/net/$card/address"
	echo "$card" >"$XEN/card"
	echo "vif = [ 'mac=$address,script=/usr/lib/leanos/xen/vif' ]" >>"$XEN/domain.xl"
}

# given_arguments: sets arguments to those of user-data, which take the place of the image's
given_arguments() {
	arguments='' first=''
	{ IFS= read -r first <"$DATA/user-data"; } 2>/dev/null
	[ "$first" = '#payload-args' ] || return 0
	arguments=$(sed 1d "$DATA/user-data" | tr '\n' ' ')
	arguments=${arguments% }
}

# tell_domain ID: what the datasource brought, where programs of XenServer look for it, and where rumprun does
tell_domain() {
	place=/local/domain/$1
	for name in instance-id local-hostname user-data; do
		[ -s "$DATA/$name" ] || continue
		[ "$(stat -c %s "$DATA/$name")" -le "$MOST_VALUE" ] || {
			tell "warning: $name is larger than $MOST_VALUE bytes, and the payload is not told it"
			continue
		}
		xenstore write "$place/vm-data/$name" "$(cat "$DATA/$name")"
	done
	case $(head -c 1 "$DATA/user-data" 2>/dev/null) in
	'{') xenstore write "$place/rumprun/cfg" "$(cat "$DATA/user-data")" ;;
	*) [ ! -f "$PAYLOAD/rumprun.json" ] || xenstore write "$place/rumprun/cfg" "$(cat "$PAYLOAD/rumprun.json")" ;;
	esac
}

# created: sets domain to its number, when xl has made it; 1 where xl could not
created() {
	while :; do
		domain=$(sed -n 's/^Waiting for domain .* (domid \([0-9]*\)) .*/\1/p' "$XEN/said")
		[ -z "$domain" ] || return 0
		kill -0 "$watcher" 2>/dev/null || return 1
		nap 0.1
	done
}

# run_domain: from its start to its end. Sets end to the exit status of that; 1 where it restarts. It is paused until its console
# is read: what it says first is not lost.
run_domain() {
	end=1
	rm -f "$XEN/up"
	remove_domain # one is left where all that watched it was killed
	xl create -p -F "$XEN/domain.xl" >"$XEN/said" 2>&1 &
	watcher=$!
	created || {
		echo 'error: Xen cannot start the payload:'
		cat "$XEN/said"
		return 0
	}
	tell_domain "$domain"
	xenconsole "$domain" <>"$XEN/input" &
	console=$!
	xl unpause "$domain"
	note_start
	await_end
	rm -f "$XEN/up"
	case $(sed -n 's/.* has shut down, reason code \([0-9]*\).*/\1/p' "$XEN/said") in
	0) end=0 ;;
	1) return 1 ;;
	3) echo 'error: the payload crashed' ;;
	*) [ -z "${stopping:-}" ] || end=0 ;;
	esac
}

# note_start: since when the domain runs, in seconds since power-on
note_start() {
	read -r up _ <"$ROOT/proc/uptime"
	echo "${up%.*}" >"$XEN/up"
}

# is_up: whether the domain has run for a while, and does; it takes Xen some time to make one, which is no time of its own
is_up() {
	since=''
	{ read -r since <"$XEN/up"; } 2>/dev/null
	[ -n "$since" ] || return 1
	read -r up _ <"$ROOT/proc/uptime"
	[ $((${up%.*} - since)) -ge "$UP_SECONDS" ] && ! has_ended
}

# await_end: of the domain, and of its console, which has read all by then or never will
await_end() {
	while kill -0 "$watcher" 2>/dev/null; do wait "$watcher"; done
	naps=0
	while kill -0 "$console" 2>/dev/null && [ "$naps" -lt 10 ]; do
		naps=$((naps + 1))
		nap 0.1
	done
	kill "$console" 2>/dev/null
}

# has_ended: the domain, whoever watched it
has_ended() {
	case $(xl list "$NAME" 2>/dev/null | awk 'NR == 2 { print $5 }') in '' | *[scd]*) ;; *) return 1 ;; esac
}

# remove_domain: what is there of it
remove_domain() {
	! xl domid "$NAME" >/dev/null 2>&1 || xl destroy "$NAME" >/dev/null 2>&1
}

# stop_domain: asks it to switch itself off, and ends it where it does not, before whoever asked for that loses patience
stop_domain() {
	stopping=1
	xl shutdown -F "$NAME" >/dev/null 2>&1
	naps=0
	until has_ended || [ "$naps" -ge 50 ]; do
		naps=$((naps + 1))
		nap 0.1
	done
	remove_domain
}
