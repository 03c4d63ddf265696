# shellcheck shell=dash
# The search for instance data. A datasource is an executable below datasource/ with two words: `detect` says whether this
# machine has it, `fetch DIR` detects it and writes what it knows to files in DIR (instance-id, local-hostname, public-keys,
# user-data, …); both end with 0 when it is there. Needs platform.sh. Everything is found below $ROOT.

# datasource_list: the names to try, in their order, without commas
datasource_list() {
	{ kernel_word dslist || echo "$DATASOURCE_LIST"; } | tr ',' ' '
}

# deadline: the seconds that the search may take
deadline() {
	seconds=$(kernel_word dsdeadline)
	case $seconds in '' | *[!0-9]*) seconds=$DATASOURCE_DEADLINE ;; esac
	echo "$seconds"
}

# find_datasource: asks all of the list side by side, takes the first in its order, and leaves what it brought in
# /run/leanos/datasource. Ends after DATASOURCE_DEADLINE (or dsdeadline= on the kernel command line) seconds with what is
# there by then.
find_datasource() {
	search=$ROOT/run/leanos/search
	mkdir -p "$search"
	chmod 0700 "$search"
	list=$(datasource_list)
	searchers=''
	for name in $list; do
		search_one "$name" &
		searchers="$searchers $!"
	done
	sleep "$(deadline)" &
	timer=$!
	until first_found; do
		kill -0 "$timer" 2>/dev/null || {
			any_found
			break
		}
		# shellcheck disable=SC3045 # BusyBox's ash has it
		wait -n
	done
	kill "$timer" 2>/dev/null
	keep_datasource "${found:-none}"
	[ -z "$found" ] || end_search
	[ -n "$found" ] || say "info: datasource: none found; ssh and consoles are there all the same"
}

# late_datasource: waits for a datasource that answers after the deadline, and keeps it; 1 when none is to be waited for
late_datasource() {
	[ -z "$found" ] || return 1
	while :; do
		any_found
		[ -z "$found" ] || break
		is_searching || return 1
		# shellcheck disable=SC3045 # BusyBox's ash has it
		wait -n
	done
	say "info: datasource: $found answered after the deadline"
	keep_datasource "$found"
	end_search
}

# say TEXT: on the console
say() {
	echo "$*" >>"$ROOT/dev/console"
}

# is_searching: whether one of the list has not answered yet
is_searching() {
	for name in $list; do
		[ -e "$search/$name.none" ] || [ -d "$search/$name.done" ] || return 0
	done
	return 1
}

# end_search: the others need not answer any more
end_search() {
	# shellcheck disable=SC2086 # process ids are words
	kill $searchers 2>/dev/null
	searchers=''
}

# search_one NAME: asks at once, and again when every driver is loaded, for a seed may be on a slow disk; leaves NAME.done
# (a folder) or NAME.none
search_one() {
	program=$ROOT/usr/lib/leanos/datasource/$1
	mkdir -m 0700 "$search/$1"
	if [ -x "$program" ] && { "$program" fetch "$search/$1" || { wait_for_drivers && "$program" fetch "$search/$1"; }; }; then
		mv "$search/$1" "$search/$1.done"
	else
		rm -rf "${search:?}/$1"
		: >"$search/$1.none"
	fi
}

# wait_for_drivers: until all are loaded; 1 when they were already
wait_for_drivers() {
	[ ! -e "$ROOT/run/leanos/drivers" ] || return 1
	until [ -e "$ROOT/run/leanos/drivers" ]; do sleep 0.1; done
}

# first_found: sets found to the first name of the list that is there, once all before it have answered; 1 while one has not
first_found() {
	found=''
	for name in $list; do
		[ ! -d "$search/$name.done" ] || {
			found=$name
			return 0
		}
		[ -e "$search/$name.none" ] || return 1
	done
}

# any_found: sets found to the first name that is there, whoever has not answered
any_found() {
	found=''
	for name in $list; do
		[ ! -d "$search/$name.done" ] || found=$name
		[ -z "$found" ] || return 0
	done
}

# keep_datasource NAME: makes it the one that everything else reads, whole or not at all
keep_datasource() {
	result=$ROOT/run/leanos/datasource
	rm -rf "$result.new"
	mkdir -m 0700 "$result.new"
	mv "$search/$1.done" "$result.new/data" 2>/dev/null || mkdir "$result.new/data"
	echo "$1" >"$result.new/dsname"
	mv "$result.new/data/dsmode" "$result.new/dsmode" 2>/dev/null || echo local >"$result.new/dsmode"
	[ ! -d "$result" ] || mv "$result" "$result.old"
	mv "$result.new" "$result"
	rm -rf "$result.old"
}
