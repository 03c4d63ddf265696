# shellcheck shell=dash
# VMware's settings of a machine that are for its guest: guestinfo.NAME. Needs seed.sh.

unanswered='' # why the hypervisor did not answer: then it is asked nothing more

# guestinfo NAME FILE: what guestinfo.NAME says into DIR/FILE; 1 where it says nothing. "---" stands where something was and
# was taken away.
guestinfo() {
	[ -z "$unanswered" ] && room "$MOST_BYTES" "guestinfo.$1" || return 1
	{ leanos-guestinfo "info-get guestinfo.$1" >"$DIR/$2"; } 2>/dev/null # the shell tells of a signal that ended it
	case $? in
	0) grep -qv -e '^[[:space:]]*$' -e '^---[[:space:]]*$' "$DIR/$2" && return 0 ;;
	1) ;;
	126 | 127) unanswered="VMware's settings cannot be asked for: this image has no leanos-guestinfo" ;;
	*) unanswered='the hypervisor does not answer to guestinfo, though the firmware says VMware' ;;
	esac
	rm -f "$DIR/$2"
	return 1
}
