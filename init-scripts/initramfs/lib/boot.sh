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

# read_command_line: sets usr, verity, state, slot, debug and breaks from the kernel command line
read_command_line() {
	usr='' verity='' state='' slot='' debug='' breaks=''
	read -r words <"$ROOT/proc/cmdline"
	for word in $words; do
		case $word in
		usr=*) usr=${word#*=} ;;
		leanos.verity=*) verity=${word#*=} ;;
		leanos.slot=*) slot=${word#*=} ;;
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

# load_modules: the filesystems of the root, and what its disk asks for
load_modules() {
	have_modules || return 0
	# By the names that are there: for one that it does not find modprobe reads all aliases.
	filesystems=''
	for module in "$ROOT"/lib/modules/*/kernel/fs/*/*.ko; do
		module=${module##*/}
		filesystems="$filesystems ${module%.ko}"
	done
	[ -n "$usr" ] || filesystems="$filesystems loop"
	[ -z "$verity" ] || filesystems="$filesystems dm-verity"
	load_drivers virtio '*' "$filesystems"
}

# find_device SPEC: sets device to what PARTLABEL=NAME or /dev/NAME stands for, where it is there
find_device() {
	case $1 in
	PARTLABEL=*)
		[ -n "${partitions:-}" ] || read_partitions
		find_partition "${1#*=}"
		;;
	*) device=$1 && [ -b "$ROOT$1" ] ;;
	esac
}

# find_usr: sets usr_source. Most disks are virtio or built in; for the others every driver is loaded. A disk may take its
# time; ten seconds are far more than any needs.
find_usr() {
	if [ -z "$usr" ]; then
		usr_source=/usr.img
		[ -f "$ROOT/usr.img" ]
		return
	fi
	tries=0
	until
		partitions=''
		find_device "$usr"
	do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || return 1
		load_drivers '*'
		sleep 0.1
	done
	usr_source=$device
}

# disk_of DEVICE: sets whole to the name of the disk that a partition is on
disk_of() {
	for whole in "$ROOT"/sys/block/*/"${1##*/}"; do
		[ -e "$whole" ] || return 1
		whole=${whole%/*}
		whole=${whole##*/}
	done
}

# is_writable NAME: whether the kernel would write to a block device
is_writable() {
	read -r read_only <"$ROOT/sys/class/block/$1/ro" && [ "$read_only" = 0 ]
}

# is_larger SECTORS: whether a disk goes on for more than two MiB behind STATE
is_larger() {
	find_device PARTLABEL=STATE || return 1
	state_device=$device
	read -r start <"$ROOT/sys/class/block/${state_device##*/}/start"
	read -r size <"$ROOT/sys/class/block/${state_device##*/}/size"
	[ $(($1 - start - size)) -gt 4096 ]
}

# grow_disk: gives STATE the rest of a disk that is larger than its partition table says. Nothing is mounted yet.
grow_disk() {
	[ "$usr_source" != /usr.img ] || return 0
	disk_of "$usr_source" || return 0
	is_writable "$whole" || return 0
	read -r sectors <"$ROOT/sys/class/block/$whole/size"
	is_larger "$sectors" || return 0
	gpt_grow "$ROOT/dev/$whole" "$sectors" || return 0
	blockdev --rereadpt "$ROOT/dev/$whole" || say "warning: the kernel did not take the grown partition table"
	tries=0
	until
		partitions=''
		[ -b "$ROOT$usr_source" ] && find_device PARTLABEL=STATE
	do
		tries=$((tries + 1))
		[ "$tries" -lt 50 ] || break
		sleep 0.1
	done
}

# mount_root: STATE is the root of the system. Where it is missing, damaged or read-only, the system runs from RAM.
mount_root() {
	root_source=RAM
	if [ -n "$usr" ] && [ "$state" != none ]; then
		if find_device PARTLABEL=STATE && mount_state "$device"; then
			root_source=$device
			return 0
		fi
		say "warning: STATE cannot be used; running from RAM, changes are lost when the machine stops"
	fi
	mount -t tmpfs -o mode=0755,size=75% root "$ROOT/newroot"
}

# mount_state DEVICE: writable or not at all
mount_state() {
	is_writable "${1##*/}" || return 1
	mount -t ext4 -o noatime "$ROOT$1" "$ROOT/newroot" 2>/dev/null
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

# mount_usr: the slot's image, read-only. From RAM the image is a file of the initramfs.
mount_usr() {
	mount -t squashfs -o ro "$ROOT$usr_source" "$ROOT/newroot/usr" 2>/dev/null ||
		mount -t erofs -o ro "$ROOT$usr_source" "$ROOT/newroot/usr"
}

# make_root: what is mounted around /usr, by one mount, for each start of it would be a good part of what all of them take. At
# its end the root of the system is on top of the initramfs, and the working directory is in it: hand_over.
make_root() {
	new=$ROOT/newroot
	mkdir -p "$ROOT/dev/pts" "$ROOT/dev/shm" "$ROOT/run/lock" "$ROOT/run/leanos/resolver" "$ROOT/run/leanos/boot-modules" \
		"$ROOT/run/leanos/seed/nocloud" "$ROOT/run/leanos/seed/configdrive"
	[ -z "${partitions:-}" ] || echo "$partitions" >"$ROOT/run/leanos/partitions"
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
