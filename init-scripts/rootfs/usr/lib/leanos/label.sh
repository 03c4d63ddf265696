# shellcheck shell=dash
# shellcheck disable=SC2034 # results are in variables: a subshell for each would cost more than the reading
# Seeds among the disks and partitions: filesystems with a label that seed_of knows, in any case, found where blkid finds them. Two looks tell most disks from seeds; the shell leaves out the zeros in what it sees. Everything is found below $ROOT.

# seed_of TEXT: sets seed to the name that a label stands for; 1 for any other label
seed_of() {
	label=${1%"${1##*[! ]}"}
	case $label in
	[Cc][Ii][Dd][Aa][Tt][Aa]) seed=cidata ;;
	[Cc][Oo][Nn][Ff][Ii][Gg]-2) seed=config-2 ;;
	[Cc][Oo][Nn][Tt][Ee][Xx][Tt]) seed=context ;;                          # OpenNebula
	[Mm][Ee][Tt][Aa][Dd][Aa][Tt][Aa]) seed=metadata ;;                     # IBM
	[Oo][Vv][Ff]\ [Ee][Nn][Vv] | [Oo][Vv][Ff][Ee][Nn][Vv]) seed=ovf-env ;; # VMware
	OVF-TRANSPORT | ovf-transport) seed=ovf-env ;;
	[Rr][Dd]_[Rr][Dd][Ff][Ee]_*) seed=rd_rdfe ;; # Azure
	*) return 1 ;;
	esac
}

# mentions_seed TEXT: whether a label may be in it, wherever
mentions_seed() {
	case $1 in
	*[Cc][Ii][Dd][Aa][Tt][Aa]* | *[Cc][Oo][Nn][Ff][Ii][Gg]-2* | *[Cc][Oo][Nn][Tt][Ee][Xx][Tt]*) ;;
	*[Mm][Ee][Tt][Aa][Dd][Aa][Tt][Aa]* | *[Oo][Vv][Ff]* | *[Rr][Dd]_[Rr][Dd][Ff][Ee]_*) ;;
	*) return 1 ;;
	esac
}

# read_label DEVICE: sets filesystem to its kind, and seed to the name that its label is; 1 where it is none of a seed
read_label() {
	start=$(dd if="$1" bs=1536 count=1 2>/dev/null)
	filesystem=vfat
	is_fat "$1" && return 0
	filesystem=ext4
	mentions_seed "$start" && is_ext "$1" && return 0
	descriptors=$(dd if="$1" bs=16384 skip=2 count=1 2>/dev/null) # ECMA-119, 8: from sector 16 on
	case $descriptors in
	*CD001*) filesystem=iso9660 && mentions_seed "$descriptors" && is_iso "$1" ;;
	*NSR0[23]*) filesystem=udf && is_udf "$1" ;;
	*) return 1 ;;
	esac
}

# is_fat DEVICE: by the label in its boot sector, the eleven bytes before its type; else by that in its root directory, the only
# place where Windows keeps one. A boot sector begins with a jump (EB or E9).
is_fat() {
	# shellcheck disable=SC3003 # BusyBox's ash has $'…'
	case $start in
	*FAT1[26]\ * | *FAT32\ *)
		label=${start%%FAT[13][26] *}
		seed_of "${label#"${label%???????????}"}" && return 0
		;;
	'' | [!$'\353\351']*) return 1 ;;
	esac
	root_label "$1"
}

# root_label DEVICE: that of a FAT, in its root directory: an area of its own, or, in a FAT32, a chain of clusters
# ("Microsoft FAT Specification", sections 3 and 6)
root_label() {
	disk=$1
	# shellcheck disable=SC2046 # numbers
	set -- $(hexdump -v -s 11 -n 37 -e '1/2 "%u" 1/1 " %u" 1/2 " %u" 1/1 " %u" 2/2 " %u" 1/1 " %u" 3/2 " %u" 3/4 " %u" 2/2 " %u" 1/4 " %u"' "$1" 2>/dev/null)
	case ${1:-} in 512 | 1024 | 2048 | 4096) ;; *) return 1 ;; esac
	[ $# = 16 ] && [ "$2" != 0 ] && [ "$3" != 0 ] && [ "$4" != 0 ] && [ "$7" -ge 240 ] || return 1
	if [ "$8" != 0 ]; then
		volume_entry $((($3 + $4 * $8) * $1)) $(($5 * 32))
		return
	fi
	cluster=${16} hops=0
	while [ "$cluster" -ge 2 ] && [ "$cluster" -lt 268435447 ] && [ "$hops" -lt 16 ]; do
		hops=$((hops + 1))
		volume_entry $((($3 + $4 * ${13} + (cluster - 2) * $2) * $1)) $(($1 * $2)) && return 0
		[ -z "$entry" ] || return 1
		cluster=$(hexdump -v -s $(($3 * $1 + cluster * 4)) -n 4 -e '1/4 "%u"' "$disk" 2>/dev/null)
		case $cluster in '' | *[!0-9]*) return 1 ;; esac # the disk ends before it
		cluster=$((cluster & 268435455))
	done
	return 1
}

