# shellcheck shell=dash
# Everything that ssh does not wait for but its user does: network and datasource. Runs in a shell of its own that has
# system.sh, network.sh and the configuration already.
. "$ROOT/usr/lib/leanos/drivers.sh"
. "$ROOT/usr/lib/leanos/platform.sh"
. "$ROOT/usr/lib/leanos/label.sh"
. "$ROOT/usr/lib/leanos/datasource.sh"
. "$ROOT/usr/lib/leanos/network-config.sh"
. "$ROOT/usr/lib/leanos/accounts.sh"
. "$ROOT/usr/lib/leanos/apply.sh"

# start_settling: once
start_settling() {
	[ -z "${settling:-}" ] || return 0
	settling=1
	/usr/lib/leanos/settle &
}

load_drivers virtio 'virtio:d0000000[128]v*' # network, disks, SCSI (virtio 1.2, chapter 5)
start_dhcp
make_home "$LOGIN_USER"
first_datasource || {
	start_settling # a seed may be on a disk whose driver it loads
	find_datasource
}
apply_keys
start_settling
apply_datasource
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
