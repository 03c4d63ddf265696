# shellcheck shell=dash
# shellcheck disable=SC2034 # TRIES is for the datasource
# What the machine says of itself, before anything is asked over a network. Needs label.sh where a row of platforms.sh names a
# label. Everything is found below $ROOT.

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

# fact FIELD: sets value to what the machine shows there; '' where it shows nothing
fact() {
	value=''
	case $1 in
	path | label) ;;
	ds) kernel_word ds ;;
	word) read -r value <"$ROOT/proc/cmdline" ;;
	firmware) [ -d "$ROOT/sys/class/dmi/id" ] || value=none ;;
	*) dmi "$1" ;;
	esac
}

# shows FIELD PATTERN: whether the machine does, where value is the fact
shows() {
	case $1 in
	path) [ -e "$ROOT$2" ] ;;
	label) find_label "$2" ;;
	word) case " $value " in *" $2 "*) ;; *) return 1 ;; esac ;;
	*)
		# shellcheck disable=SC2254 # a pattern
		case $value in $2) ;; *) return 1 ;; esac
		;;
	esac
}

# find_platforms NAMES…: sets seems to those datasources that this machine seems to have, and later to those that may still come
# while drivers are loaded. No program is started for it. TRIES is how often their services should be asked: for ever, or, where
# the machine has no firmware tables to know them by, a few times.
find_platforms() {
	wanted=" $* " seems=' ' later=' ' rows=' ' field=''
	[ -n "${PLATFORMS:-}" ] || . "$ROOT/usr/lib/leanos/platforms.sh"
	set -f
	IFS='
'
	# shellcheck disable=SC2086 # rows
	set -- $PLATFORMS
	unset IFS
	set +f
	for row; do
		pattern=${row#* }
		name=${pattern%% *}
		case $wanted in *" $name "*) ;; *) continue ;; esac
		rows="$rows$name "
		[ "$field" = "${row%% *}" ] || { field=${row%% *} && fact "$field"; }
		case $field in path | label) later="$later$name " ;; esac
		case $seems in *" $name "*) continue ;; esac
		! shows "$field" "${pattern#* }" || seems="$seems$name "
	done
	add_named
}

# add_named: to seems those services that dslist= names; and, to both, what has no row, which knows by itself
add_named() {
	TRIES=0
	kernel_word dslist || [ -d "$ROOT/sys/class/dmi/id" ] || TRIES=10
	for name in $wanted; do
		case $rows in *" $name "*) ;; *) seems="$seems$name " later="$later$name " ;; esac
		case $later in *" $name "*) continue ;; esac
		case ",$value," in *",$name,"*) seems="$seems$name " ;; esac
	done
}

# seems_there NAME: 1 where it does not
seems_there() {
	case ${seems:-} in *" $1 "*) return 0 ;; esac
	find_platforms "$1"
	case $seems in *" $1 "*) ;; *) return 1 ;; esac
}