# volume_entry OFFSET BYTES: whether the first entry of a directory that is a volume's name (or the end: first byte 0) is that
# of a seed; it is left in entry
volume_entry() {
	entry=$(hexdump -v -s "$1" -n "$2" -e '32/1 "%02x"' -e '11/1 "%_p" 21/1 "" "\n"' "$disk" 2>/dev/null |
		grep -m 1 -E '^(00|([0-9a-df].|e[0-46-9a-f]).{20}[02468ace][89a-e].{16}0000.{8}0000)')
	seed_of "${entry#????????????????????????????????????????????????????????????????}"
}

# is_ext DEVICE: by the magic number and the name in its superblock (kernel, Documentation/filesystems/ext4/super.rst)
is_ext() {
	[ "$(hexdump -v -s 1080 -n 2 -e '1/2 "%x"' "$1")" = ef53 ] && seed_of "$(dd if="$1" bs=8 skip=143 count=2 2>/dev/null)"
}

# is_iso DEVICE: by the 32 bytes after the 32 of the system's name in a volume descriptor; the first is mostly the one. Joliet's
# has two bytes for each character.
is_iso() {
	label=${descriptors#*CD001?????????????????????????????????}
	seed_of "${label%"${label#????????????????????????????????}"}" && return 0
	sector=16
	while [ "$sector" -lt 24 ]; do
		seed_of "$(dd if="$1" bs=8 skip=$((sector * 256 + 5)) count=4 2>/dev/null)" && return 0
		sector=$((sector + 1))
	done
	return 1
}

# is_udf DEVICE: by a name in the descriptors that the anchor in block 256 leads to: its characters are between two numbers
# (ECMA-167, 3/10.2 and 1/7.2.12)
is_udf() {
	disk=$1
	for block in 2048 512 4096; do
		# shellcheck disable=SC2046 # numbers
		set -- $(hexdump -v -s $((256 * block)) -n 24 -e '12/2 "%u "' "$disk" 2>/dev/null)
		[ "${1:-}-$#" = 2-12 ] || continue
		while read -r name; do seed_of "$name" && return 0; done <<EOF
$(dd if="$disk" bs="$block" skip=$((${11} + ${12} * 65536)) count=16 2>/dev/null | tr -d '\000' | tr -c ' -~' '\n')
EOF
	done
	return 1
}

# own_partitions: sets own to the partitions that the system itself lives on, which hold no seeds: those of its names on the
# disk that it was booted from. The initramfs leaves a line of NAME=LABEL for each that it saw.
own_partitions() {
	own=' '
	[ -s "$ROOT/run/leanos/partitions" ] && [ -s "$ROOT/run/leanos/root" ] || return 0
	read -r root_device <"$ROOT/run/leanos/root"
	for disk in "$ROOT"/sys/block/*/"${root_device##*/}"; do disk=${disk%/*}; done
	while read -r line; do
		case $line in *=BIOS-BOOT | *=PREP | *=ESP | *=USR-[AB] | *=STATE) ;; *) continue ;; esac
		[ ! -e "$disk/${line%%=*}" ] || own="$own${line%%=*} "
	done <"$ROOT/run/leanos/partitions"
}

# is_own BLOCK: whether it is one of these partitions, or the disk that they are on
is_own() {
	for part in "$1" "$1/${1##*/}"*; do
		case $own in *" ${part##*/} "*) return 0 ;; esac
	done
	return 1
}

# read_labels: sets LABELS to a word DEVICE/FILESYSTEM/SEED for every disk and partition that holds a seed
read_labels() {
	LABELS='' LABELS_READ=1
	own_partitions
	for block in "$ROOT"/sys/class/block/*; do
		case ${block##*/} in loop* | ram* | zram* | dm-*) continue ;; esac
		is_own "$block" && continue
		! read_label "$ROOT/dev/${block##*/}" || LABELS="$LABELS ${block##*/}/$filesystem/$seed"
	done
}

# find_label SEED: sets labelled to a word DEVICE/FILESYSTEM for each with that label; 1 where there is none
find_label() {
	[ -n "${LABELS_READ:-}" ] || read_labels
	labelled=''
	for word in $LABELS; do
		[ "${word##*/}" != "$1" ] || labelled="$labelled ${word%/*}"
	done
	[ -n "$labelled" ]
}
