# shellcheck shell=dash
# shellcheck disable=SC2034 # TRIES is for the datasource
# What the machine says of itself, before anything is asked over a network. Everything is found below $ROOT.

# kernel_word NAME: sets value to that of NAME=VALUE on the kernel command line; 1 where there is none
kernel_word() {
	value=''
	read -r command_line <"$ROOT/proc/cmdline"
	for word in $command_line; do
		case $word in "$1="*) value=${word#*=} && return 0 ;; esac
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

# seed_words: sets words to what ds=nocloud;KEY=VALUE;… says after the semicolon: in the serial number (SMBIOS), or on the command line
seed_words() {
	dmi product_serial
	case $value in
	ds=nocloud\;* | ds=nocloud-net\;*) ;;
	*)
		kernel_word ds
		value=ds=$value
		;;
	esac
	case $value in
	ds=nocloud\;* | ds=nocloud-net\;*) words=${value#*;} ;;
	*) return 1 ;;
	esac
}

# services: 0 where the metadata service should be asked: the machine is of that kind, or was told so by dslist=. TRIES is
# how often then: for ever, or, where the machine has no firmware tables to know it by, a few times.
services() {
	TRIES=0
	kernel_word dslist
	case ",$value," in *",$DATASOURCE,"*) return 0 ;; esac
	is_platform "$@"
	case $? in
	0) return 0 ;;
	2) TRIES=10 ;;
	*) return 1 ;;
	esac
}
