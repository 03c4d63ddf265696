# shellcheck shell=dash
# Partitions of a GPT (UEFI 2.10, chapter 5): finds one by its name, and grows the last to the end of its disk, with dd and
# hexdump alone.

# gpt_number FILE OFFSET BYTES: a little-endian number
gpt_number() {
	dd if="$1" bs=1 skip="$2" count="$3" 2>/dev/null | hexdump -v -e '1/1 "%02x\n"' | {
		hex=''
		while read -r byte; do hex=$byte$hex; done
		echo $((0x$hex))
	}
}

# gpt_bytes NUMBER BYTES: the number as little-endian bytes, for printf's %b
gpt_bytes() {
	number=$1
	count=$2
	out=''
	while [ "$count" -gt 0 ]; do
		out="$out\\0$(printf %o $((number & 255)))"
		number=$((number >> 8))
		count=$((count - 1))
	done
	printf %s "$out"
}

# gpt_put FILE OFFSET NUMBER BYTES: writes a little-endian number into a file
gpt_put() {
	printf %b "$(gpt_bytes "$3" "$4")" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# gpt_crc FILE: the CRC-32 that GPT uses is the one at the end of a gzip stream
gpt_crc() {
	gzip -1 -c "$1" | tail -c 8 | dd of="$1.crc" bs=4 count=1 2>/dev/null
	gpt_number "$1.crc" 0 4
	rm -f "$1.crc"
}

# gpt_grow DISK SECTORS [NUMBER]: grows a partition (without NUMBER: STATE of leanos), which is the last on the disk. 0 when
# the table was changed, 1 when there is nothing to do or the table is not one that can be grown.
# The backup is written before the primary, so that there is a whole table at every moment. In a shell of its
# own, for the initramfs has a disk, too.
gpt_grow() {
	(grow_table "$@")
}

# grow_table DISK SECTORS [NUMBER]
grow_table() {
	disk=$1 sectors=$2
	[ "$(dd if="$disk" bs=1 skip=512 count=8 2>/dev/null)" = 'EFI PART' ] || return 1
	[ "$(gpt_number "$disk" 544 8)" -lt $((sectors - 1)) ] || return 1
	work=$ROOT/run/gpt
	[ -d "$ROOT/run" ] || mkdir -p "$ROOT/run"
	dd if="$disk" of="$work.header" bs=512 skip=1 count=1 2>/dev/null
	dd if="$disk" of="$work.entries" bs=512 skip=2 count=32 2>/dev/null
	[ "$(gpt_number "$work.header" 80 4)" -eq 128 ] && [ "$(gpt_number "$work.header" 84 4)" -eq 128 ] || return 1
	last=$(gpt_last "$work.entries" "${3:-}") || return 1
	usable=$((sectors - 34))
	end=$(((usable + 1) / 2048 * 2048 - 1)) # partitions end on whole MiB
	gpt_put "$work.entries" $((last * 128 + 40)) "$end" 8
	gpt_put "$work.header" 48 "$usable" 8
	gpt_put "$work.header" 88 "$(gpt_crc "$work.entries")" 4
	gpt_write "$disk" $((sectors - 1)) 1 $((sectors - 33))
	gpt_write "$disk" 1 $((sectors - 1)) 2
	gpt_protect "$disk" "$sectors"
	rm -f "$work".*
	sync
}

# gpt_last ENTRIES [NUMBER]: the index of the partition that may grow
gpt_last() {
	[ -z "$2" ] || {
		echo $(($2 - 1))
		return
	}
	index=4 # BIOS-BOOT or PREP, ESP, USR-A, USR-B, STATE
	name=$(dd if="$1" bs=1 skip=$((index * 128 + 56)) count=10 2>/dev/null | tr -d '\000')
	[ "$name" = STATE ] && echo "$index"
}

# gpt_write DISK OWN OTHER ENTRIES: the header for sector OWN, its twin in OTHER, its entries in sector ENTRIES. They lie beside
# each other and come in one go: a power cut between the two would leave a disk without partitions.
gpt_write() {
	gpt_put "$work.header" 24 "$2" 8
	gpt_put "$work.header" 32 "$3" 8
	gpt_put "$work.header" 72 "$4" 8
	gpt_put "$work.header" 16 0 4
	dd if="$work.header" of="$work.summed" bs=92 count=1 2>/dev/null
	gpt_put "$work.header" 16 "$(gpt_crc "$work.summed")" 4
	if [ "$2" -lt "$4" ]; then
		cat "$work.header" "$work.entries" >"$work.table"
		first_sector=$2
	else
		cat "$work.entries" "$work.header" >"$work.table"
		first_sector=$4
	fi
	dd if="$work.table" of="$1" bs=512 seek="$first_sector" conv=notrunc,fsync 2>/dev/null
}

# gpt_protect DISK SECTORS: the protective MBR covers the whole disk, as far as 32 bits go
gpt_protect() {
	size=$(($2 - 1))
	[ "$size" -le 4294967295 ] || size=4294967295
	gpt_put "$1" 458 "$size" 4
}

# read_partitions DISK: sets partitions to a line of NAME=LABEL for each partition of that disk that has a GPT name
read_partitions() {
	partitions=''
	for file in "$ROOT/sys/block/$1/$1"*/uevent; do
		file=${file%/uevent}
		while read -r line; do
			case $line in PARTNAME=*) partitions="$partitions${file##*/}=${line#*=}
" ;; esac
		done <"$file/uevent"
	done 2>/dev/null
}

# find_partition NAME: sets device to the first of these partitions that has that name; 1 where there is none
find_partition() {
	device=''
	set -f # names of partitions are no patterns
	IFS='
'
	for line in $partitions; do
		[ -z "$device" ] && [ "${line#*=}" = "$1" ] && device=/dev/${line%%=*}
	done
	unset IFS
	set +f
	[ -n "$device" ]
}

# partition NAME: prints the device of a partition of the disk that the initramfs found the system on, whatever other disks
# there are
partition() {
	{ read -r own_disk <"$ROOT/run/leanos/disk"; } 2>/dev/null || return 1
	read_partitions "$own_disk"
	find_partition "$1" && echo "$device"
}
