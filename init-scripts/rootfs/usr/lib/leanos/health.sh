# shellcheck shell=dash
# shellcheck disable=SC2154,SC2153 # slot, tries and the rest are set by the libraries it needs
# Whether the system that runs is well, and what follows from that for its slot. Needs slots.sh and update-state.sh.
# Everything is found below $ROOT.

HEALTH_SECONDS=90

# is_healthy: sets why to what is wrong
is_healthy() {
	why='ssh does not answer'
	ssh_answers || return 1
	why='no datasource was applied'
	[ -e "$ROOT/run/leanos/applied" ] || return 1
	why='the network has no address'
	# A network that is away some day is no reason to leave a version that was good before.
	[ ! -e "$UPDATE/had-network" ] || ! is_trial "$slot" || ip -o addr show scope global | grep -q . || return 1
	why='STATE cannot be written to'
	echo x 2>/dev/null >"$UPDATE/.health" && [ -s "$UPDATE/.health" ] || return 1
	rm -f "$UPDATE/.health"
	for check in "$ROOT"/etc/leanos/health.d/*; do
		[ -x "$check" ] || continue
		timeout 60 "$check" >"$ROOT/run/leanos/health" 2>/dev/null </dev/null || {
			what=''
			{ read -r what <"$ROOT/run/leanos/health"; } 2>/dev/null
			why="${check#"$ROOT"} ended with an error${what:+: $what}"
			return 1
		}
	done
	why=''
}

# ssh_answers: where it is meant to
ssh_answers() {
	[ "$SSH_PORT" != 0 ] || return 0
	case $(nc -w 3 127.0.0.1 "$SSH_PORT" </dev/null 2>/dev/null | head -c 4) in SSH-) ;; *) return 1 ;; esac
}

# read_uptime: sets up to the whole seconds since power-on
read_uptime() {
	read -r up _ <"$ROOT/proc/uptime"
	up=${up%.*}
}

# judge_boot: a healthy system gets its tries back. One that is tried for the first time and is not healthy in time starts
# again, and the bootloader takes the other slot when the tries are used up.
judge_boot() {
	running_slot || return 0
	read -r root <"$ROOT/run/leanos/root"
	case $root in
	/dev/*) note_fallback ;;
	*)
		give_back_tries # nothing can be kept, so nothing can be on trial
		return 0
		;;
	esac
	load_config # HEALTH_SECONDS of this machine
	read_uptime
	deadline=$((up + HEALTH_SECONDS))
	until is_healthy; do
		read_uptime # a check may take its time
		[ "$up" -lt "$deadline" ] || break
		sleep 2
	done
	if [ -z "$why" ]; then
		give_back_tries
	else
		say "warning: this system is not healthy: $why"
		is_trial "$slot" || return 0
		printf '%-200s\n' "$why" | dd of="$UPDATE/why" conv=notrunc,fsync 2>/dev/null
		sync
		reboot
	fi
}

# hold_esp: as open_esp, however long others keep it busy: what a boot has shown is noted now or never
hold_esp() {
	partition ESP >/dev/null || return
	asked=0
	until open_esp; do
		asked=$((asked + 1))
		[ "$asked" -lt 5 ] || {
			say 'warning: update: the ESP cannot be had, so what the bootloader counts stays as it is'
			return 1
		}
		sleep 1
	done
}

give_back_tries() {
	hold_esp || return 0
	if read_state; then
		tries_of "$slot"
		[ "$tries" = "$MOST_TRIES" ] || give_tries "$slot" "$MOST_TRIES"
	else
		write_state "$slot" "$MOST_TRIES" "$MOST_TRIES"
	fi
	close_esp
	is_trial "$slot" || return 0
	say "info: update: $(version_of_trial) is healthy and stays"
	rm -f "$UPDATE/trial" "$UPDATE/why" "$UPDATE/failed" "$UPDATE/reserve"
	sync
}

# note_fallback: the slot that was to be tried is not the one that runs: its version is remembered and not tried again. The
# bootloader is told first, and the trial forgotten last: until then all of this is done again at the next boot. Whoever reads
# of it on the console may switch off.
note_fallback() {
	[ -s "$UPDATE/trial" ] && ! is_trial "$slot" && [ ! -e "$ROOT/run/leanos/trial-to-come" ] || return 0
	rm -f "$UPDATE/reserve"
	! hold_esp || {
		! read_state || give_tries "$slot" "$MOST_TRIES" "$slot"
		close_esp
	}
	version=$(version_of_trial)
	failure="$version did not come up: $(recall why)"
	echo "$failure" >"$UPDATE/failed"
	refuse_version "$version"
	sync
	rm -f "$UPDATE/trial" "$UPDATE/why"
	sync
	say "warning: update: $failure; this is the system before it"
}
