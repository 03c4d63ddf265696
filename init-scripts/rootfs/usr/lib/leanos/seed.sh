# shellcheck shell=dash
# shellcheck disable=SC2154 # labelled and filesystem are the result of find_label
# What datasources share, and what they need of the rest: DIR is the folder that `fetch` fills, DATASOURCE the datasource's
# name. Everything is found below $ROOT.

# Whoever reads datasources into its own shell has these.
command -v find_label >/dev/null || . "$ROOT/usr/lib/leanos/label.sh"
command -v have_modules >/dev/null || . "$ROOT/usr/lib/leanos/drivers.sh"
command -v make_private >/dev/null || . "$ROOT/usr/lib/leanos/system.sh"
command -v kernel_word >/dev/null || . "$ROOT/usr/lib/leanos/platform.sh"

MOST_BYTES=1048576 # of one file: more than any cloud allows, and little enough for a small guest

DATASOURCE=${0##*/}
seed_folder=''  # where a disk is mounted
spent=0 full='' # how much of the room in DIR is taken, and whether that was too much
shared=''       # another folder that has a part of it

# warn TEXT: of this datasource
warn() {
	tell "warning: $DATASOURCE: $*"
}

# room BYTES WHAT: whether DIR may grow by so much, for /run is memory: it holds an eighth of the machine's at most, and no more
# than 64 MiB. What comes is taken for as large as it may be, and measured when that is more than there is room for.
room() {
	kib=''
	{ read -r _ kib _ <"$ROOT/proc/meminfo"; } 2>/dev/null
	most=$((${kib:-65536} * 128))
	[ "$most" -le 67108864 ] || most=67108864
	[ $((spent + $1)) -le "$most" ] || measure
	[ $((spent + $1)) -gt "$most" ] || {
		spent=$((spent + $1))
		return 0
	}
	[ -n "$full" ] || warn "$2 and whatever follows is not read: there is room for $most bytes in all"
	full=1
	return 1
}

# measure: sets spent to the bytes that are in DIR, and in the folder that it shares the room with
measure() {
	kib=$(du -skc "$DIR" ${shared:+"$shared"} 2>/dev/null)
	kib=${kib##*
}
	spent=$((${kib%%[!0-9]*} * 1024))
}

# is_inside FILE: whether no link on the way to it leads out of the disk that the seed is on
is_inside() {
	[ -n "$seed_folder" ] || return 0
	case $1 in "$seed_folder"/*) ;; *) return 0 ;; esac
	step=$1
	until [ -L "$step" ]; do
		step=${step%/*}
		[ "$step" != "$seed_folder" ] || return 0
	done
	case $(readlink -f "$1") in "$seed_folder"/*) return 0 ;; esac
	warn "${1##*/} is a link that leads out of the seed, and is not read"
	return 1
}

# take FILE NAME: copies a file of a seed into DIR, where it is there and not too large
take() {
	[ -f "$1" ] && [ -s "$1" ] && is_inside "$1" && room "$MOST_BYTES" "$2" || return 1
	{ complaint=$(ulimit -f $((MOST_BYTES / 512)) && cp "$1" "$DIR/$2" 2>&1); } 2>/dev/null && return 0 # as in http_get
	rm -f "$DIR/$2"
	warn "$2 is larger than $MOST_BYTES bytes or damaged, and is not read"
	return 1
}

# decode_as NAME ENCODING: what is in DIR/NAME, with base64, or gzip below base64, undone; 1 where it is not of that kind, and is gone
decode_as() {
	case $2 in
	base64 | b64) undo_base64 "$1" ;;
	gzip+base64 | gz+b64) undo_base64 "$1" && undo_gzip "$1" ;;
	*) return 0 ;;
	esac && return 0
	rm -f "$DIR/$1" "$DIR/$1.list"
	warn "$1 is not $2, as it is said to be, and is not read"
	return 1
}

# undo_base64 NAME: BusyBox would pass over what is none
undo_base64() {
	! grep -q '[^A-Za-z0-9+/=[:space:]]' "$DIR/$1" && base64 -d "$DIR/$1" >"$DIR/$1.list" 2>/dev/null &&
		[ -s "$DIR/$1.list" ] && mv "$DIR/$1.list" "$DIR/$1"
}

undo_gzip() {
	gzip -dc "$DIR/$1" 2>/dev/null | head -c "$MOST_BYTES" >"$DIR/$1.list"
	[ -s "$DIR/$1.list" ] && mv "$DIR/$1.list" "$DIR/$1"
}

