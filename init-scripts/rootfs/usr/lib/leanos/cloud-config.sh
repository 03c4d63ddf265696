# shellcheck shell=dash
# shellcheck disable=SC2154 # parts and data are set by leanos-userdata
# The part of #cloud-config (https://docs.cloud-init.io/en/latest/reference/modules.html) that a lean guest needs. A document
# is read once, to lines of PATH, tab, VALUE ($flat); nothing of it is ever put into a shell's text but by shell_quoted.
# Needs flat.sh, user-data.sh, per.sh, system.sh and the files of cloud-config/. Everything is found below $ROOT.

# complain TEXT
complain() {
	tell "warning: cloud-config: $*"
}

# open_config FILE: reads what is understood of it into $flat, and says the rest; a document that is wrong changes nothing
open_config() {
	flat=${1%.config}.flat
	library=$ROOT/usr/lib/leanos
	complaint=$(awk -f "$library/flatten.awk" -f "$library/print.awk" "$1" 2>&1 >"$flat.all") || {
		complain "line $complaint; nothing of it is done"
		return 1
	}
	awk -v table="$library/understood/cloud-config" -f "$library/understood.awk" -f "$library/sift.awk" "$flat.all" >"$flat" 2>"$flat.complaints"
	while IFS= read -r complaint; do complain "$complaint"; done <"$flat.complaints"
}

# configure FILE: everything but what waits for scripts
configure() {
	open_config "$1" || return 0
	number=${1##*/}
	number=${number%.config}
	run_bootcmd
	for step in write_files hostname users passwords ssh_pwauth mounts growpart timezone ntp; do
		per instance "config-$number-$step" "do_$step"
	done
	per instance "config-$number-runcmd" do_runcmd
	per instance "config-$number-deferred" write_all deferred
}

# finish_config FILE: what comes when everything else is done
finish_config() {
	[ -f "${1%.config}.flat" ] || return 0
	flat=${1%.config}.flat
	number=${1##*/}
	number=${number%.config}
	per instance "config-$number-phone_home" do_phone_home
	do_final_message
	per instance "config-$number-power_state" do_power_state
}

# shell_quoted TEXT: as one word of shell text
shell_quoted() {
	printf "'%s' " "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}

# commands_of PATH: a list of commands as shell text; a command is a text, or a list of words
commands_of() {
	for command in $(items "$1"); do
		if value "$1/$command"; then
			echo
			continue
		fi
		for argument in $(items "$1/$command"); do shell_quoted "$(value "$1/$command/$argument")"; done
		echo
	done
}

# run_commands PATH FILE
run_commands() {
	has "$1" || return 0
	commands_of "$1" >"$parts/$2"
	run_program "$parts/$2"
}

run_bootcmd() { run_commands bootcmd bootcmd; }

do_runcmd() { run_commands runcmd runcmd; }

do_hostname() {
	fqdn=$(word fqdn)
	name=$(word hostname "${fqdn%%.*}")
	[ -n "$name" ] || return 0
	case $name in *.*) fqdn=${fqdn:-$name} name=${name%%.*} ;; esac
	case $fqdn in *[!A-Za-z0-9.-]*) fqdn='' ;; esac
	name_machine "$name" "$fqdn" || complain "hostname: not a name: $name"
}

# do_growpart: the partition has grown before anything could be read; the filesystem waits for this
do_growpart() {
	! is_false resize_rootfs || : >"$ROOT/run/leanos/no-resize"
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
	! has ntp || is_false ntp/enabled || is_false ntp || complain 'ntp: there is no time server client in this image'
}
