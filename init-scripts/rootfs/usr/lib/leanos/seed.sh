# shellcheck shell=dash
# shellcheck disable=SC2154 # labelled and filesystem are the result of find_label
# What datasources share: DIR is the folder that `fetch` fills, NAME the datasource's. Disks need drivers.sh and label.sh.
# Everything is found below $ROOT.

MOST_BYTES=1048576 # of one file: more than any cloud allows, and little enough for a small guest

DATASOURCE=${0##*/}

# warn TEXT: on the console
warn() {
	echo "warning: $DATASOURCE: $*" >>"$ROOT/dev/console"
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

# read_facts FILE: what a meta-data file says, into DIR; a file that cannot be read is said and passed over
read_facts() {
	[ -s "$1" ] || return 1
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
