# shellcheck shell=dash
# shellcheck disable=SC2034 # the steps of /init share these variables
# The steps of the initramfs, in the order of /init. Everything is found below $ROOT.

# say TEXT: on the console, whatever the kernel's log level is
say() {
	echo "$*" >>"$ROOT/dev/console"
}

# fail TEXT: says why the boot ends here. With debug-initramfs a shell follows; else the machine restarts after a while,
# so that a bootloader that counts tries can choose another slot.
fail() {
	say "error: initramfs: $1"
	[ -z "$debug" ] || setsid cttyhack sh
	sleep 10
	reboot -f
}

# keep_memory_free: of a small machine. To lay memory out for huge pages, which it will never have, the kernel would hold four
# MiB back as soon as kinds of pages are mixed (vm.watermark_boost_factor in Documentation/admin-guide/sysctl/vm.rst).
keep_memory_free() {
	read -r _ kib _ <"$ROOT/proc/meminfo"
	[ "$kib" -gt 262144 ] || echo 0 >"$ROOT/proc/sys/vm/watermark_boost_factor"
}

# keep_priorities: a low one is low beside every session, not in its own alone (sched(7), "The autogroup feature")
keep_priorities() {
	[ ! -e "$ROOT/proc/sys/kernel/sched_autogroup_enabled" ] || echo 0 >"$ROOT/proc/sys/kernel/sched_autogroup_enabled"
}

# read_command_line: sets usr, verity, state, stamp, debug and breaks from the kernel command line
read_command_line() {
	usr='' verity='' state='' stamp='' debug='' breaks=''
	read -r words <"$ROOT/proc/cmdline"
	for word in $words; do
		case $word in
		usr=*) usr=${word#*=} ;;
		leanos.verity=*) verity=${word#*=} ;;
		leanos.boot=*) stamp=${word#*=} ;;
		leanos.state=*) state=${word#*=} ;;
		rdroot) state=none ;;
		debug-initramfs) debug=1 ;;
		break=*) breaks="$breaks ${word#*=} " ;;
		esac
	done
}

# stop_before STEP: a shell on the console where the command line asks for it
stop_before() {
	case $breaks in
	*" $1 "*)
		say "info: initramfs: stopped before $1; exit goes on"
		setsid cttyhack sh
		;;
	esac
}

# load_modules: the filesystems of the root with the checksums that they ask for by no alias, and what its disk asks for
load_modules() {
	have_modules || return 0
	# By the names that are there: for one that it does not find modprobe reads all aliases.
	filesystems=''
	for module in "$ROOT"/lib/modules/*/kernel/fs/*/*.ko "$ROOT"/lib/modules/*/kernel/crypto/*.ko; do
		[ -e "$module" ] || continue
		module=${module##*/}
		filesystems="$filesystems ${module%.ko}"
	done
	[ -n "$usr" ] || filesystems="$filesystems loop"
	[ -z "$verity" ] || filesystems="$filesystems dm-verity"
	load_drivers virtio '*' "$filesystems"
}

# find_usr: sets usr_source, and disk to the one that it is on. Most disks are virtio or built in; for the others every driver is
# loaded. A disk may take its time; ten seconds are far more than any needs.
find_usr() {
	disk='' unsure='' state_device='' partitions=''
	if [ -z "$usr" ]; then
		usr_source=/usr.img
		[ -f "$ROOT/usr.img" ]
		return
	fi
	tries=0
	until choose_disk; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || {
			give_up_stamp
			return
		}
		load_drivers '*'
		sleep 0.1
	done
}

# fail_without_usr: with the disks that are there, and what the machine shows that disks may be behind
fail_without_usr() {
	. "$ROOT/usr/lib/leanos/devices.sh"
	disks=''
	for folder in "$ROOT"/sys/block/*; do
		[ ! -e "$folder/device" ] || disks="$disks ${folder##*/}"
	done
	say "info: initramfs: disks:${disks:- none}"
	for_devices 'disk bus' say_device
	fail "no /usr: $usr is not there"
}

# choose_disk: sets disk, usr_source, state_device and partitions, all of one disk; 1 while it is not there. Names are
# anybody's, and a copy of a disk has all that the disk has. So GRUB stamps the disk that it was started from, and says the stamp
# (leanos.boot=). Without one it is the disk of usr=/dev/NAME, or the first with the names; unsure says why that may be wrong.
choose_disk() {
	case $usr in
	PARTLABEL=*) choose_by_name "${usr#*=}" ;;
	*)
		[ -b "$ROOT$usr" ] || return 1
		disk_of "$usr"
		read_partitions "$disk"
		find_partition STATE
		usr_source=$usr state_device=$device
		;;
	esac
}

