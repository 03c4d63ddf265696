# shellcheck shell=dash
# What the machine says of itself, before anything is asked over a network. Everything is found below $ROOT.

# kernel_word NAME: the value of NAME=VALUE on the kernel command line
kernel_word() {
	read -r words <"$ROOT/proc/cmdline"
	for word in $words; do
		case $word in "$1="*) echo "${word#*=}" && return 0 ;; esac
	done
	return 1
}

# dmi NAME: sets value to a field of the machine's firmware tables (/sys/class/dmi/id); 1 where there is none
dmi() {
	value=''
	{ IFS= read -r value <"$ROOT/sys/class/dmi/id/$1"; } 2>/dev/null || [ -n "$value" ]
}

# is_platform FIELD=PATTERN…: 0 where a field of the firmware matches, 1 where none does, 2 where the machine has no such tables
is_platform() {
	[ -d "$ROOT/sys/class/dmi/id" ] || return 2
	for rule; do
		dmi "${rule%%=*}" || continue
		# shellcheck disable=SC2254 # a pattern
		case $value in ${rule#*=}) return 0 ;; esac
	done
	return 1
}

# seed_words: what ds=nocloud;KEY=VALUE;… says after the semicolon: in the serial number (SMBIOS), or on the command line
seed_words() {
	dmi product_serial
	case $value in
	ds=nocloud\;* | ds=nocloud-net\;*) ;;
	*) value=ds=$(kernel_word ds) ;;
	esac
	case $value in
	ds=nocloud\;* | ds=nocloud-net\;*) echo "${value#*;}" ;;
	*) return 1 ;;
	esac
}
