# shellcheck shell=dash
# Everything that ssh does not wait for but its user does: network and datasource. Runs in a shell of its own that has
# system.sh, network.sh and the configuration already.
. "$ROOT/usr/lib/leanos/drivers.sh"
. "$ROOT/usr/lib/leanos/platform.sh"
. "$ROOT/usr/lib/leanos/label.sh"
. "$ROOT/usr/lib/leanos/datasource.sh"
. "$ROOT/usr/lib/leanos/accounts.sh"
. "$ROOT/usr/lib/leanos/apply.sh"

# start_others: what nobody waits for, once: consoles (boot waits for a line) and settle
start_others() {
	[ -z "${started:-}" ] || return 0
	started=1
	echo >&3
	exec 3>&-
	/usr/lib/leanos/settle &
}

load_drivers virtio 'virtio:d0000000[128]v*' # network, disks, SCSI (virtio 1.2, chapter 5)
start_dhcp
make_home "$LOGIN_USER"
first_datasource || {
	start_others # a seed may be on a disk whose driver it loads
	find_datasource
}
apply_keys
set_priority 19 # who has waited for the keys comes first
. "$ROOT/usr/lib/leanos/network-config.sh"
apply_datasource
set_priority 0
start_others
ln -s leanos /run/cirros
: >/run/leanos/applied
syslogd -C64 -L
klogd
/usr/sbin/leanos-userdata
late_datasource || exit 0
apply_keys
apply_datasource
/usr/sbin/leanos-userdata
exec /usr/sbin/leanos-status