# choose_by_name NAME: one that has a STATE as well comes before one that has none
choose_by_name() {
	disk='' unsure='' state_device=''
	for folder in "$ROOT"/sys/block/*; do
		read_partitions "${folder##*/}"
		find_partition "$1" || continue
		found=$device
		find_partition STATE
		[ -z "$stamp" ] || has_stamp "$device" || continue
		if [ -n "$state_device" ]; then
			[ -z "$device" ] || unsure='more than one disk has its names'
		elif [ -z "$disk" ] || [ -n "$device" ]; then
			disk=${folder##*/} usr_source=$found state_device=$device listed=$partitions
		fi
		[ -z "$stamp" ] || break
	done
	partitions=${listed:-}
	[ -n "$disk" ]
}

# has_stamp DEVICE: whether GRUB wrote the stamp of this boot before the ext4 of this STATE: into the second line, see
# stages/disk/state-ext4.ts. Of no disk more than some bytes are read.
has_stamp() {
	mark=''
	# shellcheck disable=SC3045 # BusyBox's ash has it
	[ -z "$1" ] || { read -r -n 199 _ && read -r -n 99 mark; } 2>/dev/null <"$ROOT$1"
	[ "$mark" = "stamp=$stamp" ]
}

# give_up_stamp: no disk has it: /usr may be checked, but nothing says whose a STATE is
give_up_stamp() {
	[ -n "$stamp" ] || return 1
	stamp=''
	choose_disk && unsure='none has the stamp of this boot'
}

# disk_of DEVICE: sets disk to the name of the disk that a partition is on, or is
disk_of() {
	for disk in "$ROOT"/sys/block/*/"${1##*/}"; do
		[ -e "$disk" ] || disk=/${1##*/}/
		disk=${disk%/*}
		disk=${disk##*/}
	done
}

# must_be_sure: a disk that may be somebody else's is not written to, and gives no more than a /usr that is checked
must_be_sure() {
	[ -n "$unsure" ] || return 0
	say "warning: which disk was booted from is not certain: $unsure"
	disk='' state_device=''
	[ -n "$verity" ]
}

# is_writable NAME: whether the kernel would write to a block device
is_writable() {
	read -r read_only <"$ROOT/sys/class/block/$1/ro" && [ "$read_only" = 0 ]
}

# is_larger SECTORS: whether a disk goes on for more than two MiB behind STATE
is_larger() {
	read -r start <"$ROOT/sys/class/block/${state_device##*/}/start"
	read -r size <"$ROOT/sys/class/block/${state_device##*/}/size"
	[ $(($1 - start - size)) -gt 4096 ]
}

# grow_disk: gives STATE the rest of a disk that is larger than its partition table says. Nothing is mounted yet.
grow_disk() {
	[ -n "$state_device" ] && is_writable "$disk" || return 0
	read -r sectors <"$ROOT/sys/class/block/$disk/size"
	is_larger "$sectors" || return 0
	gpt_grow "$ROOT/dev/$disk" "$sectors" || return 0
	blockdev --rereadpt "$ROOT/dev/$disk" || say "warning: the kernel did not take the grown partition table"
	tries=0
	until [ -b "$ROOT$usr_source" ] && [ -b "$ROOT$state_device" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 50 ] || break
		sleep 0.1
	done
}

# mount_root: STATE is the root of the system. Where it is missing, damaged or read-only, the system runs from RAM.
mount_root() {
	root_source=RAM
	if [ -n "$usr" ] && [ "$state" != none ]; then
		if [ -n "$state_device" ] && mount_state "$state_device"; then
			root_source=$state_device
			return 0
		fi
		say "warning: STATE cannot be used; running from RAM, changes are lost when the machine stops"
	fi
	mount -t tmpfs -o mode=0755,size=75% root "$ROOT/newroot"
}

# mount_state DEVICE: writable or not at all. With delalloc a power cut could leave a new file that has its name and nothing in
# it; without, what was written is on the disk before the name is (Documentation/filesystems/ext4).
mount_state() {
	is_writable "${1##*/}" || return 1
	mount -t ext4 -o noatime,nodelalloc "$ROOT$1" "$ROOT/newroot" 2>/dev/null
}

# fill_root: the folders and links of a root around /usr, where they are not there yet. The mark comes last: a power cut must
# not leave half of them.
fill_root() {
	mark=$ROOT/newroot/var/lib/leanos/filled
	[ ! -e "$mark" ] || return 0
	cp -af "$ROOT/skeleton/." "$ROOT/newroot" && : >"$mark"
}

