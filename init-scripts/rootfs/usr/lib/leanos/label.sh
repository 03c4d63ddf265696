# shellcheck shell=busybox
# Labels of filesystems, read where each format keeps them. Everything is found below $ROOT.

# label_of DEVICE: the label of a FAT (at 43 or 71 of its boot sector, by its type) or of an ISO 9660 (at 40 of its volume
# descriptor, sector 16), without the spaces at its end
label_of() {
	case $(field "$1" 54 5)$(field "$1" 82 5) in
	FAT12* | FAT16*) field "$1" 43 11 ;;
	*FAT32) field "$1" 71 11 ;;
	*)
		[ "$(field "$1" 32769 5)" = CD001 ] || return 1
		field "$1" 32808 32
		;;
	esac
}

# field DEVICE OFFSET BYTES: text without zeros and without spaces at its end
field() {
	dd if="$1" bs=1 skip="$2" count="$3" 2>/dev/null | tr -d '\000' | sed 's/ *$//'
}

# device_labelled NAME: the disk or partition with that label, in any case of letters
device_labelled() {
	wanted=$(echo "$1" | tr a-z A-Z)
	for block in "$ROOT"/sys/class/block/*; do
		case ${block##*/} in loop* | ram* | zram*) continue ;; esac
		[ "$(label_of "$ROOT/dev/${block##*/}" | tr a-z A-Z)" = "$wanted" ] || continue
		echo "$ROOT/dev/${block##*/}"
		return 0
	done
	return 1
}