# plain_value TEXT: sets value to what follows KEY: or - in a line, where nothing in it means more to YAML than itself
plain_value() {
	[ ${#1} -le 4096 ] || return 1
	value=${1#*[:-] }
	case $value in '"'?*'"') value=${value#?} && value=${value%?} ;; esac
	case $value in null | Null | NULL | [!A-Za-z0-9]* | *[!A-Za-z0-9\ ._@+/=:-]* | *': '* | *: | *' ' | '') return 1 ;; esac
}

# read_plain_facts FILE: meta-data as most write it: instance-id, local-hostname and public-keys, each once, in block style.
# Gives what read_all_facts would, or 1 and nothing.
read_plain_facts() {
	plain_id='' plain_name='' plain_keys='' edge=''
	left=128 # lines, each read as far as it may be long
	# shellcheck disable=SC3045 # BusyBox's ash has it
	while IFS= read -r -n 4097 line || [ -n "$line" ]; do
		[ $((left -= 1)) -gt 0 ] || return 1
		case $line in
		'') continue ;;
		'- '* | '  - '*) plain_item "${line%%-*}-" && [ ${#plain_keys} -lt 65536 ] ;;
		public-keys:) [ -z "$edge" ] && edge=any ;;
		*)
			edge=${edge:+over}
			case $line in
			'instance-id: '*) [ -z "$plain_id" ] && plain_value "$line" && plain_id=$value ;;
			'local-hostname: '*) [ -z "$plain_name" ] && plain_value "$line" && plain_name=$value ;;
			*) return 1 ;;
			esac
			;;
		esac || return 1
	done <"$1"
	[ -z "$plain_id" ] || echo "$plain_id" >"$DIR/instance-id"
	[ -z "$plain_name" ] || echo "$plain_name" >"$DIR/local-hostname"
	[ -z "$plain_keys" ] || printf %s "$plain_keys" >"$DIR/public-keys"
}

# plain_item EDGE: takes $line as an item of public-keys; all items are below each other
plain_item() {
	case $edge in any | "$1") edge=$1 ;; *) return 1 ;; esac
	plain_value "$line" && plain_keys="$plain_keys$value
"
}

# read_facts FILE [TABLE]: what a meta-data file says, into DIR; a file that cannot be read is said and passed over, and so is
# what a TABLE of understood/ does not list
read_facts() {
	[ -f "$1" ] && [ -s "$1" ] && is_inside "$1" || return 1
	read_plain_facts "$1" || read_all_facts "$@"
}

# read_all_facts FILE [TABLE]: the same for any YAML or JSON
read_all_facts() {
	library=$ROOT/usr/lib/leanos
	complaints=$(head -c "$MOST_BYTES" "$1" | flatten -v dir="$DIR" -v table="${2:+$library/understood/$2}" \
		-f "$library/understood.awk" -f "$library/facts.awk" 2>&1) || {
		warn "${1##*/}: line $complaints"
		return 1
	}
	warn_lines "${1##*/}" "$complaints"
}

# warn_lines WHAT TEXT: of each line, as of something that was read
warn_lines() {
	[ -z "$2" ] || while read -r complaint; do warn "$1: $complaint"; done <<EOF
$2
EOF
}

# mount_seed DEVICE FOLDER FILESYSTEM: read-only, and nothing on it is a device or a program. Where the folder is, root alone gets:
# the root of the filesystem may be open to everybody.
mount_seed() {
	[ -d "$2" ] || make_private "$2"
	options=ro,nosuid,nodev,noexec
	case $3 in ext4) options=$options,noload ;; esac # its journal is left alone
	! have_modules || case $3 in
	vfat) modprobe -a -q vfat nls_cp437 nls_ascii 2>/dev/null ;;
	iso9660) modprobe -q isofs 2>/dev/null ;;
	*) modprobe -q "$3" 2>/dev/null ;;
	esac
	mount -t "$3" -o "$options" "$1" "$2" 2>/dev/null && return 0
	warn "cannot mount ${1##*/} ($3)"
	return 1
}

# from_seed READ LABEL FOLDER…: runs READ with the folder of each seed until one is right: those below /var/lib/cloud/seed, then
# the disks with the label. 1 where none is.
from_seed() {
	read_seed=$1 seed_label=$2 seed_folder=''
	shift 2
	for folder; do
		folder=$ROOT/var/lib/cloud/seed/$folder
		[ -d "$folder" ] && "$read_seed" "$folder" && return 0
	done
	find_label "$seed_label" || return 1
	seed_folder=$DIR.seed # of datasource.sh
	[ -d "$seed_folder" ] || seed_folder=$ROOT/run/leanos/seed/$DATASOURCE
	for found_seed in $labelled; do
		mount_seed "$ROOT/dev/${found_seed%/*}" "$seed_folder" "${found_seed#*/}" || continue
		"$read_seed" "$seed_folder"
		status=$?
		umount "$seed_folder"
		[ "$status" != 0 ] || return 0
	done
	return 1
}

# let_in: when keys and host name are known, which somebody may wait for, and before the rest is asked for; where a datasource that
# goes before this one may still be there, the keys wait as well
let_in() {
	[ -n "${search:-}" ] && [ -s "$DIR/instance-id" ] && command -v give_login >/dev/null || return 0
	for before in $list; do
		[ "$before" != "$DATASOURCE" ] || break
		[ -e "$search/$before.none" ] || return 0
	done
	(set_priority 0 && data=$DIR give_login)
	: >"$DIR/let-in"
}

# detect: of a datasource that has rows in platforms.sh
detect() {
	seems_there "$DATASOURCE"
}

# run_datasource NAME WORDS…: the command line that every datasource has: detect, or fetch DIR; they are its functions. One whose
# fetch leaves a file "report" in DIR has report DIR as well: what its cloud is told once its data is applied.
run_datasource() {
	DATASOURCE=$1
	shift
	case ${1:-} in
	detect) detect ;;
	fetch)
		DIR=$2
		detect >/dev/null || return 1
		[ -d "$DIR" ] || mkdir -m 0700 "$DIR"
		fetch
		;;
	report)
		DIR=$2
		report
		;;
	*)
		echo "usage: $DATASOURCE detect | fetch DIR | report DIR" >&2
		return 2
		;;
	esac
}