# check_usr: from here on the kernel checks every block of /usr when it is read; one that is wrong restarts the machine, and
# the bootloader counts the try. leanos.verity=ROOTHASH:BLOCKS says what is right; the hashes follow the data.
check_usr() {
	[ -n "$verity" ] && [ -n "$usr" ] || return 0
	blocks=${verity#*:}
	# The table of Documentation/admin-guide/device-mapper/verity.rst; a block has eight sectors.
	usr_source=$(leanos-verity usr $((blocks * 8)) \
		"1 $usr_source $usr_source 4096 4096 $blocks $blocks sha256 ${verity%%:*} - 1 restart_on_corruption") || return 1
}

# why_cut_off: of a /usr in memory: the kernel goes on without what it had no room for when it unpacked it
why_cut_off() {
	[ -z "$usr" ] && dmesg | grep -q 'nitramfs unpacking failed' || return 0
	read -r _ kib _ <"$ROOT/proc/meminfo"
	echo ": the kernel had no room to unpack it: with $((kib / 1024)) MiB of its own this machine is too small to start from RAM"
} 2>/dev/null

# mount_usr: the slot's image, read-only. From RAM the image is a file of the initramfs.
mount_usr() {
	mount -t squashfs -o ro "$ROOT$usr_source" "$ROOT/newroot/usr" 2>/dev/null ||
		mount -t erofs -o ro "$ROOT$usr_source" "$ROOT/newroot/usr"
}

# make_root: what is mounted around /usr, by one mount, for each start of it would be a good part of what all of them take. At
# its end the root of the system is on top of the initramfs, and the working directory is in it: hand_over.
make_root() {
	new=$ROOT/newroot
	mkdir -p "$ROOT/dev/pts" "$ROOT/dev/shm" "$ROOT/run/lock" "$ROOT/run/leanos/resolver" "$ROOT/run/leanos/boot-modules"
	[ -z "$disk" ] || {
		echo "$partitions" >"$ROOT/run/leanos/partitions"
		echo "$disk" >"$ROOT/run/leanos/disk"
	}
	echo "$root_source" >"$ROOT/run/leanos/root"
	root_mounts >"$ROOT/etc/fstab"
	cd "$new" || return 1
	# By name: /proc is moved by it.
	/bin/busybox mount -a
	[ -e etc/passwd ] || mount_fresh_etc
}

# hand_over: to the system's own init. The initramfs stays below the root: what is in use of it (BusyBox, modules, /usr in
# RAM) is most of it, and looking for the rest, as switch_root does, takes longer than it is worth.
hand_over() {
	exec /bin/busybox chroot . /sbin/init
}

# in_root COMMAND: one of BusyBox, where the root is that of the system
in_root() {
	/bin/busybox chroot . /usr/bin/busybox "$@"
}

# overlay_etc ROOT FOLDER: sets options to those of the overlay that /etc is: what /usr brings under what was changed, which
# is in the folder
overlay_etc() {
	options=lowerdir=$1/usr/etc,upperdir=$2/upper,workdir=$2/work
}

# mount_fresh_etc: where the changes of /etc are damaged, as at the first boot, so that the machine can be reached
mount_fresh_etc() {
	echo "warning: changes of /etc cannot be used; new ones are lost when the machine stops" >>dev/console
	mkdir -p run/leanos/etc/upper run/leanos/etc/work
	overlay_etc '' /run/leanos/etc
	in_root mount -t overlay -o "$options" etc /etc
}

# root_mounts: lines of fstab(5)
root_mounts() {
	overlay_etc "$new" "$new/var/lib/leanos/etc"
	echo "etc $new/etc overlay $options 0 0"
	echo "devpts $ROOT/dev/pts devpts gid=5,mode=620,ptmxmode=666 0 0"
	echo "shm $ROOT/dev/shm tmpfs mode=1777,nosuid,nodev 0 0"
	# The same BusyBox, but in memory already: unpacking it from /usr again would cost each boot a good part of a second.
	[ ! -e "$ROOT/hand-over" ] || echo "$ROOT/bin/busybox $new/usr/bin/busybox none bind 0 0"
	for folder in "$ROOT"/lib/modules/*/kernel; do
		[ ! -d "$folder" ] || echo "${folder%/*} $ROOT/run/leanos/boot-modules none bind 0 0"
	done
	for folder in dev sys run proc; do echo "$ROOT/$folder $new/$folder none move 0 0"; done
	echo "$new $ROOT/ none move 0 0"
}
