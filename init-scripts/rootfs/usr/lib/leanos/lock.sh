# shellcheck shell=dash
# shellcheck disable=SC2034 # stale is for whoever takes a lock
# Locks that end with who holds them, and with the boot: a file of /run/leanos/locks for each process that wants one, named
# after it and the moment that it started, which no later process shares. BusyBox has no flock(1) everywhere.

LOCKS=$ROOT/run/leanos/locks

# started PROCESS: sets start to when it started (proc_pid_stat(5), field 22); 1 where it is gone
started() {
	case $1 in '' | *[!0-9]*) return 1 ;; esac
	{ read -r start <"/proc/$1/stat"; } 2>/dev/null || return 1
	# shellcheck disable=SC2086 # words, after the name, which may hold anything
	set -- ${start##*) }
	[ "$1" != Z ] && start=${20}
}

# take_lock NAME: for this process; 1 where another has it. Whoever wants it says so first and then looks who else does: of two
# at once neither gets it, and never both. stale says that somebody ended with it.
take_lock() {
	stale=''
	[ -d "$LOCKS" ] || mkdir -p "$LOCKS" 2>/dev/null
	started $$ || return 1
	mine=$LOCKS/$1.$$.$start
	{ echo >"$mine"; } 2>/dev/null || return 1
	for other_lock in "$LOCKS/$1".*; do
		[ "$other_lock" != "$mine" ] || continue
		holder=${other_lock#"$LOCKS/$1."}
		if started "${holder%.*}" && [ "$start" = "${holder#*.}" ]; then
			rm -f "$mine"
			return 1
		fi
		rm -f "$other_lock"
		stale=1
	done
}

# give_lock NAME
give_lock() {
	started $$ && rm -f "$LOCKS/$1.$$.$start"
}
