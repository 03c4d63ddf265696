# shellcheck shell=dash
# How often things are done. Everything is found below $ROOT.

# mark_of FREQUENCY NAME: sets mark to the file that remembers it; none for always; 1 for a frequency that is none
mark_of() {
	case $1 in
	always) mark='' ;;
	boot) mark=$ROOT/run/leanos/sem/$2 ;;
	once) mark=$ROOT/var/lib/leanos/sem/$2.once ;;
	instance)
		id=$(tr -c 'A-Za-z0-9._\n-' _ 2>/dev/null <"$ROOT/run/leanos/datasource/data/instance-id" | head -n 1 | cut -c1-128)
		mark=$ROOT/var/lib/leanos/sem/$2.i-${id:-none}
		;;
	*) return 1 ;;
	esac
}

# make_mark: on the disk, with all that was done before it
make_mark() {
	dd of="$mark" conv=fsync </dev/null 2>/dev/null
}

# per FREQUENCY NAME COMMAND…: does it, unless it has been done; what was begun is not begun again, so that a command that
# restarts the machine does so once
per() {
	mark_of "$1" "$2" || return 2
	if [ -n "$mark" ]; then
		[ ! -e "$mark" ] || return 0
		mkdir -p "${mark%/*}"
		make_mark
	fi
	shift 2
	"$@"
}
