# shellcheck shell=dash
# shellcheck disable=SC2034 # first, a, b and end are the state
# The two slots of /usr, and the state that GRUB and the guest share: see stages/boot/slot-state.ts. Each value is one
# character and all are in the first sector of their file, so that a write is the old state or the new one, never a part.
# Needs gpt.sh and platform.sh. Everything is found below $ROOT.

command -v take_lock >/dev/null || . "$ROOT/usr/lib/leanos/lock.sh"

MOST_TRIES=3
ESP=$ROOT/run/leanos/esp

# running_slot: sets slot to A or B, and other to the other one; 1 where the system does not run from a slot
running_slot() {
	kernel_word leanos.slot || return 1
	slot=$value
	case $slot in A) other=B ;; B) other=A ;; *) return 1 ;; esac
}

# lock_esp: waits until no other process has the ESP, a minute at most
lock_esp() {
	waited=0
	until take_lock esp; do
		waited=$((waited + 1))
		[ "$waited" -lt 300 ] || return 1
		sleep "0.1$(($$ % 10))" # two that wait for each other do so for different times
	done
}

# open_esp: the partition that the bootloader reads, writable, at $ESP, for this process alone
open_esp() {
	mkdir -p "$ESP"
	modprobe -a -q vfat nls_cp437 nls_ascii 2>/dev/null
	esp_device=$(partition ESP) && lock_esp || return
	[ -z "$stale" ] || umount "$ESP" 2>/dev/null
	mount -t vfat -o rw,umask=077 "$ROOT$esp_device" "$ESP" || {
		give_lock esp
		return 1
	}
}

# close_esp: when this is over, everything is on the disk
close_esp() {
	sync
	umount "$ESP"
	give_lock esp
}

# read_state: sets first, a and b; 1 where both copies are damaged
read_state() {
	for copy in "$ESP/grub/state-1" "$ESP/grub/state-2"; do
		first='' a='' b='' end=''
		while IFS='=' read -r name value; do
			case $name=$value in
			first=[AB]) first=$value ;;
			a=[0-9]) a=$value ;;
			b=[0-9]) b=$value ;;
			end=1) end=1 ;;
			esac
		done <"$copy"
		[ -z "$first" ] || [ -z "$a" ] || [ -z "$b" ] || [ -z "$end" ] || return 0
	done 2>/dev/null
	return 1
}

# write_state FIRST A B: both copies, one after the other, each in its place on the disk. The id is a new one each time: who has a
# copy of this disk does not know it.
write_state() {
	id=''
	{ read -r id <"$ROOT/proc/sys/kernel/random/uuid"; } 2>/dev/null
	for copy in "$ESP/grub/state-1" "$ESP/grub/state-2"; do
		[ "$(stat -c %s "$copy" 2>/dev/null)" = 1024 ] || head -c 1024 /dev/zero | tr '\000' '#' >"$copy"
		printf '# GRUB Environment Block\nfirst=%s\na=%s\nb=%s\n%bend=1\n' "$1" "$2" "$3" "${id:+id=$id\\n}" |
			dd of="$copy" conv=notrunc,fsync 2>/dev/null || return 1
	done
	first=$1 a=$2 b=$3
}

# tries_of SLOT: sets tries
tries_of() {
	case $1 in A) tries=$a ;; *) tries=$b ;; esac
}

# give_tries SLOT NUMBER [FIRST]: how often it may be tried from now on, and which slot comes first
give_tries() {
	case $1 in
	A) write_state "${3:-$first}" "$2" "$b" ;;
	*) write_state "${3:-$first}" "$a" "$2" ;;
	esac
}
