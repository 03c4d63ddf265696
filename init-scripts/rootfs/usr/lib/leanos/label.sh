# shellcheck shell=busybox
# Labels of filesystems, read where each format keeps them. Everything is found below $ROOT.

# sector FILE NUMBER BYTES: one sector as text, without zeros
sector() {
	dd if="$1" bs="$3" skip="$2" count=1 2>/dev/null | tr -d '\000'
}

# label_of DEVICE: the label of a FAT (the eleven bytes before its type) or of an ISO 9660 (32 bytes, after the 32 of the
# system's name, in the descriptor at sector 16), with the spaces at its end
label_of() {
	text=$(sector "$1" 0 512)
	case $text in
	*FAT12\ * | *FAT16\ * | *FAT32\ *)
		text=${text%%FAT[13][26] *}
		echo "${text#"${text%???????????}"}"
		return
		;;
	esac
	dd if="$1" bs=8 skip=4101 count=4 2>/dev/null
	echo
}

# device_labelled NAME: the disk or partition with that label, in small or in capital letters
device_labelled() {
	for block in "$ROOT"/sys/class/block/*; do
		name=${block##*/}
		case $name in loop* | ram* | zram*) continue ;; esac
		# The partitions of the system's own disk hold no seeds.
		grep -q -E '^PARTNAME=(BIOS-BOOT|ESP|USR-.|STATE)$' "$block/uevent" 2>/dev/null && continue
		case $(label_of "$ROOT/dev/$name" | tr a-z A-Z | tr -d '\000') in
		"$1" | "$1 "*)
			echo "$ROOT/dev/$name"
			return 0
			;;
		esac
	done
	return 1
}
