# shellcheck shell=dash
# shellcheck disable=SC2154 # labelled and filesystem are the result of find_label
# What datasources share, and what they need of the rest: DIR is the folder that `fetch` fills, DATASOURCE the datasource's
# name. Everything is found below $ROOT.

# Whoever reads datasources into its own shell has these.
command -v find_label >/dev/null || . "$ROOT/usr/lib/leanos/label.sh"
command -v have_modules >/dev/null || . "$ROOT/usr/lib/leanos/drivers.sh"
command -v nap >/dev/null || . "$ROOT/usr/lib/leanos/system.sh"
command -v kernel_word >/dev/null || . "$ROOT/usr/lib/leanos/platform.sh"

MOST_BYTES=1048576 # of one file: more than any cloud allows, and little enough for a small guest

DATASOURCE=${0##*/}

# warn TEXT: of this datasource
warn() {
	tell "warning: $DATASOURCE: $*"
}

# take FILE NAME: copies a file of a seed into DIR, where it is there and not too large
take() {
	[ -f "$1" ] && [ -s "$1" ] || return 1
	if [ "$(stat -c %s "$1")" -gt "$MOST_BYTES" ]; then
		warn "$2 is larger than $MOST_BYTES bytes and is not read"
		return 1
	fi
	cp "$1" "$DIR/$2"
}

# plain_value TEXT: sets value to what follows KEY: or - in a line, where nothing in it means more to YAML than itself
plain_value() {
	[ ${#1} -le 16384 ] || return 1
	value=${1#*[:-] }
	case $value in '"'?*'"') value=${value#?} && value=${value%?} ;; esac
	case $value in null | [!A-Za-z0-9]* | *[!A-Za-z0-9\ ._@+/=:-]* | *': '* | *: | *' ' | '') return 1 ;; esac
}

# read_plain_facts FILE: meta-data as most write it: instance-id, local-hostname and public-keys, each once, in block style.
# Gives what read_all_facts would, or 1 and nothing.
read_plain_facts() {
	plain_id='' plain_name='' plain_keys='' edge=''
	while IFS= read -r line || [ -n "$line" ]; do
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

# read_facts FILE: what a meta-data file says, into DIR; a file that cannot be read is said and passed over
read_facts() {
	[ -s "$1" ] || return 1
	read_plain_facts "$1" || read_all_facts "$1"
}

# read_all_facts FILE: the same for any YAML or JSON
read_all_facts() {
	library=$ROOT/usr/lib/leanos
	complaint=$(awk -v dir="$DIR" -f "$library/flatten.awk" -f "$library/facts.awk" "$1" 2>&1) && return 0
	warn "${1##*/}: line $complaint"
	return 1
}

# mount_seed DEVICE FOLDER FILESYSTEM: read-only, as one of the two filesystems that seeds have
mount_seed() {
	[ -d "$2" ] || mkdir -p "$2"
	! have_modules || case $3 in
	vfat) modprobe -a -q vfat nls_cp437 nls_ascii 2>/dev/null ;;
	iso9660) modprobe -q isofs 2>/dev/null ;;
	esac
	mount -t "$3" -o ro "$1" "$2" 2>/dev/null && return 0
	warn "cannot mount $1"
	return 1
}

# from_seed READ LABEL… -- FOLDER…: runs READ with the folder of the seed: one below /var/lib/cloud/seed, or a disk with one of
# the labels. 1 where there is neither.
from_seed() {
	read_seed=$1
	shift
	labels=''
	while [ "$1" != -- ]; do
		labels="$labels $1"
		shift
	done
	shift
	for folder; do
		folder=$ROOT/var/lib/cloud/seed/$folder
		[ -d "$folder" ] && "$read_seed" "$folder" && return 0
	done
	# shellcheck disable=SC2086 # one word each
	find_label $labels || return 1
	mount_point=$ROOT/run/leanos/seed/$DATASOURCE
	mount_seed "$labelled" "$mount_point" "$filesystem" || return 1
	"$read_seed" "$mount_point"
	status=$?
	umount "$mount_point"
	return "$status"
}

# run_datasource NAME WORDS…: the command line that every datasource has: detect, or fetch DIR; they are its functions
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
	*)
		echo "usage: $DATASOURCE detect | fetch DIR" >&2
		return 2
		;;
	esac
}
