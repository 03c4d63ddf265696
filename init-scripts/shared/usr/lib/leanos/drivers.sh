# shellcheck shell=dash
# Drivers: of the initramfs, and of the running system. Everything is found below $ROOT.

# have_modules: whether the kernel has any; one that has all built in is never asked for a driver
have_modules() {
	for folder in "$ROOT"/lib/modules/*/kernel; do [ ! -d "$folder" ] || return 0; done
	return 1
}

# load_drivers BUS [PATTERN [MODULES]]: these modules, and what devices of a bus (* for all) without a driver ask for by their
# modalias, all by one modprobe
load_drivers() {
	have_modules || return 0
	found=${3:-}
	# shellcheck disable=SC2231 # a bus, or * for all
	for file in "$ROOT"/sys/bus/$1/devices/*/modalias; do
		[ ! -e "${file%/*}/driver" ] || continue
		read -r alias 2>/dev/null <"$file" || continue
		# shellcheck disable=SC2254 # a pattern
		case $alias in ${2:-*}) ;; *) continue ;; esac
		case " $found " in *" $alias "*) ;; *) found="$found $alias" ;; esac
	done
	# shellcheck disable=SC2086 # one word each
	[ -z "$found" ] || modprobe -a -q $found 2>/dev/null || :
}

# wait_for_drivers: until settle has loaded all of them, or for a minute, should one of them hang; 1 when it had already. Needs
# system.sh.
wait_for_drivers() {
	[ ! -e "$ROOT/run/leanos/drivers" ] || return 1
	tries=0
	until [ -e "$ROOT/run/leanos/drivers" ] || [ "$tries" -ge 600 ]; do
		tries=$((tries + 1))
		nap 0.1
	done
}
