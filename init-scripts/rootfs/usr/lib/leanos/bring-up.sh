# shellcheck shell=dash
# Everything that ssh does not wait for but its user does: network and datasource. Runs in a shell of its own that has
# system.sh, network.sh and the configuration already.
. "$ROOT/usr/lib/leanos/drivers.sh"
. "$ROOT/usr/lib/leanos/platform.sh"
. "$ROOT/usr/lib/leanos/label.sh"
. "$ROOT/usr/lib/leanos/datasource.sh"
. "$ROOT/usr/lib/leanos/accounts.sh"
. "$ROOT/usr/lib/leanos/apply.sh"

# start_settling PRIORITY: once; drivers are loaded with that priority
start_settling() {
	[ -z "${settling:-}" ] || return 0
	settling=1
	/usr/lib/leanos/settle "$1" 3>&- &
}

# let_consoles_start: boot waits for a line
let_consoles_start() {
	echo >&3
	exec 3>/dev/null
}

load_drivers virtio 'virtio:d0000000[128]v*' # network, disks, SCSI (virtio 1.2, chapter 5)
start_dhcp
make_home "$LOGIN_USER"
first_datasource || {
	set_priority 10   # who needs no datasource to log in comes first
	start_settling 10 # a seed may be on a disk whose driver it loads: the search waits for that
	find_datasource
	set_priority 0
	keep_found
}
apply_login
set_priority 19 # who has waited for the keys comes first
start_settling 19
[ -z "$found" ] || end_search
. "$ROOT/usr/lib/leanos/network-config.sh"
apply_datasource
set_priority 0
let_consoles_start
ln -s leanos /run/cirros
: >/run/leanos/applied
syslogd -C64 -L
klogd
/usr/sbin/leanos-userdata
late_datasource || exit 0
apply_login
apply_datasource
/usr/sbin/leanos-userdata
exec /usr/sbin/leanos-status
