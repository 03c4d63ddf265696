# shellcheck shell=dash
# shellcheck disable=SC2154 # parts and data are set by leanos-userdata
# The part of #cloud-config (https://docs.cloud-init.io/en/latest/reference/modules.html) that a lean guest needs. A document
# is read once, to lines of PATH, tab, VALUE ($flat), and of these only what understood/cloud-config lists is kept; nothing of it is ever put into a shell's text but by shell_quoted.
# Needs flat.sh, user-data.sh, per.sh, system.sh and the files of cloud-config/. Everything is found below $ROOT.

# complain TEXT
complain() {
	tell "warning: cloud-config: $*"
}

# open_configs: what is understood of all configurations together, into $flat; the rest is said. A document that is wrong
# changes nothing.
open_configs() {
	flat=$parts/flat
	library=$ROOT/usr/lib/leanos
	vendors=0
	set --
	for config in "$parts"/*.config; do
		[ -f "$config" ] || continue
		flatten_config "$config" || continue
		set -- "$@" "${config%.config}.flat"
		number=${config##*/}
		[ "${number%.config}" -gt "${vendor_parts:-0}" ] || vendors=$#
	done
	: >"$flat"
	top_keys=' '
	[ $# != 0 ] || return 0
	awk -v vendors="$vendors" -v table="$library/understood/cloud-config" -f "$library/understood.awk" -f "$library/cloud-config/tree.awk" \
		-f "$library/cloud-config/merge.awk" "$@" >"$flat" 2>"$flat.complaints"
	while IFS= read -r complaint; do complain "$complaint"; done <"$flat.complaints"
	top_keys=" $(items '' | tr '\n' ' ')"
}

# flatten_config FILE: NUMBER.config to NUMBER.flat, whose first row is how NUMBER.merge says that it is merged
flatten_config() {
	merge=''
	[ ! -s "${1%.config}.merge" ] || read -r merge <"${1%.config}.merge"
	printf '!merge\t%s\n' "$merge" >"${1%.config}.flat"
	complaint=$(flatten -f "$library/print.awk" "$1" 2>&1 >>"${1%.config}.flat") && return 0
	complain "line $complaint; nothing of it is done"
	return 1
}

# configure: everything but what may wait for the network
configure() {
	! asks_for bootcmd || run_commands bootcmd
	step write_files write_files
	step services leanos
	step containers leanos
	step hostname hostname fqdn
	step users users user groups ssh_authorized_keys
	step passwords password chpasswd
	step ssh_pwauth ssh_pwauth
	step mounts mounts
	step growpart growpart resize_rootfs
	step timezone timezone
	step ntp ntp
}

# configure_late: what comes after that, and may wait for the network
configure_late() {
	step ssh_import_id users user ssh_import_id
	mount_remote
	step deferred write_files
	step_once runcmd runcmd
}

# finish_config: what comes when everything else is done
finish_config() {
	step phone_home phone_home
	! asks_for final_message || do_final_message
	step_once power_state power_state
}

# asks_for KEY…: whether one of them is there
asks_for() {
	for key; do
		case $top_keys in *" $key "*) return 0 ;; esac
	done
	return 1
}

# step NAME KEY…: do_NAME, where one of the keys is there and it has not been done for this instance. The mark comes last: what
# a power cut ends is done again.
step() {
	is_due "$@" || return 0
	done_mark=$mark
	"do_$1"
	: >"$done_mark"
}

# step_once NAME KEY…: what may be done once only, whatever becomes of it
step_once() {
	is_due "$@" || return 0
	make_mark
	"do_$1"
}

# is_due NAME KEY…: whether a step is asked for and has no mark yet; sets mark to that. Each document has had one of its own.
is_due() {
	step=$1
	shift
	asks_for "$@" || return 1
	mark_of instance "config-*-$step"
	for earlier in $mark; do
		[ ! -e "$earlier" ] || return 1
	done
	mark=${mark%%\**}all${mark#*\*}
	mkdir -p "${mark%/*}"
}

# shell_quoted TEXT: as one word of shell text
shell_quoted() {
	printf "'%s' " "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}

# commands_of PATH: a list of commands as shell text; a command is a text, or a list of words
commands_of() {
	printf %b "$(awk -F '\t' -v path="$1/" '
		index($1, path) == 1 && $1 !~ /!$/ {
			name = substr($1, length(path) + 1)
			is_word = sub(/\/.*/, "", name)
			if (name != command) printf "%s", ends
			command = name
			ends = "\n"
			text = substr($0, length($1) + 2)
			if (is_word) {
				gsub(/\047/, "\047\\\\\\\\\047\047", text)
				text = "\047" text "\047 "
			}
			printf "%s", text
		}
		END { printf "%s", ends }' "$flat")"
	echo
}

# run_commands KEY
run_commands() {
	commands_of "$1" >"$parts/$1"
	run_program "$parts/$1"
}

do_runcmd() {
	wait_for_network runcmd
	run_commands runcmd
}

do_services() { set_kept services 'this image keeps no program running'; }
do_containers() { set_kept containers 'this image runs no containers (containers: true in its definition)'; }

# set_kept KIND TEXT: what is said of the programs of a kind that the image keeps running; the text where it keeps none
set_kept() {
	if [ -f "$library/set-$1.sh" ]; then
		(
			# shellcheck source=/dev/null # comes with what keeps them running
			. "$library/set-$1.sh"
			"set_$1"
		)
	elif has "leanos/$1"; then
		complain "leanos/$1: $2"
	fi
}

do_hostname() {
	fqdn=$(word fqdn)
	name=$(word hostname "${fqdn%%.*}")
	[ -n "$name" ] || return 0
	case $name in *.*) fqdn=${fqdn:-$name} name=${name%%.*} ;; esac
	case $fqdn in *[!A-Za-z0-9._-]*) fqdn='' ;; esac
	name_machine "$name" "$fqdn" || complain "hostname: not a name: $name"
}

# do_growpart: the partition has grown before anything could be read; the filesystem waits for this
do_growpart() {
	! is_false resize_rootfs || : >"$ROOT/run/leanos/no-resize"
	case $(word resize_rootfs true) in [Nn]oblock) ;; *) is_true resize_rootfs || is_false resize_rootfs || ! has resize_rootfs || complain "resize_rootfs: true, false or noblock, not $(word resize_rootfs)" ;; esac
	for device in $(items growpart/devices); do
		device=$(word "growpart/devices/$device")
		[ "$device" = / ] || complain "growpart/devices: / alone grows, not $device"
	done
	case $(word growpart/mode) in off | false) complain 'growpart: the partition grows before user-data is read; mode: off comes too late' ;; esac
}

do_timezone() {
	zone=$(word timezone)
	case $zone in
	'' | UTC | Etc/UTC) return 0 ;;
	*..* | *[!A-Za-z0-9/_+-]* | /*) ;;
	*) [ -f "$ROOT/usr/share/zoneinfo/$zone" ] && ln -sf "/usr/share/zoneinfo/$zone" "$ROOT/etc/localtime" && return 0 ;;
	esac
	complain "timezone: $zone is not in this image (package tzdata)"
}

do_ntp() {
	is_false ntp/enabled || complain 'ntp: there is no time server client in this image'
}
