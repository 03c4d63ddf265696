# shellcheck shell=dash
# shellcheck disable=SC2034 # results are in variables: a subshell for each would cost more than the reading
# Labels of filesystems, read where each format keeps them. Everything is found below $ROOT.

# read_label DEVICE: sets filesystem to its kind and label to that of a FAT (the eleven bytes before its type) or of an
# ISO 9660 (32 bytes, after the 32 of the system's name, in the descriptor at sector 16), without the spaces at its end. The
# shell leaves out zeros.
read_label() {
	label=$(dd if="$1" bs=512 count=1 2>/dev/null)
	case $label in
	*FAT1[26]\ * | *FAT32\ *)
		filesystem=vfat
		label=${label%%FAT[13][26] *}
		label=${label#"${label%???????????}"}
		;;
	*)
		filesystem=iso9660
		label=$(dd if="$1" bs=8 skip=4101 count=4 2>/dev/null)
		;;
	esac
	label=${label%"${label##*[! ]}"}
}

# own_partitions: sets own to the partitions that the system itself lives on, which hold no seeds: of those that the
# initramfs saw, a line of NAME=LABEL for each
own_partitions() {
	own=' '
	[ -s "$ROOT/run/leanos/partitions" ] || return 0
	while read -r line; do
		case $line in *=BIOS-BOOT | *=ESP | *=USR-[AB] | *=STATE) ;; *) continue ;; esac
		own="$own${line%%=*} "
	done <"$ROOT/run/leanos/partitions"
}

# is_own BLOCK: whether it is one of these partitions, or the disk that they are on
is_own() {
	for part in "$1" "$1/${1##*/}"*; do
		case $own in *" ${part##*/} "*) return 0 ;; esac
	done
	return 1
}

# read_labels: sets LABELS to a line of DEVICE/FILESYSTEM/LABEL for every disk and partition that may hold a seed
read_labels() {
	LABELS='' LABELS_READ=1
	own_partitions
	for block in "$ROOT"/sys/class/block/*; do
		case ${block##*/} in loop* | ram* | zram*) continue ;; esac
		is_own "$block" && continue
		read_label "$ROOT/dev/${block##*/}"
		[ -z "$label" ] || LABELS="$LABELS${block##*/}/$filesystem/$label
"
	done
}

# find_label NAME…: sets labelled to the disk or partition whose label is one of the names, and filesystem to its kind
find_label() {
	[ -n "${LABELS_READ:-}" ] || read_labels
	for wanted; do
		case "
$LABELS" in *"
"*"/$wanted
"*) ;;
		*) continue ;;
		esac
		while IFS='/' read -r labelled filesystem label; do
			[ "$label" != "$wanted" ] || {
				labelled=$ROOT/dev/$labelled
				return 0
			}
		done <<EOF
$LABELS
EOF
	done
	labelled=''
	return 1
}
